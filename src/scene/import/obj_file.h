#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/vec.h"
#include "kiln/error.h"

#include "scene/limits.h"

namespace kiln::scene {

inline constexpr std::uint32_t kNoIndex = 0xffffffff;

struct ObjCorner {
  std::uint32_t position = kNoIndex, uv = kNoIndex, normal = kNoIndex;
  bool operator==(const ObjCorner&) const = default;
};

struct ObjFace {
  std::uint64_t first_corner = 0, line = 0;
  std::uint32_t corners = 0;               ///< three at least
  std::uint32_t object = 0, material = 0;  ///< into the names below
  std::uint32_t smoothing = 0;             ///< group; 0: flat
};

/// What an OBJ file says, index by index: every index of a corner is one of the arrays'.
struct ObjFile {
  std::vector<Vec3> positions, normals;  ///< normals are unit vectors
  std::vector<Vec3> colors;              ///< of the positions, as pictures have them (sRGB); empty: none has any
  std::vector<Vec2> uvs;                 ///< v goes up
  std::vector<ObjCorner> corners;
  std::vector<ObjFace> faces;
  std::vector<std::string> objects;    ///< by `o`, in a file without any by `g`; the first one is what comes before
  std::vector<std::string> materials;  ///< the first one is that of no name
  std::vector<std::string> libraries;  ///< what stands behind each mtllib
  std::vector<std::string> warnings;
};

/// The polygons of a Wavefront OBJ file (Wavefront, Advanced Visualizer, appendix B1). Points, lines, curves and
/// surfaces are passed over. Errors: invalid_scene with the line, limit_exceeded.
Result<ObjFile> read_obj_file(std::string_view text, const Limits& limits);

}  // namespace kiln::scene
