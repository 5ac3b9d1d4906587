#pragma once

#include <functional>
#include <optional>
#include <tiny_gltf.h>

#include "kernels/scene_types.h"
#include "kiln/error.h"

namespace kiln::scene {

/// Makes the slot of a texture; `srgb` tells how its colours are stored.
using SlotReader = std::function<Result<TextureSlot>(const tinygltf::TextureInfo& info, bool srgb)>;

/// Reads KHR_materials_specular, _clearcoat, _sheen, _anisotropy and _iridescence of a validated material; nothing when
/// it has none of them. Without `read_slot` textures are left out. Errors: those of `read_slot`.
Result<std::optional<MaterialLayers>> read_material_layers(const tinygltf::Material& material,
                                                           const SlotReader& read_slot);

}  // namespace kiln::scene
