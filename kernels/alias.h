#pragma once

#include "kernels/scene_types.h"

namespace kiln {

/// An item drawn from an alias table, and a fresh uniform number in [0, 1) left over from the draw.
struct AliasDraw {
  std::uint32_t index = 0;
  float u = 0;
};

/// Draws from a table of `count` > 0 entries. Two numbers, because the 24 bits of one float are too few to pick one of
/// millions of pixels and then keep or leave it: `u` gives the high bits and `v` the low ones.
KILN_HD AliasDraw draw_alias(const AliasEntry* table, std::uint32_t count, float u, float v) {
  constexpr float kScale = 16777216.0f;  // 2^24
  const auto high = static_cast<std::uint64_t>(u * kScale), low = static_cast<std::uint64_t>(v * kScale);
  const std::uint64_t position = high * count + ((low * count) >> 24);  // in [0, count) with 24 binary places
  const auto last = count - 1;
  const auto slot = static_cast<std::uint32_t>(position >> 24);
  const std::uint32_t i = slot < last ? slot : last;
  const float fraction = static_cast<float>(position & 0xffffffu) * (1.0f / kScale);
  const AliasEntry entry = table[i];
  constexpr float kBelowOne = 0.99999994f;
  if (fraction < entry.keep) {
    const float rest = fraction / entry.keep;
    return {i, rest < kBelowOne ? rest : kBelowOne};
  }
  const float rest = (fraction - entry.keep) / (1.0f - entry.keep);
  return {entry.alias, rest < kBelowOne ? rest : kBelowOne};
}

}  // namespace kiln
