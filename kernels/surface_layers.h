#pragma once

#include "kernels/bsdf.h"
#include "kernels/shading_normal.h"

/// What the textures and factors of the material extensions give at a point.
namespace kiln {

/// The slot's texel; white where it names no texture.
KILN_HD Vec4 sample_or_white(const SceneView& scene, const SurfacePoint& p, const TextureSlot& slot) {
  return slot.texture == kNone ? Vec4{1, 1, 1, 1} : sample_slot(scene, p, slot);
}

KILN_HD float transmission_at(const SceneView& scene, const SurfacePoint& p, const MaterialLayers& l) {
  return saturate(l.transmission * sample_or_white(scene, p, l.transmission_texture).x);
}

/// The share of light that goes straight on through a smooth thin sheet, by colour; zero for every other surface. A
/// path treats it as it does holes, so that shadows see it too. `cosine`: between the ray and the surface's normal.
KILN_HD Vec3 window_at(const SceneView& scene, const SurfacePoint& p, Vec3 base_color, float cosine) {
  constexpr float kSmooth = 0.03f;
  const Material& m = *p.material;
  if (m.layers == kNone) return {0, 0, 0};
  const MaterialLayers& l = scene.material_layers[m.layers];
  if (!(l.transmission > 0) || l.has_volume) return {0, 0, 0};
  const Vec4 texel = sample_or_white(scene, p, m.metallic_roughness_texture);
  if (m.roughness * texel.y > kSmooth) return {0, 0, 0};
  const float f0 = f0_from_ior(m.ior) * l.specular;
  const float reflected = mix(f0, f90_from_f0(f0_from_ior(m.ior)) * l.specular, schlick_weight(cosine));
  const float share = transmission_at(scene, p, l) * (1.0f - saturate(m.metallic * texel.z)) * (1.0f - reflected);
  return Vec3{saturate(base_color.x), saturate(base_color.y), saturate(base_color.z)} * share;
}

namespace detail {

/// KHR_materials_anisotropy: red and green are a direction in the tangent plane, blue the strength. The shading frame
/// is turned so that x points along it.
KILN_HD float turn_to_anisotropy(const SceneView& scene, const SurfacePoint& p, const SurfaceGeometry& g,
                                 const MaterialLayers& l, Frame& frame) {
  Vec2 direction = l.anisotropy_direction;
  float strength = l.anisotropy;
  if (l.anisotropy_texture.texture != kNone) {
    const Vec4 texel = sample_slot(scene, p, l.anisotropy_texture);
    const Vec2 own{2.0f * texel.x - 1.0f, 2.0f * texel.y - 1.0f};
    direction = {direction.x * own.x - direction.y * own.y, direction.y * own.x + direction.x * own.y};
    strength *= texel.z;
  }
  const TangentPair t = tangents_at(scene, p, g, l.anisotropy_texture.uv_set);
  frame = make_frame(frame.z, t.tangent * direction.x + t.bitangent * direction.y);
  return saturate(strength);
}

KILN_HD void add_specular(const SceneView& scene, const SurfacePoint& p, const MaterialLayers& l, SurfaceLayers& s) {
  s.specular = l.specular * sample_or_white(scene, p, l.specular_texture).w;
  s.specular_color = l.specular_color * xyz(sample_or_white(scene, p, l.specular_color_texture));
}

KILN_HD void add_iridescence(const SceneView& scene, const SurfacePoint& p, const MaterialLayers& l, SurfaceLayers& s) {
  s.iridescence = l.iridescence * sample_or_white(scene, p, l.iridescence_texture).x;
  const float t = sample_or_white(scene, p, l.film_thickness_texture).y;
  s.film = {l.iridescence_ior, mix(l.film_thinnest_nm, l.film_thickest_nm, t)};
  if (!(s.film.thickness_nm > 0)) s.iridescence = 0;
}

/// The coat lies over the bumps of the base: its normal is the surface's own, or that of its own texture.
KILN_HD void add_clearcoat(const SceneView& scene, const SurfacePoint& p, const SurfaceGeometry& g, Vec3 wo, float side,
                           const MaterialLayers& l, const Frame& frame, SurfaceLayers& s) {
  s.coat = l.clearcoat * sample_or_white(scene, p, l.clearcoat_texture).x;
  s.coat_roughness = saturate(l.clearcoat_roughness * sample_or_white(scene, p, l.clearcoat_roughness_texture).y);
  const bool mapped = l.clearcoat_normal_texture.texture != kNone;
  const Vec3 normal =
      (mapped ? mapped_normal(scene, p, g, l.clearcoat_normal_texture, l.clearcoat_normal_scale) : g.normal) * side;
  s.coat_frame = make_frame(to_local(frame, keep_reflection_above(normal, g.geometric_normal * side, wo)));
}

/// A sheet or a body's surface that lets light through. `eta`: as in SurfaceLayers.
KILN_HD void add_transmission(const SceneView& scene, const SurfacePoint& p, const MaterialLayers& l, float eta,
                              SurfaceLayers& s) {
  s.transmission = transmission_at(scene, p, l);
  s.refracts = l.has_volume;
  s.eta = eta;
  s.diffuse_transmission =
      saturate(l.diffuse_transmission * sample_or_white(scene, p, l.diffuse_transmission_texture).w);
  s.diffuse_transmission_color =
      l.diffuse_transmission_color * xyz(sample_or_white(scene, p, l.diffuse_transmission_color_texture));
}

}  // namespace detail

/// Turns `frame` about its normal where the material is anisotropic. `side`: -1 where the surface is seen from behind.
KILN_HD SurfaceLayers surface_layers(const SceneView& scene, const SurfacePoint& p, const SurfaceGeometry& g, Vec3 wo,
                                     float side, float eta, Frame& frame) {
  const MaterialLayers& l = scene.material_layers[p.material->layers];
  SurfaceLayers s;
  if (l.anisotropy > 0) s.anisotropy = detail::turn_to_anisotropy(scene, p, g, l, frame);
  detail::add_specular(scene, p, l, s);
  if (l.iridescence > 0) detail::add_iridescence(scene, p, l, s);
  if (l.clearcoat > 0) detail::add_clearcoat(scene, p, g, wo, side, l, frame, s);
  if (max_component(l.sheen_color) > 0) {
    s.sheen_color = l.sheen_color * xyz(sample_or_white(scene, p, l.sheen_color_texture));
    s.sheen_roughness = saturate(l.sheen_roughness * sample_or_white(scene, p, l.sheen_roughness_texture).w);
  }
  if (l.transmission > 0 || l.diffuse_transmission > 0) detail::add_transmission(scene, p, l, eta, s);
  return s;
}

}  // namespace kiln
