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

/// The film that a picture may be a part of (a crop window).
struct Film {
  std::uint32_t width = 0, height = 0;  ///< pixels of the whole; 0: the picture is all of it
  std::uint32_t x = 0, y = 0;           ///< where the picture's upper left pixel lies
  bool operator==(const Film&) const = default;
};

}  // namespace kiln
