#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kiln/error.h"

namespace kiln::scene {

enum class PlyType { none, int8, uint8, int16, uint16, int32, uint32, float32, float64 };

std::size_t bytes_of(PlyType type);
bool is_integer(PlyType type);

struct PlyProperty {
  std::string name;
  PlyType type = PlyType::none;
  PlyType count_type = PlyType::none;  ///< of a list's length; none: the property is a single value
};

struct PlyElement {
  std::string name;
  std::uint64_t count = 0;
  std::vector<PlyProperty> properties;
};

struct PlyHeader {
  bool is_text = false, is_big_endian = false;
  std::vector<PlyElement> elements;  ///< in the order of the body
  std::string texture;               ///< of a comment TextureFile, as MeshLab writes it
  std::string_view body;
  std::uint64_t lines = 0;  ///< of the header
};

/// The header of a PLY file (Turk 1994), from `ply` to `end_header`. The counts are what the file says, and unchecked.
/// Errors: invalid_scene with the line.
Result<PlyHeader> read_ply_header(std::string_view file);

}  // namespace kiln::scene
