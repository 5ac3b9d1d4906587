#pragma once

#include "kernels/camera.h"
#include "kernels/ground.h"
#include "kernels/light.h"
#include "kernels/media.h"
#include "kernels/ray_cone.h"
#include "kernels/sampler.h"
#include "kernels/surface.h"

/// Unidirectional path tracing with next-event estimation and multiple importance sampling (Kajiya, "The Rendering
/// Equation", 1986; Veach, "Robust Monte Carlo Methods for Light Transport Simulation", 1997). The same functions run
/// on the CPU and on the GPU; only the Intersector (kernels/ray.h) differs.
namespace kiln {

/// How many surfaces a ray may pass through, because they are cut out or blended, before it counts as blocked.
inline constexpr std::uint32_t kMaxPassedSurfaces = 256;

struct PathState {
  Ray ray;
  RayCone cone;
  Sampler sampler;
  Vec3 throughput{1, 1, 1};
  Vec3 radiance{0, 0, 0};
  float alpha = 1;                 ///< 0 once the camera ray has left the scene before a transparent background
  float scatter_pdf = 0;           ///< with which the last bounce chose the ray, in solid angle
  Vec3 receiver_normal{0, 0, 0};   ///< of the last bounce, as light was chosen for it (Receiver)
  LightSelection light_chance;     ///< there
  std::uint32_t depth = 0;         ///< bounces so far; 0: the camera ray
  std::uint32_t passed = 0;        ///< surfaces passed through so far
  Media media;                     ///< that the ray is in
  float absorbed_through = 0;      ///< the part of the ray whose absorption is in the throughput already
  float firefly_clamp = 0;         ///< as in FrameView
  Channel channel = Channel::all;  ///< of the only colour that is left, behind a body that disperses light
};

/// The power heuristic for two strategies with one sample each (Veach 1997, equation 9.13).
KILN_HD float power_heuristic(float pdf, float other_pdf) {
  const float ratio = other_pdf / pdf;
  return 1.0f / (1.0f + ratio * ratio);
}

/// Makes the ray go on behind `hit`. The origin stays: distances are still measured from the last bounce.
KILN_HD void pass_through(Ray& ray, const Hit& hit) { ray.t_min = std::nextafter(hit.t, ray.t_max); }

/// A ray that leaves a surface to the side into which `direction` points.
KILN_HD Ray leaving_ray(const Surface& s, Vec3 direction, float distance, float time) {
  const float side = dot(s.geometric_normal, direction) < 0 ? -1.0f : 1.0f;
  Ray ray;
  ray.origin = s.position + s.geometric_normal * (side * s.offset_m);
  ray.direction = direction;
  ray.t_max = distance;
  ray.time = time;
  return ray;
}

/// The colour of the light that gets through at a point where it is not covered, or through a window.
KILN_HD Vec3 through_point(const SceneView& scene, const SurfacePoint& point, Vec3 direction) {
  const Vec4 base_color = base_color_at(scene, point);
  const float covered = coverage(*point.material, base_color.w);
  Vec3 through{1.0f - covered, 1.0f - covered, 1.0f - covered};
  if (covered <= 0 || point.material->layers == kNone) return through;
  const float cosine = std::fabs(dot(surface_geometry(scene, point).normal, direction));
  through += window_at(scene, point, xyz(base_color), cosine) * covered;
  return through;
}

/// The share of light that gets along the ray, past cut-out and blended surfaces and through windows.
template <class Intersector>
KILN_HD Vec3 transmittance(const SceneView& scene, const Intersector& intersector, Ray ray) {
  Vec3 through{1, 1, 1};
  if (!scene.has_cutouts) return intersector.occluded(ray) ? Vec3{0, 0, 0} : through;
  for (std::uint32_t k = 0; k < kMaxPassedSurfaces; ++k) {
    const Hit hit = intersector.intersect_closest(ray);
    if (!is_hit(hit)) return through;
    through *= through_point(scene, surface_point(scene, ray, hit), ray.direction);
    if (!(max_component(through) > 0)) return {0, 0, 0};
    pass_through(ray, hit);
  }
  return {0, 0, 0};
}

/// The numbers that times come from: other ones than those of any bounce.
inline constexpr std::uint32_t kTimeGroup = 0x10000;

/// When the path sees what moves, as in Ray.
KILN_HD_COLD float path_time(const Sampler& sampler) { return sample_4d(sampler, kTimeGroup).x; }

KILN_HD PathState start_path(const FrameView& frame, std::uint32_t pixel, std::uint32_t sample) {
  PathState path;
  const FilmPlace place = film_place(frame, pixel);
  path.sampler = make_sampler(frame.seed, place, sample);
  const float time = frame.has_shutter ? path_time(path.sampler) : 0.0f;
  path.ray = sample_camera_ray(frame, place, sample_4d(path.sampler, 0), time);
  path.cone = camera_cone(frame, path.ray, sample);
  path.firefly_clamp = frame.firefly_clamp;
  return path;
}

/// Adds light that so many surfaces have scattered on its way to the camera. What several have may be rare and bright:
/// the frame can bound it, at the price of being too dark.
KILN_HD void gather(Vec3 light, std::uint32_t scatterings, PathState& path) {
  const float brightest = max_component(light);
  const bool is_too_bright = scatterings > 1 && brightest > path.firefly_clamp;
  path.radiance += is_too_bright ? light * (path.firefly_clamp / brightest) : light;
}

/// The ray has left the scene: the environment, or what the background shows in its place.
KILN_HD void add_background(const SceneView& scene, const FrameView& frame, PathState& path) {
  if (path.depth == 0 && frame.background != BackgroundMode::environment) {
    const bool transparent = frame.background == BackgroundMode::transparent;
    path.alpha = transparent ? 0.0f : 1.0f;
    if (!transparent) path.radiance += path.throughput * frame.background_color;
    return;
  }
  if (path.depth == 0) {
    path.radiance += path.throughput * environment_radiance(scene.environment, path.ray.direction);
    return;
  }
  const EnvironmentValue value = environment_value(scene.environment, path.ray.direction);
  const float weight = power_heuristic(path.scatter_pdf, value.pdf * path.light_chance.environment);
  gather(path.throughput * value.radiance * weight, path.depth, path);
}

/// The camera ray has met the ground that shows nothing but the scene's shadow: it takes its share off the background.
template <class Intersector>
KILN_HD void add_ground(const SceneView& scene, const FrameView& frame, const Intersector& intersector, float distance,
                        PathState& path) {
  constexpr std::uint32_t kEvent = 0x30000;
  constexpr float kRise = 0x1p-17f;  // of the largest coordinate: above faces that lie in the ground
  Vec3 p = path.ray.origin + path.ray.direction * distance;
  p.y =
      frame.shadow_ground_m + kRise * max_of(distance, max_of(std::fabs(p.x), max_of(std::fabs(p.y), std::fabs(p.z))));
  const LightSample light = sample_ground_light(scene, p, path.ray.time, sample_4d(path.sampler, 1),
                                                sample_white_noise(path.sampler, kEvent));
  Ray to_light;
  to_light.origin = p;
  to_light.direction = light.wi;
  to_light.t_max = light.distance * 0.9999f;
  to_light.time = path.ray.time;
  const float lit = light.pdf > 0 ? saturate(luminance(transmittance(scene, intersector, to_light))) : 1.0f;
  path.throughput *= lit;
  add_background(scene, frame, path);
  if (frame.background == BackgroundMode::transparent) path.alpha = 1.0f - lit;
}

/// The ray has met a surface that may be an emissive triangle. Behind a bounce it must send what next-event estimation
/// would have found there, which looks at points.
KILN_HD void add_emission(const SceneView& scene, SurfacePoint point, const Hit& hit, PathState& path) {
  if (max_component(point.material->emission) <= 0) return;
  if (path.depth > 0) point.footprint = 0;
  const Vec3 radiance = emitted_radiance(scene, point, path.ray.direction);
  if (!(max_component(radiance) > 0)) return;
  float weight = 1;
  if (path.depth > 0) {
    const float pdf = pdf_triangle_light(scene, path.light_chance, path.receiver_normal, path.ray, hit);
    weight = power_heuristic(path.scatter_pdf, pdf);
  }
  gather(path.throughput * radiance * weight, path.depth, path);
}

/// Next-event estimation: one point on one light, seen through one shadow ray.
template <class Intersector>
KILN_HD void add_direct_light(const SceneView& scene, const Intersector& intersector, const Surface& s, Vec4 u,
                              PathState& path) {
  const Receiver receiver{s.position, s.bsdf.base.transmits ? Vec3{0, 0, 0} : s.frame.z, path.ray.time};
  path.receiver_normal = receiver.normal;
  path.light_chance = light_selection(scene, receiver);
  const LightSample light = sample_light(scene, receiver, path.light_chance, u);
  if (!(light.pdf > 0)) return;
  const Vec3 wi = to_local(s.frame, light.wi);
  if (wi.z * dot(light.wi, s.geometric_normal) <= 0) return;
  const BsdfValue value = bsdf_value(s.bsdf, wi);
  const Vec3 unshadowed = path.throughput * value.f_cos * light.radiance * (1.0f / light.pdf);
  if (!(max_component(unshadowed) > 0)) return;
  const float weight = light.delta ? 1.0f : power_heuristic(light.pdf, value.pdf);
  const Ray to_light = leaving_ray(s, light.wi, light.distance * 0.9999f, path.ray.time);
  const Vec3 seen = transmittance(scene, intersector, to_light);
  gather(unshadowed * seen * weight, path.depth + 1, path);
}

/// Russian roulette: the chance that a path with so much throughput left goes on after so many bounces, the last one of
/// density `pdf`. By the root of the throughput: by itself, the few that went on would be noisier than they are fast.
/// What the first two bounces leave is often seen, so they are spared a factor of 3 and 1.5; what stands in a mirror or
/// behind glass is seen as it is, so a lobe of some degrees is spared 16.
KILN_HD float survival_chance(float throughput, float pdf, std::uint32_t bounces) {
  constexpr float kSharp = 100.0f;
  const float spared = pdf > kSharp ? 16.0f : bounces < 3 ? 3.0f / static_cast<float>(bounces) : 1.0f;
  return min_of(std::sqrt(spared * throughput), 1.0f);
}

/// Chooses the next ray by the BSDF; false where the path ends. A direction that the shading normal and the geometric
/// one see on different sides is given up: it would carry light through the surface. `distance`: that the ray has come.
KILN_HD bool scatter(const Surface& s, Vec4 u, float distance, PathState& path) {
  const BsdfSample sample = bsdf_sample(s.bsdf, {u.x, u.y, u.z});
  if (!sample.valid) return false;
  const Vec3 wi = to_world(s.frame, sample.wi);
  if (sample.wi.z * dot(wi, s.geometric_normal) <= 0) return false;
  path.throughput *= sample.weight;
  path.scatter_pdf = sample.pdf;
  scatter_cone(distance, sample.pdf, path.cone);
  path.ray = leaving_ray(s, wi, Ray{}.t_max, path.ray.time);
  path.absorbed_through = 0;
  if (sample.wi.z < 0 && s.body != kNone) cross(path.media, s.body, s.is_inner_side);
  const float survival = survival_chance(max_component(path.throughput), sample.pdf, ++path.depth);
  if (u.w >= survival) return false;
  path.throughput *= 1.0f / survival;
  return true;
}

/// Whether the ray goes through the surface as if it were not there: by chance where it covers a part only. Alpha is
/// that of a point, as for shadow rays: in coarser levels what is fine would be thinner, or gone.
KILN_HD bool passes(const SceneView& scene, const SurfacePoint& point, const PathState& path) {
  const float covered = coverage_at(scene, point);
  return covered < 1.0f && sample_white_noise(path.sampler, path.passed) >= covered;
}

/// What the path sees of the surface at once, for textures. Between two levels one is taken by chance: the area is
/// scaled by up to four, which makes that of the coarser one 2 - 2^(1-f) where f is the fraction of the level of
/// detail.
KILN_HD void set_footprint(const PathState& path, const Hit& hit, const SurfaceGeometry& geometry,
                           SurfacePoint& point) {
  constexpr std::uint32_t kEvent = 0x40000;
  if (!point.material->has_levels) return;
  const float u = sample_white_noise(path.sampler, kEvent + kMaxPassedSurfaces * path.depth + path.passed);
  point.footprint = cone_footprint(path.cone, hit.t, geometry, path.ray.direction) * square(1.0f + u);
}

/// Takes off what the body that the ray is in absorbs up to the hit.
KILN_HD void absorb(const SceneView& scene, const Hit& hit, PathState& path) {
  if (path.media.count == 0) return;
  path.throughput *= media_transmittance(scene, path.media, hit.t - path.absorbed_through);
  path.absorbed_through = hit.t;
}

/// Whether the ray goes through a window: by chance where it lets a part through only. What stays is what the surface
/// reflects and scatters.
KILN_HD bool goes_through_window(Vec3 window, PathState& path) {
  constexpr std::uint32_t kEvent = 0x10000;  // other numbers than those for holes
  const float chance = max_component(window);
  if (!(chance > 0)) return false;
  if (sample_white_noise(path.sampler, kEvent + path.passed) < chance) {
    path.throughput *= window * (1.0f / chance);
    return true;
  }
  path.throughput *= 1.0f / (1.0f - chance);
  return false;
}

/// At a body that disperses light the path goes on with one of the three colours.
KILN_HD void choose_channel(const SceneView& scene, const Material& m, PathState& path) {
  if (path.channel != Channel::all || !(scene.material_layers[m.layers].dispersion > 0)) return;
  constexpr std::uint32_t kEvent = 0x20000;
  const float u = 3.0f * sample_white_noise(path.sampler, kEvent);
  path.channel = u < 1 ? Channel::red : u < 2 ? Channel::green : Channel::blue;
  path.throughput *= Vec3{u < 1 ? 3.0f : 0.0f, u >= 1 && u < 2 ? 3.0f : 0.0f, u >= 2 ? 3.0f : 0.0f};
}

/// Light through a body is bent by the indices on both sides of its surface.
KILN_HD Meeting meet_body(const SceneView& scene, const SurfacePoint& point, PathState& path) {
  const Material& m = *point.material;
  const MaterialLayers& l = scene.material_layers[m.layers];
  if (!l.has_volume || !(l.transmission > 0)) return {};
  choose_channel(scene, m, path);
  return {false, outer_ior(scene, path.media, point.instance->material, path.channel), ior_for(scene, m, path.channel)};
}

/// Follows the path to its next surface and gathers light there. False when the path is over.
template <class Intersector>
KILN_HD bool advance(const SceneView& scene, const FrameView& frame, const Intersector& intersector, PathState& path) {
  const Hit hit = intersector.intersect_closest(path.ray);
  if (frame.has_shadow_ground && path.depth == 0) {
    const float distance = distance_to_ground(frame, path.ray, hit.t);
    if (distance > 0) {
      add_ground(scene, frame, intersector, distance, path);
      return false;
    }
  }
  if (!is_hit(hit)) {
    add_background(scene, frame, path);
    return false;
  }
  SurfacePoint point = surface_point(scene, path.ray, hit);
  if (passes(scene, point, path)) {
    pass_through(path.ray, hit);
    return ++path.passed < kMaxPassedSurfaces;
  }
  const SurfaceGeometry geometry = surface_geometry(scene, point);
  set_footprint(path, hit, geometry, point);
  absorb(scene, hit, path);
  add_emission(scene, point, hit, path);
  const Vec4 base_color = base_color_at(scene, point);
  if (point.material->unlit) {
    gather(path.throughput * xyz(base_color), path.depth, path);
    return false;
  }
  Meeting meeting;
  if (point.material->layers != kNone) {
    const float cosine = std::fabs(dot(geometry.normal, path.ray.direction));
    const Vec3 window = window_at(scene, point, xyz(base_color), cosine);
    if (goes_through_window(window, path)) {
      pass_through(path.ray, hit);
      return ++path.passed < kMaxPassedSurfaces;
    }
    meeting = meet_body(scene, point, path);
    meeting.is_window = max_component(window) > 0;
  }
  if (path.depth >= frame.max_depth) return false;
  const Surface surface = make_surface(scene, point, geometry, xyz(base_color), -path.ray.direction, meeting);
  add_direct_light(scene, intersector, surface, sample_4d(path.sampler, 1 + 2 * path.depth), path);
  return scatter(surface, sample_4d(path.sampler, 2 + 2 * path.depth), hit.t, path);
}

/// One sample of one pixel: radiance (associated) and coverage. `pixel` in row-major order from the top.
template <class Intersector>
KILN_HD Vec4 trace_path(const SceneView& scene, const FrameView& frame, const Intersector& intersector,
                        std::uint32_t pixel, std::uint32_t sample) {
  PathState path = start_path(frame, pixel, sample);
  while (advance(scene, frame, intersector, path)) {
  }
  return {path.radiance.x, path.radiance.y, path.radiance.z, path.alpha};
}

}  // namespace kiln
