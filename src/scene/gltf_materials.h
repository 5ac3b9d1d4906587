#pragma once

#include <map>
#include <vector>

#include "scene/document.h"
#include "scene/gltf_scene.h"
#include "scene/limits.h"

namespace kiln::scene {

/// Appends all materials of the file, in its order, and the textures of those that are `used`. Pictures are decoded
/// once each, or copied from `decoded` where it has them (null: nowhere). Returns where they lie in the scene.
/// Errors: invalid_image, limit_exceeded, both naming the picture.
Result<std::map<std::size_t, TexelRange>> build_materials(const Document& document, const std::vector<bool>& used,
                                                          const Limits& limits, const GltfScene* decoded, Scene& scene);

}  // namespace kiln::scene
