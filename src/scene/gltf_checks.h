#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scene/json_view.h"
#include "scene/limits.h"

/// The parts of validate_structure, one file each. Each relies on the ones above it having found nothing, and does
/// nothing once something has been found.
namespace kiln::scene {

struct Checks {
  JsonView root;
  const Limits& limits;
  std::set<std::string, std::less<>> extensions_used;
  bool quantized = false;  ///< KHR_mesh_quantization

  bool failed() const { return root.report().failed(); }
  std::size_t count(const char* key) const { return root[key].size(); }
};

/// What every glTF object has: that it is one, a name that is a string, and extensions that are declared and belong at
/// such a `place` ("node", "material", ...). Returns whether it is an object.
bool check_object(const Checks& checks, const JsonView& object, std::string_view place);

/// asset, extensionsUsed, extensionsRequired, and the types of the root's arrays.
void check_root(Checks& checks);

/// buffers, bufferViews, images, samplers, textures.
void check_resources(const Checks& checks);

/// A reference to a texture: index, texCoord, KHR_texture_transform.
void check_texture_info(const Checks& checks, const JsonView& info);
void check_materials(const Checks& checks);

/// A validated accessor, as later checks need it.
struct AccessorFormat {
  std::string_view type;  ///< "SCALAR", "VEC3", ...
  std::uint64_t component_type = 0, count = 0;
  bool normalized = false;
};
AccessorFormat format_of(const JsonView& accessor);
/// Each accessor by itself; check_accessors bounds what they hold together.
void check_accessor_formats(const Checks& checks);
void check_accessors(const Checks& checks);

void check_meshes(const Checks& checks);

/// The UV sets that a material reads, with the JSON pointer-like names of the textures.
struct UvUse {
  std::string texture;
  std::uint64_t set = 0;
};
std::vector<UvUse> uv_sets_of(const JsonView& material);

/// A number (`width` 1) or colour of a material extension.
struct MaterialFactor {
  std::size_t width = 1;
  Range range;
};
std::optional<MaterialFactor> material_factor(std::string_view extension, std::string_view name);

void check_cameras(const Checks& checks);
void check_lights(const Checks& checks);
void check_image_lights(const Checks& checks);
/// EXT_mesh_gpu_instancing of a node.
void check_instancing(const Checks& checks, const JsonView& node);
void check_nodes(const Checks& checks);
/// A quaternion of unit length.
void check_rotation(const JsonView& rotation);
void check_skins(const Checks& checks);
void check_animations(const Checks& checks);

/// Which way accessors and buffer views are used: one way each, and packed where the use demands it.
void check_usage(const Checks& checks);

}  // namespace kiln::scene
