#include <optional>

#include "scene/gltf_checks.h"

namespace kiln::scene {
namespace {

constexpr std::uint64_t kByte = 5120, kShort = 5122, kFloat = 5126;

/// The extension's table: vectors of floats, and quaternions that may be normalised integers. Other attributes are the
/// application's own.
bool is_allowed(const std::string& name, const AccessorFormat& f) {
  if (name == "TRANSLATION" || name == "SCALE") return f.type == "VEC3" && f.component_type == kFloat;
  if (name != "ROTATION") return true;
  const bool is_unit = f.normalized && (f.component_type == kByte || f.component_type == kShort);
  return f.type == "VEC4" && (f.component_type == kFloat || is_unit);
}

}  // namespace

void check_instancing(const Checks& checks, const JsonView& node) {
  const JsonView extension = node["extensions"]["EXT_mesh_gpu_instancing"];
  if (!extension.present()) return;
  if (!node["mesh"].present()) return extension.fail("needs a mesh beside it");
  if (node["skin"].present()) return extension.fail("stands beside a skin, which places the mesh by its joints alone");
  const JsonView attributes = extension.required("attributes");
  if (!attributes.is_object()) return;
  if (attributes.size() == 0) return attributes.fail("must not be empty");
  std::optional<std::uint64_t> count;
  for (const auto& [name, value] : attributes.json().items()) {
    const JsonView place = attributes[name.c_str()];
    const auto index = place.index(checks.count("accessors"));
    if (!index) return;
    const AccessorFormat format = format_of(checks.root["accessors"].at(*index));
    if (!is_allowed(name, format)) return place.fail("refers to an accessor of a format that is not allowed here");
    if (count && *count != format.count) return place.fail("has another count than the other attributes");
    count = format.count;
  }
}

}  // namespace kiln::scene
