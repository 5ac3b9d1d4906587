#pragma once

#include "kernels/microfacet_albedo_table.h"
#include "kernels/scalar.h"
#include "kernels/vec.h"

namespace kiln {

/// The directional albedo of the GGX lobe under Schlick's Fresnel term is f0 * f0_part + f90 * f90_part ("split sum",
/// Karis, "Real Shading in Unreal Engine 4", 2013): what a single bounce reflects towards all directions.
struct GgxAlbedo {
  float f0_part = 1, f90_part = 0;
};

/// The table's columns lie at (1 + c) z / (z + c) of the cosine z: dense at grazing angles, where smooth surfaces
/// change fast.
KILN_HD float ggx_albedo_bend(float roughness) { return 0.1f + 0.6f * roughness; }

/// The roughness of the round lobe that reflects, in the mean, as much of what arrives as one of both widths. Fitted:
/// an anisotropic lobe then reflects 0.9 to 1.06 of all light, but for grazing directions across its width, where it is
/// down to 0.6.
KILN_HD float round_roughness(Vec2 alpha) {
  const float x = square(alpha.x), y = square(alpha.y), uneven = (x - y) / (x + y);
  return std::sqrt(std::sqrt(0.5f * (x + y)) * (1.0f - 0.15f * square(uneven)));
}

/// Both arguments in [0, 1]; isotropic roughness. Interpolated linearly, never below the true albedo.
KILN_HD GgxAlbedo ggx_albedo(float cosine, float roughness) {
  constexpr int kLast = kGgxAlbedoSize - 1;
  const float bend = ggx_albedo_bend(roughness);
  const float x = (1.0f + bend) * cosine / (cosine + bend) * kLast, y = roughness * kLast;
  const int column = static_cast<int>(clamp_to(x, 0.0f, kLast - 1.0f));
  const int row = static_cast<int>(clamp_to(y, 0.0f, kLast - 1.0f));
  const float s = saturate(x - static_cast<float>(column)), t = saturate(y - static_cast<float>(row));
  const int i = row * kGgxAlbedoSize + column, j = i + kGgxAlbedoSize;
  const float total = mix(mix(ggx_albedo_total(i), ggx_albedo_total(i + 1), s),
                          mix(ggx_albedo_total(j), ggx_albedo_total(j + 1), s), t);
  const float f90 =
      mix(mix(ggx_albedo_f90(i), ggx_albedo_f90(i + 1), s), mix(ggx_albedo_f90(j), ggx_albedo_f90(j + 1), s), t);
  return {total - f90, f90};
}

}  // namespace kiln
