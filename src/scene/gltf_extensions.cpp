#include "scene/gltf_extensions.h"

#include <algorithm>
#include <array>

namespace kiln::scene {
namespace {

struct KnownExtension {
  std::string_view name;
  std::string_view place, other_place;  ///< empty: nowhere
  bool is_supported = false;
};

constexpr std::array kKnown = {
    KnownExtension{"EXT_lights_image_based", "root", "scene", true},
    KnownExtension{"EXT_mesh_gpu_instancing", "node", "", true},
    KnownExtension{"EXT_meshopt_compression", "buffer", "bufferView", true},
    KnownExtension{"EXT_texture_webp", "texture", "", true},
    KnownExtension{"KHR_animation_pointer", "target", "", true},
    KnownExtension{"KHR_draco_mesh_compression", "primitive", "", true},
    KnownExtension{"KHR_lights_punctual", "root", "node", true},
    KnownExtension{"KHR_materials_anisotropy", "material", "", true},
    KnownExtension{"KHR_materials_clearcoat", "material", "", true},
    KnownExtension{"KHR_materials_diffuse_transmission", "material", "", true},
    KnownExtension{"KHR_materials_dispersion", "material", "", true},
    KnownExtension{"KHR_materials_emissive_strength", "material", "", true},
    KnownExtension{"KHR_materials_ior", "material", "", true},
    KnownExtension{"KHR_materials_iridescence", "material", "", true},
    KnownExtension{"KHR_materials_pbrSpecularGlossiness", "material", "", true},
    KnownExtension{"KHR_materials_sheen", "material", "", true},
    KnownExtension{"KHR_materials_specular", "material", "", true},
    KnownExtension{"KHR_materials_transmission", "material", "", true},
    KnownExtension{"KHR_materials_unlit", "material", "", true},
    KnownExtension{"KHR_materials_variants", "root", "primitive", true},
    KnownExtension{"KHR_materials_volume", "material", "", true},
    KnownExtension{"KHR_mesh_quantization", "", "", true},
    KnownExtension{"KHR_meshopt_compression", "buffer", "bufferView", true},
    KnownExtension{"KHR_node_visibility", "node", "", true},
    KnownExtension{"KHR_texture_basisu", "texture", "", false},
    KnownExtension{"KHR_texture_transform", "textureInfo", "", true},
};

const KnownExtension* find(std::string_view name) {
  const auto it = std::find_if(kKnown.begin(), kKnown.end(), [&](const auto& e) { return e.name == name; });
  return it == kKnown.end() ? nullptr : &*it;
}

}  // namespace

bool is_supported_extension(std::string_view name) {
  const KnownExtension* extension = find(name);
  return extension != nullptr && extension->is_supported;
}

bool may_stand_at(std::string_view extension, std::string_view place) {
  const KnownExtension* known = find(extension);
  return known == nullptr || (!known->place.empty() && known->place == place) ||
         (!known->other_place.empty() && known->other_place == place);
}

}  // namespace kiln::scene
