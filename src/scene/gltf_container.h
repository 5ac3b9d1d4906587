#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "kiln/error.h"

namespace kiln::scene {

/// The parts of a file in memory; they point into its bytes.
struct GltfContainer {
  std::string_view json;
  std::optional<std::span<const std::byte>> binary;  ///< the BIN chunk of a .glb
  bool is_glb = false;
};

/// Tells .glb from .gltf by the first four bytes and takes a .glb apart (glTF 2.0 specification, section 4.4).
/// Errors: invalid_scene.
Result<GltfContainer> split_container(std::span<const std::byte> file);

}  // namespace kiln::scene
