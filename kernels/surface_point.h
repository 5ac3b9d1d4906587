#pragma once

#include "kernels/ray.h"
#include "kernels/texture.h"

/// A point on a triangle of the scene, and what vertices, materials and textures say there.
namespace kiln {

struct SurfacePoint {
  const Instance* instance = nullptr;
  const Mesh* mesh = nullptr;
  const Material* material = nullptr;
  std::uint32_t i0 = 0, i1 = 0, i2 = 0;  ///< corners, relative to the mesh's first vertex
  float w0 = 1, w1 = 0, w2 = 0;          ///< barycentric weights of the corners
  float time = 0;                        ///< as in Ray
  float footprint = 0;  ///< the area that textures are averaged over, as a share of twice the triangle's; 0: a point
};

KILN_HD SurfacePoint surface_point(const SceneView& scene, std::uint32_t instance, std::uint32_t triangle, float u,
                                   float v, float time = 0) {
  SurfacePoint p;
  p.instance = &scene.instances[instance];
  p.mesh = &scene.meshes[p.instance->mesh];
  p.material = &scene.materials[p.instance->material];
  const std::uint32_t* corner = scene.indices + p.mesh->first_index + std::size_t{3} * triangle;
  p.i0 = corner[0], p.i1 = corner[1], p.i2 = corner[2];
  p.w0 = 1.0f - u - v, p.w1 = u, p.w2 = v;
  p.time = time;
  return p;
}

/// What `ray` met at `hit`.
KILN_HD SurfacePoint surface_point(const SceneView& scene, const Ray& ray, const Hit& hit) {
  return surface_point(scene, hit.instance, hit.triangle, hit.u, hit.v, ray.time);
}

/// Whether the instance or its mesh moves while the shutter is open.
KILN_HD bool moves(const SurfacePoint& p) { return (p.instance->first_motion & p.mesh->first_motion) != kNone; }

/// Where the instance stands at the point's time.
KILN_HD Affine place_at(const SceneView& scene, const SurfacePoint& p) {
  if (p.instance->first_motion == kNone) return p.instance->world_from_object;
  return transform_at(scene.motion.transforms + p.instance->first_motion, scene.motion.key_count, p.time);
}

/// A value at each corner of a triangle.
struct Corners {
  Vec3 p0, p1, p2;
};

/// A vertex attribute of the mesh; `values` begins at its first vertex.
KILN_HD Corners corners_of(const SurfacePoint& p, const Vec3* values) {
  return {values[p.i0], values[p.i1], values[p.i2]};
}

/// The same at the point's time. `moving` begins at the first vertex of all meshes that deform.
KILN_HD Corners corners_at(const SceneView& scene, const SurfacePoint& p, const Vec3* still, const Vec3* moving) {
  if (p.mesh->first_motion == kNone) return corners_of(p, still);
  const MotionSpan span = motion_span(scene.motion.key_count, p.time);
  const Vec3* a = moving + p.mesh->first_motion + std::size_t{span.key} * p.mesh->vertex_count;
  const Vec3* b = a + p.mesh->vertex_count;
  return {lerp(a[p.i0], b[p.i0], span.fraction), lerp(a[p.i1], b[p.i1], span.fraction),
          lerp(a[p.i2], b[p.i2], span.fraction)};
}

/// In object space.
KILN_HD Corners position_corners(const SceneView& scene, const SurfacePoint& p) {
  return corners_at(scene, p, scene.positions + p.mesh->first_vertex, scene.motion.positions);
}
KILN_HD Corners normal_corners(const SceneView& scene, const SurfacePoint& p) {
  return corners_at(scene, p, scene.normals + p.mesh->first_vertex, scene.motion.normals);
}

KILN_HD Vec3 interpolate(const SurfacePoint& p, const Corners& c) { return c.p0 * p.w0 + c.p1 * p.w1 + c.p2 * p.w2; }

/// A vertex attribute at the point; `values` begins at the mesh's first vertex.
template <class T>
KILN_HD T interpolate(const SurfacePoint& p, const T* values) {
  return values[p.i0] * p.w0 + values[p.i1] * p.w1 + values[p.i2] * p.w2;
}

/// Texture coordinates of one set; (0, 0) where the mesh lacks it.
KILN_HD Vec2 uv_at(const SceneView& scene, const SurfacePoint& p, std::uint32_t set) {
  if (set >= p.mesh->uv_sets) return {0, 0};
  return interpolate(p, scene.uvs + p.mesh->first_uv + std::size_t{set} * p.mesh->vertex_count);
}

/// How many texels of the slot's texture lie in the point's footprint.
KILN_HD float texels_in_footprint(const SceneView& scene, const SurfacePoint& p, const TextureSlot& slot) {
  const Texture& texture = scene.textures[slot.texture];
  if (!(p.footprint > 0) || texture.level_count <= 1 || slot.uv_set >= p.mesh->uv_sets) return 0;
  const Vec2* uvs = scene.uvs + p.mesh->first_uv + std::size_t{slot.uv_set} * p.mesh->vertex_count;
  const Vec2 d1 = uvs[p.i1] - uvs[p.i0], d2 = uvs[p.i2] - uvs[p.i0];
  const float double_area = (d1.x * d2.y - d1.y * d2.x) * (slot.m00 * slot.m11 - slot.m01 * slot.m10);
  const float texels = static_cast<float>(texture.width) * static_cast<float>(texture.height);
  return p.footprint * std::fabs(double_area) * texels;
}

/// What the slot's texture gives at the point; the slot must name a texture.
KILN_HD Vec4 sample_slot(const SceneView& scene, const SurfacePoint& p, const TextureSlot& slot) {
  const Vec2 uv = slot_uv(slot, uv_at(scene, p, slot.uv_set));
  return sample_texture(scene, scene.textures[slot.texture], uv, texels_in_footprint(scene, p, slot));
}

/// Factor, texture and vertex colour multiplied (glTF 2.0 §3.9.2); w is alpha before the alpha mode.
KILN_HD Vec4 base_color_at(const SceneView& scene, const SurfacePoint& p) {
  const Material& m = *p.material;
  Vec4 color{m.base_color.x, m.base_color.y, m.base_color.z, m.alpha};
  if (m.base_color_texture.texture != kNone) color = color * sample_slot(scene, p, m.base_color_texture);
  if (p.mesh->first_color != kNone) color = color * interpolate(p, scene.colors + p.mesh->first_color);
  return color;
}

/// How much of the surface is there, from the alpha of its base colour (glTF 2.0 §3.9.4).
KILN_HD float coverage(const Material& m, float alpha) {
  if (m.alpha_mode == AlphaMode::opaque) return 1.0f;
  if (m.alpha_mode == AlphaMode::mask) return alpha >= m.alpha_cutoff ? 1.0f : 0.0f;
  return saturate(alpha);
}

KILN_HD float coverage_at(const SceneView& scene, const SurfacePoint& p) {
  if (p.material->alpha_mode == AlphaMode::opaque) return 1.0f;
  return coverage(*p.material, base_color_at(scene, p).w);
}

/// emissiveFactor times emissiveTexture (glTF 2.0 §3.9.3).
KILN_HD Vec3 emission_at(const SceneView& scene, const SurfacePoint& p) {
  const Material& m = *p.material;
  if (m.emissive_texture.texture == kNone || max_component(m.emission) <= 0) return m.emission;
  return m.emission * xyz(sample_slot(scene, p, m.emissive_texture));
}

}  // namespace kiln
