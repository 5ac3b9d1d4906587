#include <cmath>
#include <map>

#include "scene/gltf_checks.h"

namespace kiln::scene {
namespace {

constexpr std::size_t kNoParent = static_cast<std::size_t>(-1);

void check_matrix(const JsonView& node) {
  const JsonView matrix = node["matrix"];
  if (!matrix.present()) return;
  for (const char* key : {"translation", "rotation", "scale"})
    if (node[key].present()) return matrix.fail("stands beside translation, rotation or scale");
  if (!matrix.numbers(16)) return;
  const auto m = [&](std::size_t column, std::size_t row) { return *matrix.at(4 * column + row).number(); };
  if (m(0, 3) != 0 || m(1, 3) != 0 || m(2, 3) != 0 || m(3, 3) != 1) return matrix.fail("is not affine");
  // Translation, rotation and scale leave the columns at right angles; exporters round.
  constexpr double kTolerance = 1e-2;
  const auto product = [&](std::size_t a, std::size_t b) {
    return m(a, 0) * m(b, 0) + m(a, 1) * m(b, 1) + m(a, 2) * m(b, 2);
  };
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < a; ++b)
      if (std::abs(product(a, b)) > kTolerance * std::sqrt(product(a, a) * product(b, b)))
        return matrix.fail("is not made of a translation, a rotation and a scale");
}

std::size_t morph_targets(const JsonView& mesh) { return mesh["primitives"].at(0)["targets"].size(); }

bool has_joints(const JsonView& mesh) {
  for (std::size_t i = 0; i < mesh["primitives"].size(); ++i)
    if (mesh["primitives"].at(i)["attributes"]["JOINTS_0"].present()) return true;
  return false;
}

/// By mesh: whether a skin can bend it.
std::vector<bool> find_bendable(const Checks& checks) {
  std::vector<bool> bendable;
  for (std::size_t i = 0; i < checks.count("meshes"); ++i) bendable.push_back(has_joints(checks.root["meshes"].at(i)));
  return bendable;
}

void check_mesh_use(const Checks& checks, const JsonView& node, const std::vector<bool>& bendable) {
  const JsonView mesh_index = node["mesh"], weights = node["weights"], skin = node["skin"];
  const auto index = mesh_index.index(checks.count("meshes"));
  skin.index(checks.count("skins"));
  if (!mesh_index.present() && weights.present()) weights.fail("needs a mesh beside it");
  if (!mesh_index.present() && skin.present()) skin.fail("needs a mesh beside it");
  if (!index) return;
  const JsonView mesh = checks.root["meshes"].at(*index);
  if (weights.present() && weights.is_array()) weights.numbers(morph_targets(mesh));
  if (skin.present() && !bendable[*index]) skin.fail("bends a mesh without JOINTS_0");
}

void check_node(const Checks& checks, const JsonView& node, const std::vector<bool>& bendable) {
  if (!check_object(checks, node, "node")) return;
  node["camera"].index(checks.count("cameras"));
  node["children"].indices(checks.count("nodes"));
  node["translation"].numbers(3);
  node["scale"].numbers(3);
  check_rotation(node["rotation"]);
  check_matrix(node);
  check_mesh_use(checks, node, bendable);
  const JsonView light = node["extensions"]["KHR_lights_punctual"];
  if (light.present()) light.required("light").index(checks.root["extensions"]["KHR_lights_punctual"]["lights"].size());
  node["extensions"]["KHR_node_visibility"]["visible"].boolean();
  check_instancing(checks, node);
}

/// Fills in parents; a node has at most one, and is not its own ancestor.
std::vector<std::size_t> check_forest(const Checks& checks) {
  const JsonView nodes = checks.root["nodes"];
  std::vector<std::size_t> parents(nodes.size(), kNoParent);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const JsonView children = nodes.at(i)["children"];
    for (std::size_t c = 0; c < children.size(); ++c) {
      std::size_t& parent = parents[*children.at(c).integer()];
      if (parent != kNoParent) return children.at(c).fail("already has the parent " + std::to_string(parent)), parents;
      parent = i;
    }
  }
  std::vector<std::size_t> seen_from(nodes.size(), kNoParent);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (std::size_t at = i; at != kNoParent && (seen_from[at] == kNoParent || seen_from[at] == i); at = parents[at]) {
      if (seen_from[at] == i) return nodes.at(at).fail("is part of a loop"), parents;
      seen_from[at] = i;
    }
  return parents;
}

std::vector<std::size_t> roots_of_nodes(const std::vector<std::size_t>& parents) {
  std::vector<std::size_t> roots(parents.size(), kNoParent);
  for (std::size_t i = 0; i < parents.size(); ++i) {
    std::size_t at = i;
    while (roots[at] == kNoParent && parents[at] != kNoParent) at = parents[at];
    const std::size_t root = roots[at] == kNoParent ? at : roots[at];
    for (at = i; roots[at] == kNoParent; at = parents[at]) {
      roots[at] = root;
      if (parents[at] == kNoParent) break;
    }
  }
  return roots;
}

