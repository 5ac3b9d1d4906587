#pragma once

#include "kernels/frame_view.h"
#include "kernels/light.h"

/// The ground that shows the scene's shadow and nothing else: an endless level plane that only the camera sees, from
/// above. Its shadow is the share of the direct light on a matte surface that the scene holds off.
///
/// The share is a quotient of two integrals over the lights. Each sample draws kGroundLights points on lights, keeps
/// one of them in proportion to what it would send to the plane (Talbot et al., "Importance Resampling for Global
/// Illumination", 2005) and asks whether that one is hidden. So there is no noise where nothing is in the way; the
/// expected share is off by some hundredths of itself at the most, less with more candidates.
namespace kiln {

inline constexpr std::uint32_t kGroundLights = 16;

/// Where the camera ray meets the ground, as a distance; below 0 where it does not, or only behind the hit. What lies
/// on the ground is before it.
KILN_HD float distance_to_ground(const FrameView& frame, const Ray& ray, float hit_distance) {
  constexpr float kFarthest = 1e15f, kOnGround = 1e-4f;
  if (!(ray.direction.y < 0)) return -1;
  const float t = (frame.shadow_ground_m - ray.origin.y) / ray.direction.y;
  const float behind = t * (1 + kOnGround);
  return t > 0 && t < kFarthest && behind < hit_distance && behind >= ray.t_min ? t : -1;
}

/// Point `index` of a lattice that starts at u (Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences",
/// 2018).
KILN_HD Vec4 lattice_point(Vec4 u, std::uint32_t index) {
  const auto i = static_cast<float>(index);
  const auto wrapped = [](float x) { return min_of(x - std::floor(x), 0.99999994f); };
  return {wrapped(u.x + i * 0.85667488f), wrapped(u.y + i * 0.73389186f), wrapped(u.z + i * 0.62870672f),
          wrapped(u.w + i * 0.53859726f)};
}

/// A point on a light, drawn about in proportion to the luminance that it would give a matte surface at p that faces
/// up, at a time (Ray). `choice` is uniform in [0, 1). pdf 0: no light.
KILN_HD LightSample sample_ground_light(const SceneView& scene, Vec3 p, float time, Vec4 u, float choice) {
  const Receiver receiver{p, {0, 1, 0}, time};
  const LightSelection chance = light_selection(scene, receiver);
  LightSample kept;
  float total = 0;
  for (std::uint32_t i = 0; i < kGroundLights; ++i) {
    const LightSample light = sample_light(scene, receiver, chance, lattice_point(u, i));
    if (!(light.pdf > 0) || !(light.wi.y > 0)) continue;
    const float weight = light.wi.y * luminance(light.radiance) / light.pdf;
    if (!(weight > 0) || !std::isfinite(weight)) continue;
    total += weight;
    const float share = weight / total;
    if (choice < share) {
      kept = light;
      choice = choice / share;
    } else {
      choice = (choice - share) / (1 - share);
    }
  }
  return kept;
}

}  // namespace kiln
