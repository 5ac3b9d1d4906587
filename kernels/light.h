#pragma once

#include "kernels/environment.h"
#include "kernels/light_punctual.h"
#include "kernels/light_tree.h"
#include "kernels/light_triangle.h"

/// Next-event estimation over all lights. First one of three kinds is chosen: the environment, the directional lights,
/// or the tree of all others; then one light of the kind.
namespace kiln {

struct LightSample {
  Vec3 wi{0, 1, 0};        ///< from the point to the light
  float distance = 1e30f;  ///< to the light; 1e30: infinitely far
  Vec3 radiance{0, 0,
                0};  ///< that arrives when nothing stands between; for a delta light the irradiance at a facing surface
  float pdf = 0;     ///< in solid angle, chances of selection included; for a delta light these alone. 0: no light
  bool delta = false;  ///< no BSDF sample can meet this light
};

/// The chances of the three kinds; they sum to 1 unless there is no light at all.
struct LightSelection {
  float environment = 0, directional = 0, tree = 0;
};

/// By what each kind would send to the receiver were nothing in between, a quarter evenly: what is bright may be
/// hidden.
KILN_HD LightSelection light_selection(const SceneView& scene, const Receiver& to) {
  constexpr float kEven = 0.25f;
  const bool environment = has_environment(scene.environment) && scene.environment.intensity > 0;
  const bool directional = scene.directional_light_count > 0, tree = scene.light_tree.slot_count > 0;
  if (int{environment} + int{directional} + int{tree} <= 1)
    return {environment ? 1.0f : 0.0f, directional ? 1.0f : 0.0f, tree ? 1.0f : 0.0f};
  const float e = environment ? kPi * scene.environment.mean_luminance * scene.environment.intensity : 0.0f;
  const float d = directional ? scene.directional_irradiance : 0.0f;
  const float t = tree ? scene.light_tree.intensity * sum_of(light_importances(scene.light_tree.nodes[0], to)) : 0.0f;
  const float sum = e + d + t;
  const int kinds = int{environment} + int{directional} + int{t > 0};
  const bool is_known = sum > 0 && sum < 1e30f;
  const float even = (is_known ? kEven : 1.0f) / static_cast<float>(kinds), scale = is_known ? (1.0f - kEven) / sum : 0;
  return {environment ? even + e * scale : 0, directional ? even + d * scale : 0, t > 0 ? even + t * scale : 0};
}

/// What the surface that a ray along `direction` met at the point sends back along it, were it fully there.
KILN_HD Vec3 emitted_radiance(const SceneView& scene, const SurfacePoint& point, Vec3 direction) {
  if (!emits_against(point, world_triangle(scene, point), direction)) return {};
  return emission_at(scene, point);
}

/// The density with which sample_light gives the receiver at the origin of `ray` its (unit) direction through the
/// triangle at `hit`; 0 where that emits nothing to the ray.
KILN_HD float pdf_triangle_light(const SceneView& scene, const LightSelection& chance, Vec3 receiver_normal,
                                 const Ray& ray, const Hit& hit) {
  const SurfacePoint point = surface_point(scene, ray, hit);
  if (point.instance->first_light == kNone) return 0;
  const std::uint32_t slot = scene.triangle_lights[point.instance->first_light + hit.triangle].slot;
  if (slot == kNone) return 0;
  const WorldTriangle t = world_triangle(scene, point);
  if (!emits_against(point, t, ray.direction)) return 0;
  const float probability = light_probability(scene.light_tree, {ray.origin, receiver_normal}, slot);
  return chance.tree * probability * triangle_solid_angle_pdf(t, ray.direction, hit.t);
}

namespace detail {

/// A point on the triangle, chosen by `u`, at a time (Ray). The density is that of the point alone.
KILN_HD LightSample sample_triangle_light(const SceneView& scene, const TriangleLight& light, Vec3 p, Vec2 u,
                                          float time = 0) {
  const Vec2 at = sample_triangle(u.x, u.y);
  const SurfacePoint point = surface_point(scene, light.instance, light.triangle, at.x, at.y, time);
  const WorldTriangle t = world_triangle(scene, point);
  const Vec3 to_light = t.corner + t.edge1 * at.x + t.edge2 * at.y - p;
  const float squared = dot(to_light, to_light);
  if (!(squared > 1e-20f)) return {};
  const float distance = std::sqrt(squared);
  const Vec3 wi = to_light * (1.0f / distance);
  if (!emits_against(point, t, wi)) return {};
  const float pdf = triangle_solid_angle_pdf(t, wi, distance);
  return {wi, distance, emission_at(scene, point) * coverage_at(scene, point), pdf, false};
}

KILN_HD LightSample sample_punctual_light(const PunctualLight& light, Vec3 p) {
  const PunctualIllumination arriving = illuminate(light, p);
  return {arriving.wi, arriving.distance, arriving.irradiance, 1, true};
}

KILN_HD LightSample sample_light_tree(const SceneView& scene, const Receiver& to, Vec4 u) {
  const LightDraw draw = draw_light(scene.light_tree, to, u.z, u.w, u.x);
  if (draw.slot == kNone) return {};
  const std::uint32_t light = scene.light_tree.slots[draw.slot].light, triangles = scene.triangle_light_count;
  LightSample sample =
      light < triangles ? sample_triangle_light(scene, scene.triangle_lights[light], to.position, {u.x, u.y}, to.time)
                        : sample_punctual_light(scene.punctual_lights[light - triangles], to.position);
  sample.pdf *= draw.probability;
  return sample;
}

KILN_HD LightSample sample_directional_light(const SceneView& scene, Vec3 p, float u) {
  std::uint32_t first = 0, last = scene.directional_light_count - 1;  // the first whose cumulative chance is above u
  while (first < last) {
    const std::uint32_t middle = (first + last) / 2;
    if (u < scene.directional_cdf[middle]) {
      last = middle;
    } else {
      first = middle + 1;
    }
  }
  LightSample sample = sample_punctual_light(scene.punctual_lights[scene.first_directional_light + first], p);
  sample.pdf = scene.directional_cdf[first] - (first > 0 ? scene.directional_cdf[first - 1] : 0.0f);
  return sample;
}

}  // namespace detail

/// Draws a light for the receiver from four uniform numbers in [0, 1). `chance`: what light_selection gives for it.
KILN_HD LightSample sample_light(const SceneView& scene, const Receiver& to, const LightSelection& chance, Vec4 u) {
  LightSample sample;
  float share = 0;
  if (u.z < chance.environment) {
    share = chance.environment;
    const EnvironmentSample e = environment_sample(scene.environment, {u.x, u.y});
    sample = {e.direction, 1e30f, e.radiance, e.pdf, false};
  } else if (u.z < chance.environment + chance.directional) {
    share = chance.directional;
    sample = detail::sample_directional_light(scene, to.position, (u.z - chance.environment) / share);
  } else if (chance.tree > 0) {
    share = chance.tree;
    u.z = (u.z - chance.environment - chance.directional) / share;
    sample = detail::sample_light_tree(scene, to, u);
  }
  sample.pdf *= share;
  return sample;
}

}  // namespace kiln
