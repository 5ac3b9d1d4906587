#pragma once

#include <cstdint>

#include "kernels/qualifiers.h"

namespace kiln {

/// A distribution over `count` > 0 items to be drawn from by inversion: `cumulative[i]` is the chance of item i or one
/// before it, ascending to 1. All are multiples of kInversionStep, as uniform numbers are (unit_float), so that the
/// chances hold exactly. `guide[j]` is the item that j / count falls to, or one before it (Chen and Asau, "On
/// Generating Random Variates from an Empirical Distribution", 1974): from there it is about two steps on average.
struct DistributionView {
  const float* cumulative = nullptr;
  const std::uint32_t* guide = nullptr;
  std::uint32_t count = 0;
};

inline constexpr float kInversionStep = 0x1p-24f;

/// The chance of all items before `index`.
KILN_HD float chance_before(const DistributionView& d, std::uint32_t index) {
  return index > 0 ? d.cumulative[index - 1] : 0.0f;
}

KILN_HD float chance_of(const DistributionView& d, std::uint32_t index) {
  return d.cumulative[index] - chance_before(d, index);
}

/// An item, its chance, and where in its share of [0, 1) the number lay: uniform again, in [0, 1).
struct InversionDraw {
  std::uint32_t index = 0;
  float chance = 1, u = 0;
};

/// Draws an item by a uniform number in [0, 1). Ascending in `u`: points that are spread evenly over [0, 1) are spread
/// evenly over neighbouring items too, which an alias table would tear apart.
KILN_HD InversionDraw draw_by_inversion(const DistributionView& d, float u) {
  const auto bucket = static_cast<std::uint32_t>(u * static_cast<float>(d.count));
  std::uint32_t i = d.guide[bucket < d.count ? bucket : d.count - 1];
  while (i < d.count - 1 && u >= d.cumulative[i]) ++i;
  const float before = chance_before(d, i), chance = d.cumulative[i] - before;
  constexpr float kBelowOne = 0.99999994f;
  const float rest = (u - before) / chance;
  return {i, chance, rest < kBelowOne ? rest : kBelowOne};
}

}  // namespace kiln
