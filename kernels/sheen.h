#pragma once

#include "kernels/scalar.h"
#include "kernels/sheen_albedo_table.h"
#include "kernels/vec.h"

/// The cloth lobe of KHR_materials_sheen: inverted Gaussian normals ("Charlie") with their own masking term (Estevez
/// and Kulla, "Production Friendly Microfacet Sheen BRDF", 2017). Local frame, z = normal.
namespace kiln {

/// Below this the lobe is a spike at grazing angles that no sampler finds.
inline constexpr float kMinSheenRoughness = 0.07f;

namespace detail {

/// ln of the masking term Lambda below 60 degrees, mirrored above; the fits of the paper's table, mixed by roughness.
KILN_HD float sheen_lambda(float cosine, float alpha) {
  const float t = square(1.0f - alpha);
  const float a = mix(21.5473f, 25.3245f, t), b = mix(3.82987f, 3.32435f, t), c = mix(0.19823f, 0.16801f, t);
  const float d = mix(-1.97760f, -1.27393f, t), e = mix(-4.32054f, -4.85967f, t);
  const float x = cosine < 0.5f ? cosine : max_of(1.0f - cosine, 0.0f);
  const float at_x = a / (1.0f + b * std::pow(x, c)) + d * x + e;
  if (cosine < 0.5f) return std::exp(at_x);
  const float at_half = a / (1.0f + b * std::pow(0.5f, c)) + d * 0.5f + e;
  return std::exp(2.0f * at_half - at_x);
}

}  // namespace detail

/// f |cos wi| with colour 1; both directions above the surface.
KILN_HD float sheen_value(Vec3 wo, Vec3 wi, float roughness) {
  const float alpha = square(max_of(roughness, kMinSheenRoughness)), inverse = 1.0f / alpha;
  const Vec3 sum = wo + wi;
  const float cosine_h_squared = square(sum.z) / dot(sum, sum);
  const float sine = safe_sqrt(1.0f - cosine_h_squared);
  const float d = (2.0f + inverse) * std::pow(sine, inverse) * (0.5f * kInvPi);
  const float masking = 1.0f + detail::sheen_lambda(wo.z, alpha) + detail::sheen_lambda(wi.z, alpha);
  return d / (4.0f * wo.z * masking);
}

/// What the lobe with colour 1 reflects towards all directions; interpolated linearly in a table over the cosine and
/// the roughness.
KILN_HD float sheen_albedo(float cosine, float roughness) {
  constexpr int kLast = kSheenAlbedoSize - 1;
  const float x = std::sqrt(saturate(cosine)) * kLast;  // dense at grazing angles
  const float y = saturate((roughness - kMinSheenRoughness) / (1.0f - kMinSheenRoughness)) * kLast;
  const int column = static_cast<int>(min_of(x, kLast - 1.0f)), row = static_cast<int>(min_of(y, kLast - 1.0f));
  const float s = x - static_cast<float>(column), t = y - static_cast<float>(row);
  const int i = row * kSheenAlbedoSize + column, j = i + kSheenAlbedoSize;
  return mix(mix(sheen_albedo_at(i), sheen_albedo_at(i + 1), s), mix(sheen_albedo_at(j), sheen_albedo_at(j + 1), s), t);
}

}  // namespace kiln
