#pragma once

#include "kernels/camera.h"
#include "kernels/surface_point.h"

namespace kiln {

/// Where on the film, in pixels from its upper left corner, the camera sees a point.
struct FilmPoint {
  bool is_seen = false;  ///< false: it lies behind the camera
  Vec2 at;
};

KILN_HD FilmPoint project(const FrameView& frame, const Camera& camera, Vec3 p) {
  const Vec3 from_eye = p - camera.eye;
  const bool perspective = camera.projection == Projection::perspective;
  const float scale = perspective ? dot(from_eye, camera.forward) : 1.0f;
  if (!(scale > 0)) return {};
  const float s = dot(from_eye, camera.right) / (scale * camera.half_width);
  const float t = dot(from_eye, camera.up) / (scale * camera.half_height);
  return {true,
          {0.5f * (1.0f + s) * static_cast<float>(frame.film_width),
           0.5f * (1.0f - t) * static_cast<float>(frame.film_height)}};
}

/// How far a point that goes along with its surface moves on the film from the opening of the shutter to its closing,
/// by the camera's motion too: pixels to the right and down. None where the camera has it behind itself at either
/// moment.
KILN_HD Vec2 film_motion(const SceneView& scene, const FrameView& frame, SurfacePoint point) {
  FilmPoint ends[2];
  for (int end = 0; end < 2; ++end) {
    point.time = static_cast<float>(end);
    const Vec3 p = transform_point(place_at(scene, point), interpolate(point, position_corners(scene, point)));
    ends[end] = project(frame, camera_at(frame, point.time), p);
  }
  if (!ends[0].is_seen || !ends[1].is_seen) return {0, 0};
  return ends[1].at - ends[0].at;
}

}  // namespace kiln
