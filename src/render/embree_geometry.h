#pragma once

#include "kernels/culling.h"

namespace kiln::render {

/// What a geometry of the top level of an EmbreeScene stands for.
struct EmbreeGeometry {
  std::uint32_t instance = 0;  ///< of the Scene
  Windings culled = 0;         ///< of its triangles, in the space in which Embree has them
};

}  // namespace kiln::render
