#pragma once

#include "kernels/frame_view.h"
#include "kernels/ray.h"
#include "kernels/scalar.h"

namespace kiln {

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

/// A point of the tent filter, which reaches one pixel to either side, sampled in proportion to its weight.
KILN_HD float sample_tent(float u) {
  return u < 0.5f ? safe_sqrt(2.0f * u) - 1.0f : 1.0f - safe_sqrt(2.0f * (1.0f - u));
}

/// A camera ray through `pixel`, filtered by sampling the pixel filter (Ernst et al., "Filter Importance Sampling",
/// 2006): every sample weighs the same and adds to its own pixel only. `u` and `v` in [0, 1).
KILN_HD Ray sample_camera_ray(const FrameView& frame, std::uint32_t pixel, float u, float v) {
  const std::uint32_t row_index = pixel / frame.width;
  const auto column = static_cast<float>(pixel % frame.width), row = static_cast<float>(row_index);
  const float s = (column + 0.5f + sample_tent(u)) / static_cast<float>(frame.width);
  const float t = (row + 0.5f + sample_tent(v)) / static_cast<float>(frame.height);
  return camera_ray(frame.camera, 2.0f * s - 1.0f, 1.0f - 2.0f * t);
}

}  // namespace kiln
