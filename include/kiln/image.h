#pragma once

#include <cstdint>
#include <vector>

#include "kernels/vec.h"

namespace kiln {

/// Scene-linear Rec. 709 radiance with associated (premultiplied) alpha in w; rows from the top.
struct LinearImage {
  std::uint32_t width = 0, height = 0;
  std::vector<Vec4> pixels;
};

}  // namespace kiln
