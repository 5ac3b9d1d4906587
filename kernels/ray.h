#pragma once

#include "kernels/scene_types.h"

namespace kiln {

/// Points origin + t direction for t in (t_min, t_max). `direction` need not be of unit length for traversal.
struct Ray {
  Vec3 origin, direction;
  float t_min = 0, t_max = 1e30f;
  bool culls = false;  ///< meets single-sided triangles from the front only
  float time = 0;      ///< at which it meets what moves: 0 the shutter opens, 1 it closes
};

/// Where a ray met a triangle: p = (1 - u - v) p0 + u p1 + v p2. `instance` is kNone for a miss.
struct Hit {
  float t = 1e30f;
  float u = 0, v = 0;
  std::uint32_t instance = kNone;
  std::uint32_t triangle = 0;  ///< within the instance's mesh
};

KILN_HD bool is_hit(const Hit& h) { return h.instance != kNone; }

/// The shading code is a template over an Intersector, the only thing that differs between CPU and GPU:
///   Hit intersect_closest(const Ray&) const;   the nearest hit, geometry only (alpha is the caller's)
///   bool occluded(const Ray&) const;           whether there is any hit

}  // namespace kiln
