#pragma once

#include "scene/document.h"

namespace kiln::scene {

/// Fills document.buffers and document.images from the BIN chunk and from data: URIs, and checks declared lengths and
/// media types. The JSON must have passed validate_structure. Errors: invalid_scene, external_uri.
Result<void> resolve_resources(Document& document, const GltfContainer& parts);

}  // namespace kiln::scene
