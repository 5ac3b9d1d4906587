#pragma once

#include "kernels/film_motion.h"
#include "kernels/path.h"
#include "kernels/pixel_features.h"

/// Auxiliary images: what the camera rays of a picture meet first. The rays, and the chances by which they pass through
/// what covers only in part, are those of the paths with the same numbers (path.h).
namespace kiln {

/// What the surface reflects and lets through of white light from all around, towards wo.
KILN_HD Vec3 surface_albedo(const Bsdf& b) {
  const BaseBsdf& base = b.base;
  const float cosine = base.ggx.wo.z;
  Vec3 specular;
  if (base.has_film || base.through.refracts) {
    specular = detail::base_fresnel(base, cosine);
  } else {
    const GgxAlbedo albedo = ggx_albedo(cosine, round_roughness(base.ggx.alpha));
    specular = base.f0 * albedo.f0_part + base.f90 * albedo.f90_part;
  }
  Vec3 sum = specular + base.diffuse_albedo;
  if (base.transmits) sum += detail::transmitted(base.through, cosine) + base.through.diffuse;
  if (b.has_layers) {
    const BsdfLayers& l = b.layers;
    const float coat = 1.0f - l.under_coat;
    sum = sum * (l.under_coat * l.under_sheen) + Vec3{1, 1, 1} * (coat * l.under_sheen);
    if (l.sheen_probability > 0) sum += l.sheen_color * sheen_albedo(l.wo.z, l.sheen_roughness);
  }
  return {saturate(sum.x), saturate(sum.y), saturate(sum.z)};
}

/// What one camera ray meets.
struct FirstSurface {
  bool is_there = false;
  Vec3 position, normal, albedo;
  Vec3 direct{0, 0, 0};  ///< radiance that it, or the background, sends by itself
  float depth_m = 0;     ///< along the camera's axis
  Vec2 motion_px{0, 0};
  std::uint32_t object = kNone, material = kNone;
};

KILN_HD FirstSurface describe(const SceneView& scene, const SurfacePoint& point, const SurfaceGeometry& geometry,
                              Vec3 base_color, Vec3 direction) {
  const Surface surface = make_surface(scene, point, geometry, base_color, -direction);
  FirstSurface first;
  first.is_there = true;
  first.position = surface.position;
  first.normal = surface.frame.z;
  first.albedo = surface_albedo(surface.bsdf);
  first.object = point.instance->object_id;
  first.material = point.instance->material;
  if (point.material->unlit) {
    first.albedo = {saturate(base_color.x), saturate(base_color.y), saturate(base_color.z)};
    first.direct = base_color;
  }
  return first;
}

KILN_HD FirstSurface background_seen(const SceneView& scene, const FrameView& frame, Vec3 direction) {
  FirstSurface nothing;
  if (frame.background == BackgroundMode::environment)
    nothing.direct = environment_radiance(scene.environment, direction);
  if (frame.background == BackgroundMode::color) nothing.direct = frame.background_color;
  return nothing;
}

template <class Intersector>
KILN_HD FirstSurface first_surface(const SceneView& scene, const FrameView& frame, const Intersector& intersector,
                                   std::uint32_t pixel, std::uint32_t sample) {
  PathState path = start_path(frame, pixel, sample);
  for (; path.passed < kMaxPassedSurfaces; ++path.passed) {
    const Hit hit = intersector.intersect_closest(path.ray);
    if (!is_hit(hit)) return background_seen(scene, frame, path.ray.direction);
    SurfacePoint point = surface_point(scene, path.ray, hit);
    if (!passes(scene, point, path)) {
      const SurfaceGeometry geometry = surface_geometry(scene, point);
      set_footprint(path, hit, geometry, point);
      const Vec4 base_color = base_color_at(scene, point);
      const float cosine = std::fabs(dot(geometry.normal, path.ray.direction));
      if (!goes_through_window(window_at(scene, point, xyz(base_color), cosine), path)) {
        FirstSurface first = describe(scene, point, geometry, xyz(base_color), path.ray.direction);
        const Camera camera = camera_at(frame, path.ray.time);
        first.depth_m = dot(first.position - camera.eye, camera.forward);
        if (frame.has_shutter) first.motion_px = film_motion(scene, frame, point);
        if (max_component(point.material->emission) > 0)
          first.direct += emitted_radiance(scene, point, path.ray.direction);
        return first;
      }
    }
    pass_through(path.ray, hit);
  }
  return {};
}

/// Adds `share` to what is seen of `id`, where there is room for it.
KILN_HD void note_seen(SeenId* seen, std::uint32_t id, float share) {
  for (std::uint32_t k = 0; k < kSeenIds; ++k) {
    if (seen[k].id != id && seen[k].id != kNone) continue;
    seen[k].id = id;
    seen[k].coverage += share;
    return;
  }
}

/// The features of one pixel from its samples [0, sample_count).
template <class Intersector>
KILN_HD PixelFeatures pixel_features(const SceneView& scene, const FrameView& frame, const Intersector& intersector,
                                     std::uint32_t pixel, std::uint32_t sample_count) {
  PixelFeatures f;
  const float share = 1.0f / static_cast<float>(sample_count);
  for (std::uint32_t sample = 0; sample < sample_count; ++sample) {
    const FirstSurface first = first_surface(scene, frame, intersector, pixel, sample);
    f.direct += first.direct * share;
    if (!first.is_there) continue;
    f.albedo += first.albedo * share;
    f.normal += first.normal * share;
    f.coverage += share;
    if (first.depth_m < f.depth_m) {
      f.depth_m = first.depth_m;
      f.position = first.position;
      f.motion_px = first.motion_px;
    }
    note_seen(f.objects, first.object, share);
    note_seen(f.materials, first.material, share);
  }
  return f;
}

}  // namespace kiln
