#pragma once

#include <cstdint>

namespace kiln {

/// A pixel of the film, whether or not the whole of it is rendered.
struct FilmPlace {
  std::uint32_t column = 0, row = 0;  ///< from the upper left
};

}  // namespace kiln
