#pragma once

#include <memory>

#include "kiln/scene.h"

#include "scene/document.h"
#include "scene/limits.h"

namespace kiln::scene {

/// The Scene of a checked document. Errors as load_gltf.
Result<std::shared_ptr<const Scene>> build_scene(const Document& document, const Limits& limits);

}  // namespace kiln::scene
