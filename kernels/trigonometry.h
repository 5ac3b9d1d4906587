#pragma once

#include "kernels/scalar.h"

/// Sine, cosine and arc tangent with angles in turns (1 turn = 2 pi). Short polynomials (interpolation at Chebyshev
/// nodes), because the functions of the standard library take longer than the rest of the shading on a CPU, and
/// give other digits from one machine to the next.
namespace kiln {

struct SinCos {
  float sin = 0, cos = 1;
};

/// For |turns| up to a few thousands; absolute error below 2e-7.
KILN_HD SinCos sin_cos_turns(float turns) {
  const float quarters = std::floor(4.0f * turns + 0.5f);
  const auto quadrant = static_cast<int>(quarters);
  const float t = turns - 0.25f * quarters, s = t * t;  // t in [-1/8, 1/8]
  const float sine = t * (6.28318529f + s * (-41.3416626f + s * (81.5925429f + s * -75.4016127f)));
  const float cosine = 0.99999997f + s * (-19.7391521f + s * (64.9212342f + s * -83.5918168f));
  const bool odd = (quadrant & 1) != 0;
  const float a = odd ? cosine : sine, b = odd ? sine : cosine;
  return {(quadrant & 2) != 0 ? -a : a, ((quadrant + 1) & 2) != 0 ? -b : b};
}

/// The angle of (x, y) from the x axis, in [-1/2, 1/2] turns; error below 1e-7 turns. 0 at the origin.
KILN_HD float atan2_turns(float y, float x) {
  const float ax = std::fabs(x), ay = std::fabs(y), larger = max_of(ax, ay);
  const float a = larger > 0 ? min_of(ax, ay) / larger : 0.0f, s = a * a;
  float turns = 0.0012172734f;
  turns = -0.0057869423f + s * turns;
  turns = 0.0132299859f + s * turns;
  turns = -0.0214029404f + s * turns;
  turns = 0.0316273344f + s * turns;
  turns = -0.0530394639f + s * turns;
  turns = a * (0.1591548198f + s * turns);
  if (ay > ax) turns = 0.25f - turns;
  if (x < 0) turns = 0.5f - turns;
  return std::copysign(turns, y);
}

}  // namespace kiln
