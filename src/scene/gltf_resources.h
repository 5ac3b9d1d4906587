#pragma once

#include "scene/document.h"

namespace kiln::scene {

/// What URIs and buffers without one refer to.
struct Resources {
  const GltfContainer& parts;
  const SceneFiles* files;  ///< null: a URI may be data: only
  const std::string& name;  ///< of the file itself among these
};

/// Fills document.buffers from the BIN chunk, from data: URIs and from files, and checks declared lengths and media
/// types; fallbacks of compressed data stay empty. The JSON must have passed validate_resources. Errors: invalid_scene,
/// external_uri.
Result<void> resolve_buffers(Document& document, const Resources& from);

/// The same for document.images; the JSON must have passed validate_structure.
Result<void> resolve_images(Document& document, const Resources& from);

}  // namespace kiln::scene
