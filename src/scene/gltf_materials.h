#pragma once

#include <vector>

#include "kiln/scene.h"

#include "scene/document.h"
#include "scene/limits.h"

namespace kiln::scene {

/// Appends all materials of the file, in its order, and the textures of those that are `used`. Pictures are decoded
/// once each. Errors: invalid_image, limit_exceeded, both naming the picture.
Result<void> build_materials(const Document& document, const std::vector<bool>& used, const Limits& limits,
                             Scene& scene);

}  // namespace kiln::scene
