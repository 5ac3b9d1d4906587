#pragma once

#include <string_view>

#include "kiln/error.h"

#include "scene/import/model_builder.h"
#include "scene/limits.h"

namespace kiln::scene {

/// STL, binary or text (3D Systems, StereoLithography Interface Specification, 1988). Triangles are flat, and their
/// side follows from the order of their corners, not from the normals that the file has. Each `solid` of a text is an
/// object. Triangles are counted before memory is taken. Errors: invalid_scene with the triangle or line,
/// limit_exceeded.
Result<ImportedModel> read_stl(std::string_view bytes, const Limits& limits);

}  // namespace kiln::scene
