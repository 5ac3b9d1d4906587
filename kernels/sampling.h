#pragma once

#include "kernels/trigonometry.h"
#include "kernels/vec.h"

/// Maps from uniform numbers in [0, 1) to points and directions.
namespace kiln {

/// Uniform on the unit disc, area-preserving and with little distortion (Shirley and Chiu, "A Low Distortion Map
/// Between Disk and Square", 1997).
KILN_HD Vec2 sample_disc(float u, float v) {
  const float a = 2.0f * u - 1.0f, b = 2.0f * v - 1.0f;
  if (a == 0.0f && b == 0.0f) return {0, 0};
  const bool wide = std::fabs(a) > std::fabs(b);
  const float r = wide ? a : b;
  const SinCos phi = sin_cos_turns(wide ? 0.125f * (b / a) : 0.25f - 0.125f * (a / b));
  return {r * phi.cos, r * phi.sin};
}

/// Cosine-weighted on the hemisphere around +z (Malley): pdf = z / pi.
KILN_HD Vec3 sample_cosine_hemisphere(float u, float v) {
  const Vec2 d = sample_disc(u, v);
  return {d.x, d.y, safe_sqrt(1.0f - d.x * d.x - d.y * d.y)};
}

inline constexpr float kUniformSpherePdf = kInvPi / 4;

/// Uniform on the unit sphere: pdf = 1 / (4 pi).
KILN_HD Vec3 sample_uniform_sphere(float u, float v) {
  const float y = 1.0f - 2.0f * v, r = safe_sqrt(1.0f - y * y);
  const SinCos phi = sin_cos_turns(u);
  return {r * phi.cos, y, r * phi.sin};
}

/// Uniform on a triangle: the barycentric coordinates of its second and third vertex (Heitz, "A Low-Distortion Map
/// Between Triangle and Square", 2019).
KILN_HD Vec2 sample_triangle(float u, float v) {
  if (v > u) {
    const float a = 0.5f * u;
    return {a, v - a};
  }
  const float b = 0.5f * v;
  return {u - b, b};
}

}  // namespace kiln
