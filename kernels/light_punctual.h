#pragma once

#include "kernels/scalar.h"
#include "kernels/scene_types.h"

/// KHR_lights_punctual, with the attenuation that the extension recommends.
namespace kiln {

/// What a punctual light sends to a point: `irradiance` falls on a surface that faces it.
struct PunctualIllumination {
  Vec3 wi{0, 1, 0};
  float distance = 1e30f;
  Vec3 irradiance{0, 0, 0};
};

/// 1 near the light, 0 from its range on.
KILN_HD float range_window(float distance, float range) {
  return range > 0 ? saturate(1.0f - square(square(distance / range))) : 1.0f;
}

/// 1 inside the inner cone, 0 outside the outer one.
KILN_HD float spot_falloff(float cosine, float cos_inner, float cos_outer) {
  const float scale = 1.0f / max_of(0.001f, cos_inner - cos_outer);
  return square(saturate((cosine - cos_outer) * scale));
}

KILN_HD PunctualIllumination illuminate(const PunctualLight& light, Vec3 p) {
  if (light.kind == PunctualKind::directional) return {-light.direction, 1e30f, light.intensity};
  const Vec3 to_light = light.position - p;
  const float squared = dot(to_light, to_light);
  if (!(squared > 1e-20f)) return {};
  const float distance = std::sqrt(squared);
  const Vec3 wi = to_light * (1.0f / distance);
  float attenuation = range_window(distance, light.range) / squared;
  if (light.kind == PunctualKind::spot)
    attenuation *= spot_falloff(-dot(light.direction, wi), light.cos_inner, light.cos_outer);
  return {wi, distance, light.intensity * attenuation};
}

}  // namespace kiln
