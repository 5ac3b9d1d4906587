#pragma once

#include "kernels/glass_albedo_table.h"
#include "kernels/scalar.h"

namespace kiln {

/// What a rough surface between two dielectrics reflects and refracts after a single meeting, of what arrives
/// (refraction.h, microfacet.h); the rest is lost between its facets. `eta`: the index on the side of the light over
/// that on the other. Linear in a table over cosine, roughness and (eta - 1) / (eta + 1).
KILN_HD float glass_albedo(float cosine, float roughness, float eta) {
  constexpr int kLast = kGlassAlbedoSize - 1;
  constexpr float kScale = kLast / (2.0f * kGlassAlbedoReach);
  const float x = saturate(cosine) * kLast, y = saturate(roughness) * kLast;
  const float z = clamp_to(((eta - 1.0f) / (eta + 1.0f) + kGlassAlbedoReach) * kScale, 0.0f, kLast);
  const int i = static_cast<int>(min_of(x, kLast - 1.0f)), j = static_cast<int>(min_of(y, kLast - 1.0f)),
            k = static_cast<int>(min_of(z, kLast - 1.0f));
  const float s = x - static_cast<float>(i), t = y - static_cast<float>(j), r = z - static_cast<float>(k);
  const auto row = [&](int at) { return mix(glass_albedo_at(at), glass_albedo_at(at + 1), s); };
  const auto plane = [&](int at) { return mix(row(at), row(at + kGlassAlbedoSize), t); };
  const int at = (k * kGlassAlbedoSize + j) * kGlassAlbedoSize + i;
  return mix(plane(at), plane(at + kGlassAlbedoSize * kGlassAlbedoSize), r);
}

}  // namespace kiln
