#pragma once

#include <optional>
#include <string>

#include "scene/import/ply_header.h"
#include "scene/import/text_lines.h"

namespace kiln::scene {

/// Goes through the body of a PLY file value by value, text or binary.
class PlyValues {
 public:
  explicit PlyValues(const PlyHeader& header) : header_(header), bytes_(header.body), lines_(header.body) {}

  /// The next value of this type. NaN and infinity are values of a binary file. nullopt where the file ends or has no
  /// such value; trouble() then says so.
  std::optional<double> next(PlyType type);

  /// Makes `what` the trouble; false.
  bool refuse(const char* what) {
    wrong_ = what;
    return false;
  }

  /// Whether so many elements can be there at all: each takes some bytes.
  bool has_room_for(const PlyElement& element) const;

  /// What is wrong, with the element that was being read.
  Error trouble(const PlyElement& element, std::uint64_t index, const std::string& what) const;
  Error trouble(const PlyElement& element, std::uint64_t index) const;

 private:
  const PlyHeader& header_;
  std::string_view bytes_;
  TextLines lines_;
  std::string wrong_;
};

}  // namespace kiln::scene
