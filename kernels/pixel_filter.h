#pragma once

#include "kernels/scalar.h"

namespace kiln {

/// A point of the Blackman-Harris window on [-1, 1], 0.35875 + 0.48829 cos(pi x) + 0.14128 cos(2 pi x) + 0.01168
/// cos(3 pi x) (Harris, "On the Use of Windows for Harmonic Analysis with the Discrete Fourier Transform", 1978, the
/// minimum four-term window), drawn in proportion to its weight; rising with `u` in [0, 1), 0 at 1/2.
///
/// The inverse of its distribution has no closed form. What lies beyond |x| grows about as (1 - |x|)^4, so the inverse
/// is all but straight in the fourth root of that, and a short polynomial (least squares, weighted towards the largest
/// error) gives it back: the distribution at the point is within 5e-5 of `u`.
KILN_HD float sample_blackman_harris(float u) {
  const float centred = 2.0f * u - 1.0f;
  const float r = std::sqrt(safe_sqrt(1.0f - std::fabs(centred)));
  float x = 2.6842501f;
  x = -6.2973177f + r * x;
  x = 5.9565176f + r * x;
  x = -2.2072075f + r * x;
  x = 0.3031816f + r * x;
  x = 0.9916139f + r * x;
  return std::copysign((1.0f - r) * x, centred);
}

}  // namespace kiln
