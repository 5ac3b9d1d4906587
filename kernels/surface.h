#pragma once

#include "kernels/bsdf.h"
#include "kernels/surface_layers.h"

namespace kiln {

/// All that a path needs to know of the surface that it met, turned to the side that it came from.
struct Surface {
  Vec3 position;
  Vec3 geometric_normal;  ///< unit, on the side of wo
  float offset_m = 0;
  Frame frame;                 ///< shading frame
  std::uint32_t body = kNone;  ///< the material of the body whose surface it is and that light gets into
  bool is_inner_side = false;  ///< wo is inside that body
  Bsdf bsdf;
};

KILN_HD SurfaceMaterial surface_material(const SceneView& scene, const SurfacePoint& p, Vec3 base_color) {
  const Material& m = *p.material;
  SurfaceMaterial s;
  s.base_color = {saturate(base_color.x), saturate(base_color.y), saturate(base_color.z)};
  s.metallic = m.metallic, s.roughness = m.roughness, s.ior = m.ior;
  if (m.metallic_roughness_texture.texture != kNone) {
    const Vec4 texel = sample_slot(scene, p, m.metallic_roughness_texture);
    if (m.has_glossiness) {
      s.roughness = 1.0f - (1.0f - s.roughness) * texel.w;
    } else {  // green is roughness, blue is metalness (§3.9.2)
      s.roughness *= texel.y;
      s.metallic *= texel.z;
    }
  }
  s.metallic = saturate(s.metallic), s.roughness = saturate(s.roughness);
  return s;
}

/// What a surface must know of the path that meets it: the window's share has been dealt with, and what the body's
/// surface bends light by (`outer_ior` and `body_ior`, indices of refraction).
struct Meeting {
  bool is_window = false;
  float outer_ior = 1, body_ior = 1.5f;
};

/// `wo`: unit, towards where the path came from. Seen from behind, both normals turn round (glTF 2.0 §3.9.6).
KILN_HD Surface make_surface(const SceneView& scene, const SurfacePoint& p, const SurfaceGeometry& g, Vec3 base_color,
                             Vec3 wo, const Meeting& meeting = {}) {
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
  s.is_inner_side = side < 0;
  constexpr float kLeastContrast = 0.99f;  // without any, refraction has no half vector to speak of
  float ratio = meeting.outer_ior / meeting.body_ior;
  if (std::fabs(ratio - 1.0f) < 1.0f - kLeastContrast) ratio = kLeastContrast;
  const float eta = s.is_inner_side ? 1.0f / ratio : ratio;
  SurfaceLayers layers = surface_layers(scene, p, g, wo, side, eta, s.frame);
  layers.is_window = meeting.is_window;
  if (layers.refracts && (layers.transmission > 0 || layers.diffuse_transmission > 0)) s.body = p.instance->material;
  s.bsdf = make_bsdf(material, layers, to_local(s.frame, wo));
  return s;
}

}  // namespace kiln
