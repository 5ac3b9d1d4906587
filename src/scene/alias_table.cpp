#include "scene/alias_table.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace kiln {
namespace {

double usable(float weight) { return std::isfinite(weight) && weight > 0 ? weight : 0.0; }

std::vector<AliasEntry> uniform_table(std::size_t n) {
  std::vector<AliasEntry> table(n);
  for (std::size_t i = 0; i < n; ++i) table[i] = {1, static_cast<std::uint32_t>(i), 1.0f / static_cast<float>(n)};
  return table;
}

}  // namespace

std::vector<AliasEntry> build_alias_table(std::span<const float> weights) {
  const std::size_t n = weights.size();
  double sum = 0;
  for (const float w : weights) sum += usable(w);
  if (!(sum > 0)) return uniform_table(n);

  std::vector<AliasEntry> table(n);
  std::vector<double> share(n);  // n times the probability: what is still to be placed, one unit a slot
  std::vector<std::uint32_t> small, large;
  std::uint32_t heaviest = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    share[i] = usable(weights[i]) / sum * static_cast<double>(n);
    table[i] = {1, i, static_cast<float>(usable(weights[i]) / sum)};
    (share[i] < 1 ? small : large).push_back(i);
    if (share[i] > share[heaviest]) heaviest = i;
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t s = small.back(), l = large.back();
    small.pop_back();
    table[s].keep = static_cast<float>(share[s]);
    table[s].alias = l;
    share[l] -= 1 - share[s];
    if (share[l] < 1) {
      large.pop_back();
      small.push_back(l);
    }
  }
  // Rounding may leave some that are a hair under 1. One of weight 0 must not be kept even then.
  for (const std::uint32_t s : small) {
    table[s].keep = static_cast<float>(share[s]);
    table[s].alias = heaviest;
  }
  return table;
}

}  // namespace kiln
