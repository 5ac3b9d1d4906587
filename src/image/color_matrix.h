#pragma once

#include "kernels/vec.h"

namespace kiln {

/// Rows, not columns: the way the references print their matrices.
struct ColorMatrix {
  Vec3 r, g, b;
};

inline Vec3 operator*(const ColorMatrix& m, Vec3 c) { return {dot(m.r, c), dot(m.g, c), dot(m.b, c)}; }

}  // namespace kiln
