#pragma once

#include "kernels/vec.h"

namespace kiln {

/// A right-handed orthonormal basis in the world; z is the normal in shading.
struct Frame {
  Vec3 x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1};
};

/// Any frame with the unit vector `normal` as z; continuous but at z = 0 (Duff et al., "Building an Orthonormal Basis,
/// Revisited", JCGT 2017).
KILN_HD Frame make_frame(Vec3 normal) {
  const float sign = std::copysign(1.0f, normal.z);
  const float a = -1.0f / (sign + normal.z);
  const float b = normal.x * normal.y * a;
  return {{1.0f + sign * normal.x * normal.x * a, sign * b, -sign * normal.x},
          {b, sign + normal.y * normal.y * a, -normal.y},
          normal};
}

/// The frame with the unit vector `normal` as z and x as near to `tangent` as can be; any frame where the two are
/// parallel.
KILN_HD Frame make_frame(Vec3 normal, Vec3 tangent) {
  const Vec3 across = tangent - normal * dot(normal, tangent);
  const float squared = dot(across, across);
  if (!(squared > 1e-12f)) return make_frame(normal);
  const Vec3 x = across * (1.0f / std::sqrt(squared));
  return {x, cross(normal, x), normal};
}

KILN_HD Vec3 to_local(const Frame& f, Vec3 v) { return {dot(f.x, v), dot(f.y, v), dot(f.z, v)}; }
KILN_HD Vec3 to_world(const Frame& f, Vec3 v) { return f.x * v.x + f.y * v.y + f.z * v.z; }

}  // namespace kiln
