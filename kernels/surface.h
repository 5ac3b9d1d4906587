#pragma once

#include "kernels/bsdf.h"
#include "kernels/surface_layers.h"

namespace kiln {

/// All that a path needs to know of the surface that it met, turned to the side that it came from.
struct Surface {
  Vec3 position;
  Vec3 geometric_normal;  ///< unit, on the side of wo
  float offset_m = 0;
  Frame frame;  ///< shading frame
  Bsdf bsdf;
};

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
  const Material& m = *p.material;
  const float side = dot(g.geometric_normal, wo) < 0 ? -1.0f : 1.0f;
  const bool mapped = m.normal_texture.texture != kNone;
  const Vec3 normal = (mapped ? mapped_normal(scene, p, g, m.normal_texture, m.normal_scale) : g.normal) * side;
  Surface s;
  s.position = g.position;
  s.geometric_normal = g.geometric_normal * side;
  s.offset_m = g.offset_m;
  s.frame = make_frame(keep_reflection_above(normal, s.geometric_normal, wo));
  const SurfaceMaterial material = surface_material(scene, p, base_color);
  if (m.layers == kNone) {
    s.bsdf = make_bsdf(material, to_local(s.frame, wo));
    return s;
  }
  const SurfaceLayers layers = surface_layers(scene, p, g, wo, side, s.frame);
  s.bsdf = make_bsdf(material, layers, to_local(s.frame, wo));
  return s;
}

}  // namespace kiln
