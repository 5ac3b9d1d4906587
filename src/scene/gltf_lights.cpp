#include "scene/gltf_lights.h"

#include <cmath>

namespace kiln::scene {
namespace {

PunctualKind kind_of(const std::string& type) {
  if (type == "spot") return PunctualKind::spot;
  return type == "directional" ? PunctualKind::directional : PunctualKind::point;
}

/// A light shines along its node's -Z; scale changes neither its reach nor its strength.
PunctualLight placed(const tinygltf::Light& source, const Affine& world) {
  PunctualLight light;
  light.kind = kind_of(source.type);
  light.position = world.t;
  if (length(world.z) > 0) light.direction = normalize(-world.z);
  const auto strength = static_cast<float>(source.intensity);
  light.intensity = source.color.empty()
                        ? Vec3{strength, strength, strength}
                        : Vec3{static_cast<float>(source.color[0]), static_cast<float>(source.color[1]),
                               static_cast<float>(source.color[2])} *
                              strength;
  light.range = static_cast<float>(source.range);
  if (light.kind != PunctualKind::spot) return light;
  light.cos_inner = static_cast<float>(std::cos(source.spot.innerConeAngle));
  light.cos_outer = static_cast<float>(std::cos(source.spot.outerConeAngle));
  return light;
}

}  // namespace

void add_punctual_lights(const Document& document, const NodeTree& tree, Scene& scene) {
  const tinygltf::Model& model = document.model;
  for (const std::uint32_t node : tree.visible) {
    const auto it = model.nodes[node].extensions.find("KHR_lights_punctual");
    if (it == model.nodes[node].extensions.end() || !it->second.Has("light")) continue;
    const auto& source = model.lights[static_cast<std::size_t>(it->second.Get("light").GetNumberAsInt())];
    const PunctualLight light = placed(source, tree.world_from_node[node]);
    if (max_component(light.intensity) > 0 && is_finite(light.intensity) && is_finite(light.direction))
      scene.punctual_lights.push_back(light);
  }
}

}  // namespace kiln::scene
