#include "scene/gltf_instancing.h"

#include <array>

#include "scene/node_tree.h"

namespace kiln::scene {
namespace {

constexpr const char* kExtension = "EXT_mesh_gpu_instancing";

}  // namespace

NodeInstances::NodeInstances(const Document& document, std::uint32_t node)
    : document_(document), node_(document.model.nodes[node]) {
  is_instanced_ = node_.extensions.contains(kExtension);
  if (!is_instanced_) return;
  const tinygltf::Value& attributes = node_.extensions.at(kExtension).Get("attributes");
  const int any = attributes.Get(attributes.Keys().front()).GetNumberAsInt();
  count_ = document.model.accessors[static_cast<std::size_t>(any)].count;
  translation_ = attribute("TRANSLATION");
  rotation_ = attribute("ROTATION");
  scale_ = attribute("SCALE");
}

std::optional<AccessorReader> NodeInstances::attribute(const char* name) {
  const tinygltf::Value& attributes = node_.extensions.at(kExtension).Get("attributes");
  if (!attributes.Has(name)) return std::nullopt;
  return AccessorReader(document_, static_cast<std::size_t>(attributes.Get(name).GetNumberAsInt()));
}

Result<void> NodeInstances::check_bytes() const {
  if (!is_instanced_) return {};
  const tinygltf::Value& attributes = node_.extensions.at(kExtension).Get("attributes");
  for (const char* name : {"TRANSLATION", "ROTATION", "SCALE"}) {
    if (!attributes.Has(name)) continue;
    const auto accessor = static_cast<std::size_t>(attributes.Get(name).GetNumberAsInt());
    if (auto there = scene::check_bytes(document_, accessor); !there) return there;
  }
  return {};
}

Affine NodeInstances::node_from_instance(std::uint64_t i) const {
  Affine m;
  if (rotation_) {
    const Vec4 q = rotation_->vec4(i);
    m = rotation_of(std::array<double, 4>{q.x, q.y, q.z, q.w});
  }
  if (scale_) {
    const Vec3 s = scale_->vec3(i);
    m.x *= s.x, m.y *= s.y, m.z *= s.z;
  }
  if (translation_) m.t = translation_->vec3(i);
  return m;
}

}  // namespace kiln::scene
