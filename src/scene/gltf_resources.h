#pragma once

#include "scene/document.h"

namespace kiln::scene {

/// Fills document.buffers from the BIN chunk and from data: URIs, and checks declared lengths and media types;
/// fallbacks of compressed data stay empty. The JSON must have passed validate_resources. Errors: invalid_scene,
/// external_uri.
Result<void> resolve_buffers(Document& document, const GltfContainer& parts);

/// The same for document.images; the JSON must have passed validate_structure.
Result<void> resolve_images(Document& document);

}  // namespace kiln::scene
