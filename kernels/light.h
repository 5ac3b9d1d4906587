#pragma once

#include "kernels/environment.h"
#include "kernels/light_punctual.h"
#include "kernels/light_triangle.h"

/// Next-event estimation over the environment, the emissive triangles and the punctual lights. First one of these
/// three kinds is chosen, then one light of the kind.
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
  float environment = 0, triangles = 0, punctual = 0;
};

KILN_HD LightSelection light_selection(const SceneView& scene) {
  const bool environment = has_environment(scene.environment) && scene.environment.intensity > 0;
  const bool triangles = scene.triangle_light_count > 0, punctual = scene.punctual_light_count > 0;
  const int kinds = int{environment} + int{triangles} + int{punctual};
  const float each = kinds > 0 ? 1.0f / static_cast<float>(kinds) : 0.0f;
  return {environment ? each : 0.0f, triangles ? each : 0.0f, punctual ? each : 0.0f};
}

/// What the environment sends from the unit vector `direction`, and the density with which sample_light gives that.
KILN_HD EnvironmentValue environment_light(const SceneView& scene, Vec3 direction) {
  EnvironmentValue value = environment_value(scene.environment, direction);
  value.pdf *= light_selection(scene).environment;
  return value;
}

KILN_HD Vec3 environment_radiance(const SceneView& scene, Vec3 direction) {
  return environment_radiance(scene.environment, direction);
}

/// The density alone.
KILN_HD float pdf_environment(const SceneView& scene, Vec3 direction) {
  return environment_light(scene, direction).pdf;
}

/// What the surface that `ray` met at `hit` sends back along it, were it fully there.
KILN_HD Vec3 emitted_radiance(const SceneView& scene, const Ray& ray, const Hit& hit) {
  const SurfacePoint point = surface_point(scene, hit);
  if (!emits_against(point, world_triangle(scene, point), ray.direction)) return {};
  return emission_at(scene, point);
}

/// The density with which sample_light at the origin of `ray` (of unit direction) gives its direction through the
/// triangle at `hit`; 0 where that emits nothing to the ray.
KILN_HD float pdf_triangle_light(const SceneView& scene, const Ray& ray, const Hit& hit) {
  const SurfacePoint point = surface_point(scene, hit);
  if (point.instance->first_light == kNone) return 0;
  const WorldTriangle t = world_triangle(scene, point);
  if (!emits_against(point, t, ray.direction)) return 0;
  const float probability = scene.triangle_light_table[point.instance->first_light + hit.triangle].probability;
  return light_selection(scene).triangles * probability * triangle_solid_angle_pdf(t, ray.direction, hit.t);
}

namespace detail {

KILN_HD LightSample sample_triangle_light(const SceneView& scene, Vec3 p, Vec4 u) {
  const std::uint32_t light = draw_alias(scene.triangle_light_table, scene.triangle_light_count, u.z, u.w).index;
  const TriangleLight which = scene.triangle_lights[light];
  const Vec2 at = sample_triangle(u.x, u.y);
  const SurfacePoint point = surface_point(scene, which.instance, which.triangle, at.x, at.y);
  const WorldTriangle t = world_triangle(scene, point);
  const Vec3 to_light = t.corner + t.edge1 * at.x + t.edge2 * at.y - p;
  const float squared = dot(to_light, to_light);
  if (!(squared > 1e-20f)) return {};
  const float distance = std::sqrt(squared);
  const Vec3 wi = to_light * (1.0f / distance);
  if (!emits_against(point, t, wi)) return {};
  const float pdf = triangle_solid_angle_pdf(t, wi, distance) * scene.triangle_light_table[light].probability;
  return {wi, distance, emission_at(scene, point) * coverage_at(scene, point), pdf, false};
}

KILN_HD LightSample sample_punctual_light(const SceneView& scene, Vec3 p, Vec4 u) {
  const std::uint32_t count = scene.punctual_light_count;
  const auto i = static_cast<std::uint32_t>(u.z * static_cast<float>(count));
  const PunctualIllumination light = illuminate(scene.punctual_lights[i < count ? i : count - 1], p);
  return {light.wi, light.distance, light.irradiance, 1.0f / static_cast<float>(count), true};
}

}  // namespace detail

/// Draws a light for the point p from four uniform numbers in [0, 1).
KILN_HD LightSample sample_light(const SceneView& scene, Vec3 p, Vec4 u) {
  const LightSelection chance = light_selection(scene);
  LightSample sample;
  float share = 0;
  if (u.z < chance.environment) {
    share = chance.environment;
    u.z = u.z / share;
    const EnvironmentSample e = environment_sample(scene.environment, u);
    sample = {e.direction, 1e30f, e.radiance, e.pdf, false};
  } else if (u.z < chance.environment + chance.triangles) {
    share = chance.triangles;
    u.z = (u.z - chance.environment) / share;
    sample = detail::sample_triangle_light(scene, p, u);
  } else if (chance.punctual > 0) {
    share = chance.punctual;
    u.z = (u.z - chance.environment - chance.triangles) / share;
    sample = detail::sample_punctual_light(scene, p, u);
  }
  sample.pdf *= share;
  return sample;
}

}  // namespace kiln
