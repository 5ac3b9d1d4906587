#pragma once

#include <functional>
#include <optional>
#include <tiny_gltf.h>

#include "kernels/scene_types.h"
#include "kiln/error.h"

namespace kiln::scene {

/// Makes the slot of a texture; `srgb` tells how its colours are stored.
using SlotReader = std::function<Result<TextureSlot>(const tinygltf::TextureInfo& info, bool srgb)>;

/// Reads the KHR_materials_* that are layers of a validated material; nothing when it has none of them. Without
/// `read_slot` textures are left out. Errors: those of `read_slot`.
Result<std::optional<MaterialLayers>> read_material_layers(const tinygltf::Material& material,
                                                           const SlotReader& read_slot);

/// Reads KHR_materials_pbrSpecularGlossiness in place of the core material, whose textures `target` must not have yet:
/// a dielectric whose diffuse base gets what the coat does not reflect, which is 1 - max(specular) at normal incidence
/// as the extension says, and never more than arrives. The coat's colour is in the layers (read_material_layers).
/// Returns whether it is there. Errors: those of `read_slot`.
Result<bool> read_specular_glossiness(const tinygltf::Material& material, const SlotReader& read_slot,
                                      Material& target);

}  // namespace kiln::scene