void check_scenes(const Checks& checks, const std::vector<std::size_t>& parents) {
  checks.root["scene"].index(checks.count("scenes"));
  for_each(checks.root["scenes"], [&](const JsonView& scene, std::size_t) {
    if (!check_object(checks, scene, "scene")) return;
    const JsonView nodes = scene["nodes"];
    if (!nodes.indices(checks.count("nodes"))) return;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (parents[*nodes.at(i).integer()] != kNoParent) return nodes.at(i).fail("is not a root node");
  });
}

/// Preorder numbers: the nodes at or below a node are numbered [first, last).
struct Subtree {
  std::size_t first = 0, last = 0;
  bool holds(const Subtree& other) const { return first <= other.first && other.first < last; }
};

std::vector<Subtree> subtrees_of(const std::vector<std::size_t>& parents) {
  std::vector<std::vector<std::size_t>> children(parents.size());
  std::vector<std::size_t> stack;
  for (std::size_t i = 0; i < parents.size(); ++i)
    (parents[i] == kNoParent ? stack : children[parents[i]]).push_back(i);
  std::vector<Subtree> subtrees(parents.size());
  std::vector<bool> is_open(parents.size());
  for (std::size_t count = 0; !stack.empty();) {
    const std::size_t at = stack.back();
    if (is_open[at]) {
      subtrees[at].last = count;
      stack.pop_back();
      continue;
    }
    is_open[at] = true;
    subtrees[at].first = count++;
    stack.insert(stack.end(), children[at].begin(), children[at].end());
  }
  return subtrees;
}

/// The joints of a skin hang under one root, and `skeleton` stands above them all.
void check_skin_root(const JsonView& skin, const std::vector<Subtree>& subtrees,
                     const std::vector<std::size_t>& roots) {
  const JsonView joints = skin["joints"];
  const auto skeleton = skin["skeleton"].integer();
  for (std::size_t j = 0; j < joints.size(); ++j) {
    const std::size_t joint = *joints.at(j).integer();
    if (roots[joint] != roots[*joints.at(0).integer()]) return joints.fail("has no common root");
    if (skeleton && !subtrees[*skeleton].holds(subtrees[joint]))
      return skin["skeleton"].fail("is not above all joints");
  }
}

/// Where a skinned mesh is, its joints must be.
void check_skins_in_scenes(const Checks& checks, const std::vector<std::size_t>& roots) {
  const JsonView nodes = checks.root["nodes"];
  std::map<std::size_t, std::map<std::size_t, std::size_t>> joints_of_root;  // root -> root of its joints -> a node
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (const auto skin = nodes.at(i)["skin"].integer())
      joints_of_root[roots[i]].emplace(roots[*checks.root["skins"].at(*skin)["joints"].at(0).integer()], i);
  for_each(checks.root["scenes"], [&](const JsonView& scene, std::size_t) {
    std::set<std::size_t> in_scene;
    for (std::size_t i = 0; i < scene["nodes"].size(); ++i) in_scene.insert(*scene["nodes"].at(i).integer());
    for (const std::size_t root : in_scene)
      for (const auto& [joint_root, node] : joints_of_root[root])
        if (!in_scene.contains(joint_root))
          return nodes.at(node).fail("has a skin whose joints are not in the same scene");
  });
}

}  // namespace

void check_rotation(const JsonView& rotation) {
  if (!rotation.numbers(4, Range{-1, 1})) return;
  double square = 0;
  for (std::size_t i = 0; i < 4; ++i) square += std::pow(*rotation.at(i).number(), 2);
  constexpr double kTolerance = 1e-2;  // exporters round
  if (std::abs(std::sqrt(square) - 1) > kTolerance) rotation.fail("is not a quaternion of unit length");
}

void check_skins(const Checks& checks) {
  for_each(checks.root["skins"], [&](const JsonView& skin, std::size_t) {
    if (!check_object(checks, skin, "skin")) return;
    const JsonView joints = skin.required("joints"), bind = skin["inverseBindMatrices"];
    joints.indices(checks.count("nodes"));
    skin["skeleton"].index(checks.count("nodes"));
    const auto index = bind.index(checks.count("accessors"));
    if (!index) return;
    const AccessorFormat f = format_of(checks.root["accessors"].at(*index));
    constexpr std::uint64_t kFloat = 5126;
    if (f.type != "MAT4" || f.component_type != kFloat)
      return bind.fail("refers to an accessor that is not MAT4 of float");
    if (f.count < joints.size()) bind.fail("refers to an accessor with fewer elements than there are joints");
  });
}

void check_nodes(const Checks& checks) {
  const auto bendable = find_bendable(checks);
  for_each(checks.root["nodes"], [&](const JsonView& node, std::size_t) { check_node(checks, node, bendable); });
  if (checks.failed()) return;
  const auto parents = check_forest(checks);
  if (checks.failed()) return;
  check_scenes(checks, parents);
  if (checks.failed()) return;
  const auto roots = roots_of_nodes(parents);
  const auto subtrees = subtrees_of(parents);
  for_each(checks.root["skins"], [&](const JsonView& skin, std::size_t) { check_skin_root(skin, subtrees, roots); });
  check_skins_in_scenes(checks, roots);
}

}  // namespace kiln::scene
