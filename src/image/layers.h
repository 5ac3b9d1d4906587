#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace kiln {

/// Further channels of a picture, for a file that can hold them. A channel is called "<name>.<suffix>".
struct ImageLayer {
  std::string name;
  std::vector<std::string> channels;                                    ///< their suffixes
  std::variant<std::vector<float>, std::vector<std::uint32_t>> values;  ///< channels side by side, pixels in rows
};

struct ImageLayers {
  std::vector<ImageLayer> layers;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< of the file's header
};

}  // namespace kiln
