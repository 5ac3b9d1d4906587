#include "scene/node_tree.h"

#include <cmath>

namespace kiln::scene {
namespace {

Vec3 vec3_of(const std::vector<double>& v, std::size_t first = 0) {
  return {static_cast<float>(v[first]), static_cast<float>(v[first + 1]), static_cast<float>(v[first + 2])};
}

/// T R S, or the matrix (glTF 2.0, section 3.5.3).
Affine local_transform(const tinygltf::Node& node) {
  if (!node.matrix.empty())
    return {vec3_of(node.matrix, 0), vec3_of(node.matrix, 4), vec3_of(node.matrix, 8), vec3_of(node.matrix, 12)};
  Affine m = node.rotation.empty() ? Affine{} : rotation_of(std::span<const double, 4>(node.rotation.data(), 4));
  if (!node.scale.empty()) {
    m.x *= static_cast<float>(node.scale[0]);
    m.y *= static_cast<float>(node.scale[1]);
    m.z *= static_cast<float>(node.scale[2]);
  }
  if (!node.translation.empty()) m.t = vec3_of(node.translation);
  return m;
}

std::vector<std::uint32_t> roots_of(const tinygltf::Model& model) {
  std::vector<bool> is_child(model.nodes.size());
  for (const auto& node : model.nodes)
    for (const int child : node.children) is_child[static_cast<std::size_t>(child)] = true;
  std::vector<std::uint32_t> roots;
  for (std::uint32_t i = 0; i < model.nodes.size(); ++i)
    if (!is_child[i]) roots.push_back(i);
  return roots;
}

/// Every node at or below `roots`, parents first; a node that `descend` refuses is left out with all below it.
template <class Descend>
std::vector<std::uint32_t> nodes_below(const tinygltf::Model& model, std::vector<std::uint32_t> roots,
                                       Descend descend) {
  std::vector<std::uint32_t> found, stack(roots.rbegin(), roots.rend());
  while (!stack.empty()) {
    const std::uint32_t i = stack.back();
    stack.pop_back();
    if (!descend(i)) continue;
    found.push_back(i);
    const auto& children = model.nodes[i].children;
    stack.insert(stack.end(), children.rbegin(), children.rend());
  }
  return found;
}

bool is_shown(const tinygltf::Node& node) {
  const auto it = node.extensions.find("KHR_node_visibility");
  return it == node.extensions.end() || !it->second.Has("visible") || it->second.Get("visible").Get<bool>();
}

std::vector<std::uint32_t> chosen_roots(const tinygltf::Model& model) {
  if (model.scenes.empty()) return roots_of(model);
  const auto& nodes = model.scenes[model.defaultScene < 0 ? 0 : static_cast<std::size_t>(model.defaultScene)].nodes;
  return {nodes.begin(), nodes.end()};
}

}  // namespace

bool is_finite(Vec3 v) { return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z); }

bool is_finite(const Affine& m) { return is_finite(m.x) && is_finite(m.y) && is_finite(m.z) && is_finite(m.t); }

Affine rotation_of(std::span<const double, 4> q) {
  const double n = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3];
  const double s = n > 0 ? 2 / n : 0;
  const double x = q[0], y = q[1], z = q[2], w = q[3];
  const auto f = [](double a, double b, double c) {
    return Vec3{static_cast<float>(a), static_cast<float>(b), static_cast<float>(c)};
  };
  return {f(1 - s * (y * y + z * z), s * (x * y + z * w), s * (x * z - y * w)),
          f(s * (x * y - z * w), 1 - s * (x * x + z * z), s * (y * z + x * w)),
          f(s * (x * z + y * w), s * (y * z - x * w), 1 - s * (x * x + y * y)),
          {}};
}

Result<NodeTree> resolve_nodes(const Document& document) {
  const tinygltf::Model& model = document.model;
  NodeTree tree;
  tree.world_from_node.resize(model.nodes.size());
  for (const std::uint32_t i : roots_of(model)) tree.world_from_node[i] = local_transform(model.nodes[i]);
  for (const std::uint32_t i : nodes_below(model, roots_of(model), [](std::uint32_t) { return true; })) {
    const Affine& world = tree.world_from_node[i];
    if (!is_finite(world)) {
      const std::string pointer = "/nodes/" + std::to_string(i);
      return Error{ErrorCode::invalid_scene, pointer + " has a transform beyond the range of numbers", pointer};
    }
    for (const int child : model.nodes[i].children)
      tree.world_from_node[static_cast<std::size_t>(child)] =
          world * local_transform(model.nodes[static_cast<std::size_t>(child)]);
  }
  tree.visible = nodes_below(model, chosen_roots(model), [&](std::uint32_t i) { return is_shown(model.nodes[i]); });
  return tree;
}

}  // namespace kiln::scene
