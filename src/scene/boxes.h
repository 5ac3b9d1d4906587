#pragma once

#include <algorithm>

#include "kiln/scene.h"

namespace kiln {

inline void grow(Bounds& b, Vec3 p) {
  b.min = {std::min(b.min.x, p.x), std::min(b.min.y, p.y), std::min(b.min.z, p.z)};
  b.max = {std::max(b.max.x, p.x), std::max(b.max.y, p.y), std::max(b.max.z, p.z)};
}

inline void grow(Bounds& b, const Bounds& other) {
  if (other.empty()) return;
  grow(b, other.min);
  grow(b, other.max);
}

/// The box around the transformed box.
inline Bounds transformed(const Bounds& b, const Affine& m) {
  Bounds out;
  if (b.empty()) return out;
  for (int corner = 0; corner < 8; ++corner)
    grow(out, transform_point(
                  m, {corner & 1 ? b.max.x : b.min.x, corner & 2 ? b.max.y : b.min.y, corner & 4 ? b.max.z : b.min.z}));
  return out;
}

}  // namespace kiln
