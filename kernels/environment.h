#pragma once

#include "kernels/inversion.h"
#include "kernels/sampling.h"
#include "kernels/scene_view.h"

/// The equirectangular environment: u = atan2(z, x) / 2 pi + 1/2, v = asin(y) / pi + 1/2 upwards, pixel row 0 at the
/// top. It is turned counter-clockwise seen from above. Radiance is interpolated between pixel centres, around in u
/// and clamped in v; samples are drawn by pixel, uniform in solid angle within one.
namespace kiln {

/// Coordinates in the picture, v downwards (0 is the top edge, +Y), u in [0, 1].
struct EnvironmentPoint {
  float u = 0, v = 0;
};

KILN_HD EnvironmentPoint environment_point(const EnvironmentView& e, Vec3 direction) {
  const float turns = atan2_turns(direction.z, direction.x) + e.rotation_rad * (kInvPi / 2) + 0.5f;
  const float level = std::sqrt(direction.x * direction.x + direction.z * direction.z);
  return {saturate(turns - std::floor(turns)), saturate(0.5f - 2.0f * atan2_turns(direction.y, level))};
}

KILN_HD Vec3 environment_direction(const EnvironmentView& e, EnvironmentPoint p) {
  const SinCos longitude = sin_cos_turns(p.u - 0.5f - e.rotation_rad * (kInvPi / 2));
  const SinCos latitude = sin_cos_turns(0.25f - 0.5f * p.v);
  return {latitude.cos * longitude.cos, latitude.sin, latitude.cos * longitude.sin};
}

KILN_HD Vec3 environment_radiance_at(const EnvironmentView& e, EnvironmentPoint p) {
  const auto w = static_cast<std::int32_t>(e.width), h = static_cast<std::int32_t>(e.height);
  const float x = p.u * static_cast<float>(w) - 0.5f, y = p.v * static_cast<float>(h) - 0.5f;
  const float left = std::floor(x), top = std::floor(y);
  const auto x0 = static_cast<std::int32_t>(left), y0 = static_cast<std::int32_t>(top);
  const std::int32_t xa = x0 < 0 ? x0 + w : x0, xb = x0 + 1 < w ? x0 + 1 : x0 + 1 - w;
  const std::int32_t ya = y0 < 0 ? 0 : y0, yb = y0 + 1 < h ? y0 + 1 : h - 1;
  const Vec3 *upper = e.pixels + static_cast<std::size_t>(ya) * e.width,
             *lower = e.pixels + static_cast<std::size_t>(yb) * e.width;
  const float s = x - left, t = y - top;
  return lerp(lerp(upper[xa], upper[xb], s), lerp(lower[xa], lower[xb], s), t) * e.intensity;
}

KILN_HD bool has_environment(const EnvironmentView& e) { return e.pixels != nullptr; }

KILN_HD bool is_constant(const EnvironmentView& e) { return e.width == 1 && e.height == 1; }

/// The sines of the latitudes between which a row of pixels lies.
struct EnvironmentRow {
  float top = 1, bottom = -1;
};

KILN_HD EnvironmentRow environment_row(std::uint32_t height, std::uint32_t row) {
  const float step = 0.5f / static_cast<float>(height);  // in turns
  const SinCos middle = sin_cos_turns(0.25f - (static_cast<float>(row) + 0.5f) * step);
  const SinCos half = sin_cos_turns(0.5f * step);
  const float a = middle.sin * half.cos, b = middle.cos * half.sin;
  return {a + b, a - b};
}

/// The solid angle of a pixel in that row.
KILN_HD float environment_pixel_solid_angle(std::uint32_t width, const EnvironmentRow& row) {
  return 2 * kPi / static_cast<float>(width) * (row.top - row.bottom);
}

/// The distribution over the rows of pixels.
KILN_HD DistributionView environment_rows(const EnvironmentView& e) { return {e.cumulative, e.guide, e.height}; }

/// The distribution over the pixels of a row.
KILN_HD DistributionView environment_columns(const EnvironmentView& e, std::uint32_t row) {
  const std::size_t first = e.height + static_cast<std::size_t>(row) * e.width;
  return {e.cumulative + first, e.guide + first, e.width};
}

/// The weight of a pixel in these distributions: the luminance that interpolation spreads over it, times its solid
/// angle. It is positive wherever the interpolated radiance is, so what has density 0 is next to nothing.
KILN_HD float environment_pixel_weight(const Vec3* pixels, std::uint32_t width, std::uint32_t height, std::uint32_t x,
                                       std::uint32_t y) {
  constexpr float kShare[3] = {0.125f, 0.75f, 0.125f};  // integrals of the linear hat over the pixel
  float sum = 0;
  for (std::uint32_t j = 0; j < 3; ++j) {
    const std::uint32_t row = y + j == 0 ? 0 : (y + j - 1 < height ? y + j - 1 : height - 1);
    for (std::uint32_t i = 0; i < 3; ++i) {
      const std::uint32_t column = (x + i + width - 1) % width;
      sum += kShare[i] * kShare[j] * luminance(pixels[static_cast<std::size_t>(row) * width + column]);
    }
  }
  return sum * environment_pixel_solid_angle(width, environment_row(height, y));
}

/// What arrives from a direction, and the density with which environment_sample gives that, in solid angle.
struct EnvironmentValue {
  Vec3 radiance{0, 0, 0};
  float pdf = 0;
};

/// `direction` is a unit vector. Black, and never drawn, without an environment.
KILN_HD EnvironmentValue environment_value(const EnvironmentView& e, Vec3 direction) {
  if (!has_environment(e)) return {};
  if (is_constant(e)) return {e.pixels[0] * e.intensity, kUniformSpherePdf};
  const EnvironmentPoint p = environment_point(e, direction);
  const auto x = static_cast<std::uint32_t>(p.u * static_cast<float>(e.width));
  const auto y = static_cast<std::uint32_t>(p.v * static_cast<float>(e.height));
  const std::uint32_t column = x < e.width ? x : e.width - 1, row = y < e.height ? y : e.height - 1;
  const float chance = chance_of(environment_rows(e), row) * chance_of(environment_columns(e, row), column);
  return {environment_radiance_at(e, p),
          chance / environment_pixel_solid_angle(e.width, environment_row(e.height, row))};
}

/// The radiance alone; it needs no table.
KILN_HD Vec3 environment_radiance(const EnvironmentView& e, Vec3 direction) {
  if (!has_environment(e)) return {};
  if (is_constant(e)) return e.pixels[0] * e.intensity;
  return environment_radiance_at(e, environment_point(e, direction));
}

/// The density alone.
KILN_HD float environment_pdf(const EnvironmentView& e, Vec3 direction) { return environment_value(e, direction).pdf; }

struct EnvironmentSample {
  Vec3 direction{0, 1, 0};
  Vec3 radiance{0, 0, 0};
  float pdf = 0;  ///< in solid angle
};

/// Draws a direction by two uniform numbers in [0, 1). has_environment(e).
KILN_HD EnvironmentSample environment_sample(const EnvironmentView& e, Vec2 u) {
  if (is_constant(e)) return {sample_uniform_sphere(u.x, u.y), e.pixels[0] * e.intensity, kUniformSpherePdf};
  const InversionDraw row = draw_by_inversion(environment_rows(e), u.y);
  const InversionDraw column = draw_by_inversion(environment_columns(e, row.index), u.x);
  const EnvironmentRow sines = environment_row(e.height, row.index);
  const float y = mix(sines.top, sines.bottom, row.u), level = safe_sqrt(1.0f - y * y);
  const EnvironmentPoint p{(static_cast<float>(column.index) + column.u) / static_cast<float>(e.width),
                           saturate(0.5f - 2.0f * atan2_turns(y, level))};
  const SinCos longitude = sin_cos_turns(p.u - 0.5f - e.rotation_rad * (kInvPi / 2));
  return {Vec3{level * longitude.cos, y, level * longitude.sin}, environment_radiance_at(e, p),
          row.chance * column.chance / environment_pixel_solid_angle(e.width, sines)};
}

}  // namespace kiln
