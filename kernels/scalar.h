#pragma once

#include <cmath>

#include "kernels/qualifiers.h"

/// Scalar helpers. The minima and maxima compile to one instruction, which std::fmin does not without -ffast-math; a
/// NaN in the second argument goes through, one in the first does not.
namespace kiln {

inline constexpr float kPi = 3.14159265358979323846f;
inline constexpr float kInvPi = 0.31830988618379067154f;

KILN_HD float square(float a) { return a * a; }
KILN_HD float min_of(float a, float b) { return a < b ? a : b; }
KILN_HD float max_of(float a, float b) { return a > b ? a : b; }
KILN_HD float clamp_to(float a, float low, float high) { return min_of(max_of(a, low), high); }
KILN_HD float saturate(float a) { return clamp_to(a, 0.0f, 1.0f); }
KILN_HD float mix(float a, float b, float t) { return a + (b - a) * t; }

/// The square root of a number that rounding may have made slightly negative.
KILN_HD float safe_sqrt(float a) { return std::sqrt(max_of(a, 0.0f)); }

}  // namespace kiln
