#pragma once

#include "kernels/film_place.h"
#include "kernels/frame_view.h"
#include "kernels/pixel_filter.h"
#include "kernels/ray.h"
#include "kernels/sampling.h"

namespace kiln {

/// Where a pixel of the picture (row-major from the top) lies on the film.
KILN_HD FilmPlace film_place(const FrameView& frame, std::uint32_t pixel) {
  const std::uint32_t row = pixel / frame.width;
  return {frame.film_x + (pixel - row * frame.width), frame.film_y + row};
}

/// The ray through the film point (s, t) in [-1, 1]^2, t upwards; its direction is of unit length. It culls back faces
/// (glTF 2.0 §3.9.6), as no other ray does: a room's walls hold its light whoever looks in.
KILN_HD Ray camera_ray(const Camera& camera, float s, float t) {
  const Vec3 across = camera.right * (s * camera.half_width) + camera.up * (t * camera.half_height);
  Ray ray;
  const bool perspective = camera.projection == Projection::perspective;
  ray.origin = perspective ? camera.eye : camera.eye + across;
  ray.direction = perspective ? normalize(camera.forward + across) : camera.forward;
  ray.culls = true;
  return ray;
}

/// Carries a camera ray to a point of the lens, so that it still meets its point of the plane in focus (thin lens:
/// Potmesil and Chakravarty, "A Lens and Aperture Camera Model for Synthetic Image Generation", 1981). `u` and `v` in
/// [0, 1).
KILN_HD void pass_through_lens(const Camera& camera, float u, float v, Ray& ray) {
  const Vec2 on_lens = sample_disc(u, v);
  const Vec3 aside = (camera.right * on_lens.x + camera.up * on_lens.y) * camera.lens_radius_m;
  const float to_focus = camera.focus_distance_m / dot(ray.direction, camera.forward);
  ray.direction = normalize(ray.direction * to_focus - aside);
  ray.origin += aside;
}

/// The camera at a time. One that moves goes as everything else along straight lines between keys, but is turned
/// without being skewed.
KILN_HD Camera camera_at(const FrameView& frame, float time) {
  if (frame.camera_key_count == 0) return frame.camera;
  const MotionSpan span = motion_span(frame.camera_key_count, time);
  const Camera &a = frame.camera_keys[span.key], &b = frame.camera_keys[span.key + 1];
  Camera camera = a;
  camera.eye = lerp(a.eye, b.eye, span.fraction);
  camera.forward = normalize(lerp(a.forward, b.forward, span.fraction));
  const Vec3 right = lerp(a.right, b.right, span.fraction);
  camera.right = normalize(right - camera.forward * dot(right, camera.forward));
  camera.up = cross(camera.right, camera.forward);
  camera.focus_distance_m = a.focus_distance_m + (b.focus_distance_m - a.focus_distance_m) * span.fraction;
  return camera;
}

/// A ray of the camera through a point of the film, in pixels from its upper left corner; `u` and `v` in [0, 1) choose
/// the point of the lens.
KILN_HD Ray film_ray(const FrameView& frame, const Camera& camera, Vec2 film, float u, float v) {
  const float s = film.x / static_cast<float>(frame.film_width), t = film.y / static_cast<float>(frame.film_height);
  Ray ray = camera_ray(camera, 2.0f * s - 1.0f, 1.0f - 2.0f * t);
  if (camera.lens_radius_m > 0) pass_through_lens(camera, u, v, ray);
  return ray;
}

/// The same of a camera that moves, at a time.
KILN_HD_COLD Ray moving_film_ray(const FrameView& frame, float time, Vec2 film, float u, float v) {
  Ray ray = film_ray(frame, camera_at(frame, time), film, u, v);
  ray.time = time;
  return ray;
}

/// A camera ray through a pixel of the film, filtered by sampling the pixel filter (Ernst et al., "Filter Importance
/// Sampling", 2006): every sample weighs the same and adds to its own pixel only. `u` in [0, 1)^4: x and y choose the
/// point of the film, z and w that of the lens. `time` as in Ray.
KILN_HD Ray sample_camera_ray(const FrameView& frame, FilmPlace place, Vec4 u, float time = 0) {
  const float column = static_cast<float>(place.column) + 0.5f + frame.filter_width_px * sample_blackman_harris(u.x);
  const float row = static_cast<float>(place.row) + 0.5f + frame.filter_width_px * sample_blackman_harris(u.y);
  if (frame.camera_key_count > 0) return moving_film_ray(frame, time, {column, row}, u.z, u.w);
  Ray ray = film_ray(frame, frame.camera, {column, row}, u.z, u.w);
  ray.time = time;
  return ray;
}

}  // namespace kiln
