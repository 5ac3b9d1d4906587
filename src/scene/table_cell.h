#pragma once

#include <algorithm>
#include <cstddef>

namespace kiln::scene {

/// Where bilinear lookup reads a table in row-major order: `left` and the entry behind it above, `below` and the entry
/// behind that below. Values at whole numbers are the entries themselves.
struct TableCell {
  std::size_t left = 0, below = 0;
  float s = 0, t = 0;  ///< shares of the right and of the lower entries
};

/// `y` in [0, rows - 1], `x` in [0, columns - 1].
inline TableCell table_cell(double y, double x, int rows, int columns) {
  const int row = std::min(static_cast<int>(y), rows - 2), column = std::min(static_cast<int>(x), columns - 2);
  const std::size_t left =
      static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column);
  return {left, left + static_cast<std::size_t>(columns), static_cast<float>(x - column), static_cast<float>(y - row)};
}

}  // namespace kiln::scene
