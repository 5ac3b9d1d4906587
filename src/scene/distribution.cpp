#include "scene/distribution.h"

#include <cmath>

#include "kernels/inversion.h"

namespace kiln::scene {
namespace {

double usable(float weight) { return std::isfinite(weight) && weight > 0 ? weight : 0.0; }

/// The sum of the weights up to each item over that of all, rounded.
double accumulate(std::span<const float> weights, std::span<float> cumulative) {
  double sum = 0;
  for (const float w : weights) sum += usable(w);
  const bool is_uniform = !(sum > 0);
  const double all = is_uniform ? static_cast<double>(weights.size()) : sum;
  double before = 0;
  std::size_t last = weights.size() - 1;  // that can be drawn
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double weight = is_uniform ? 1.0 : usable(weights[i]);
    if (weight > 0) last = i;
    before += weight;
    cumulative[i] = static_cast<float>(std::fmin(1.0, std::nearbyint(before / all / kInversionStep) * kInversionStep));
  }
  for (std::size_t i = last; i < weights.size(); ++i) cumulative[i] = 1;
  return sum;
}

}  // namespace

double build_distribution(std::span<const float> weights, std::span<float> cumulative, std::span<std::uint32_t> guide) {
  const double sum = accumulate(weights, cumulative);
  constexpr double kRounding = 2.0 * kInversionStep;  // by which a number may land in the bucket behind its own
  std::uint32_t item = 0;
  for (std::size_t j = 0; j < guide.size(); ++j) {
    const double position = static_cast<double>(j) / static_cast<double>(guide.size()) - kRounding;
    while (item + 1 < cumulative.size() && position >= cumulative[item]) ++item;
    guide[j] = item;
  }
  return sum;
}

}  // namespace kiln::scene
