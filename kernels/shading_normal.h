#pragma once

#include "kernels/surface_geometry.h"

namespace kiln {

/// The directions of +x and +y of a texture on the surface.
KILN_HD TangentPair tangents_at(const SceneView& scene, const SurfacePoint& p, const SurfaceGeometry& g,
                                std::uint32_t uv_set) {
  return p.mesh->has_tangents ? mesh_tangents(scene, p, g.normal) : uv_tangents(scene, p, g, uv_set);
}

/// The normal of a normal texture (glTF 2.0 §3.9.3): red to the right, green up, scaled in both.
KILN_HD Vec3 mapped_normal(const SceneView& scene, const SurfacePoint& p, const SurfaceGeometry& g,
                           const TextureSlot& slot, float scale) {
  const Vec3 texel = xyz(sample_slot(scene, p, slot));
  const Vec3 n{(2.0f * texel.x - 1.0f) * scale, (2.0f * texel.y - 1.0f) * scale, 2.0f * texel.z - 1.0f};
  const TangentPair t = tangents_at(scene, p, g, slot.uv_set);
  const Vec3 world = t.tangent * n.x + t.bitangent * n.y + g.normal * n.z;
  const float squared = dot(world, world);
  return squared > 1e-12f ? world * (1.0f / std::sqrt(squared)) : g.normal;
}

/// Tilts a shading normal as little as needed for the mirror direction of `wo` to stay above the surface. Where
/// interpolated or mapped normals turn away from the eye they would else reflect into the surface: black spots, or, if
/// that were let through, light from behind. The new normal is the half vector of wo and the lowest allowed mirror
/// direction; it sees wo, and equals the old one where that is in order, so the change is continuous.
KILN_HD Vec3 keep_reflection_above(Vec3 normal, Vec3 geometric_normal, Vec3 wo) {
  const float cosine = dot(geometric_normal, wo);
  const float lowest = min_of(0.02f, 0.9f * max_of(cosine, 0.0f));
  const Vec3 mirrored = normal * (2.0f * dot(normal, wo)) - wo;
  const float height = dot(mirrored, geometric_normal);
  if (height >= lowest) return normal;
  const Vec3 flat = mirrored - geometric_normal * height;
  const float squared = dot(flat, flat);
  if (!(squared > 1e-12f)) return geometric_normal;
  const Vec3 lifted = flat * std::sqrt((1.0f - lowest * lowest) / squared) + geometric_normal * lowest;
  const Vec3 half = wo + lifted;
  const float half_squared = dot(half, half);
  return half_squared > 1e-12f ? half * (1.0f / std::sqrt(half_squared)) : geometric_normal;
}

}  // namespace kiln
