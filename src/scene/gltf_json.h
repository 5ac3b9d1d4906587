#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "kiln/error.h"

#include "scene/limits.h"

namespace kiln::scene {

using Json = nlohmann::json;

/// Parses the JSON text of a glTF file. Size, number of values and nesting are checked before anything is built; a byte
/// order mark is refused (glTF 2.0, section 2.7). Numbers written as 3.0 become integers.
/// Errors: invalid_scene with the byte of the fault, limit_exceeded.
Result<Json> parse_gltf_json(std::string_view text, const Limits& limits);

}  // namespace kiln::scene
