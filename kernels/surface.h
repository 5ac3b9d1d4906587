#pragma once

#include "kernels/bsdf.h"
#include "kernels/surface_geometry.h"

namespace kiln {

/// All that a path needs to know of the surface that it met, turned to the side that it came from.
struct Surface {
  Vec3 position;
  Vec3 geometric_normal;  ///< unit, on the side of wo
  float offset_m = 0;
  Frame frame;  ///< shading frame
  Bsdf bsdf;
};

/// The normal of the normal texture (glTF 2.0 §3.9.3): red to the right, green up, scaled in both.
KILN_HD Vec3 mapped_normal(const SceneView& scene, const SurfacePoint& p, const SurfaceGeometry& g) {
  const Material& m = *p.material;
  const Vec3 texel = xyz(sample_slot(scene, p, m.normal_texture));
  const Vec3 n{(2.0f * texel.x - 1.0f) * m.normal_scale, (2.0f * texel.y - 1.0f) * m.normal_scale,
               2.0f * texel.z - 1.0f};
  const TangentPair t = p.mesh->has_tangents ? mesh_tangents(scene, p, g.normal) : uv_tangents(scene, p, g);
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

KILN_HD SurfaceMaterial surface_material(const SceneView& scene, const SurfacePoint& p, Vec3 base_color) {
  const Material& m = *p.material;
  SurfaceMaterial s;
  s.base_color = {saturate(base_color.x), saturate(base_color.y), saturate(base_color.z)};
  s.metallic = m.metallic, s.roughness = m.roughness, s.ior = m.ior;
  if (m.metallic_roughness_texture.texture != kNone) {  // green is roughness, blue is metalness (§3.9.2)
    const Vec4 texel = sample_slot(scene, p, m.metallic_roughness_texture);
    s.roughness *= texel.y;
    s.metallic *= texel.z;
  }
  s.metallic = saturate(s.metallic), s.roughness = saturate(s.roughness);
  return s;
}

/// `wo`: unit, towards where the path came from. Seen from behind, both normals turn round (glTF 2.0 §3.9.6).
KILN_HD Surface make_surface(const SceneView& scene, const SurfacePoint& p, const SurfaceGeometry& g, Vec3 base_color,
                             Vec3 wo) {
  const float side = dot(g.geometric_normal, wo) < 0 ? -1.0f : 1.0f;
  const bool mapped = p.material->normal_texture.texture != kNone;
  const Vec3 normal = (mapped ? mapped_normal(scene, p, g) : g.normal) * side;
  Surface s;
  s.position = g.position;
  s.geometric_normal = g.geometric_normal * side;
  s.offset_m = g.offset_m;
  s.frame = make_frame(keep_reflection_above(normal, s.geometric_normal, wo));
  s.bsdf = make_bsdf(surface_material(scene, p, base_color), to_local(s.frame, wo));
  return s;
}

}  // namespace kiln
