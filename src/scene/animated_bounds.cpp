#include "scene/animated_bounds.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "scene/accessor.h"
#include "scene/boxes.h"
#include "scene/gltf_animations.h"
#include "scene/gltf_instancing.h"
#include "scene/node_tree.h"
#include "scene/vertices.h"

namespace kiln::scene {
namespace {

constexpr int kMoments = 33;

/// What is more than this takes longer than about a second, or is made to.
constexpr std::uint64_t kMaxSteps = 20'000'000;  ///< vertices read and boxes turned
constexpr std::uint64_t kStepsPerJoint = 50;     ///< for the memory that one takes
constexpr std::size_t kMaxChannels = 20'000, kMaxNodes = 200'000;
constexpr std::uint64_t kMaxWeights = 1u << 20;

/// What is known of a primitive at rest. A bent vertex is a weighted mean of where its joints carry it.
struct PrimitiveBoxes {
  Bounds all;                              ///< of the vertices as stored
  std::map<std::uint32_t, Bounds> joints;  ///< of those that a joint carries; empty: no joints
  std::vector<Bounds> targets;             ///< of what each morph target adds to a vertex
};

class MotionBox {
 public:
  explicit MotionBox(const Document& document) : document_(document) {}

  /// Adds the pose that the nodes are in. False: give up.
  bool add_pose() {
    const auto tree = resolve_nodes(document_);
    if (!tree) return false;
    for (const std::uint32_t n : tree->visible) {
      const tinygltf::Node& node = document_.model.nodes[n];
      if (node.mesh < 0) continue;
      const tinygltf::Mesh& mesh = document_.model.meshes[static_cast<std::size_t>(node.mesh)];
      const NodeInstances instances(document_, n);
      steps_ += instances.is_instanced() ? instances.count() : 0;
      if (!instances.check_bytes() || steps_ > kMaxSteps) return false;
      for (const tinygltf::Primitive& primitive : mesh.primitives) {
        if (triangle_count(document_.model, primitive) == 0) continue;
        const PrimitiveBoxes& boxes = boxes_of(primitive);
        for (std::uint64_t i = 0; i < instances.count(); ++i) {
          Affine world = tree->world_from_node[n];
          if (instances.is_instanced()) world = world * instances.node_from_instance(i);
          add(boxes, node, node.weights.empty() ? mesh.weights : node.weights, *tree, world);
          if (steps_ > kMaxSteps) return false;
        }
      }
    }
    return true;
  }

  const Bounds& box() const { return box_; }

 private:
  void add(const PrimitiveBoxes& boxes, const tinygltf::Node& node, const std::vector<double>& weights,
           const NodeTree& tree, const Affine& world_from_node) {
    const Reach reach = reach_of(boxes, weights);
    if (node.skin < 0 || boxes.joints.empty()) {
      // Flattened to nothing it is not shown.
      if (is_finite(inverse(world_from_node))) add(boxes.all, reach, world_from_node);
      return;
    }
    const tinygltf::Skin& skin = document_.model.skins[static_cast<std::size_t>(node.skin)];
    std::optional<AccessorReader> bind;
    if (skin.inverseBindMatrices >= 0) bind.emplace(document_, static_cast<std::size_t>(skin.inverseBindMatrices));
    for (const auto& [joint, carried] : boxes.joints) {
      const Affine& world = tree.world_from_node[static_cast<std::size_t>(skin.joints[joint])];
      add(carried, reach, bind ? world * bind->mat4(joint) : world);
    }
  }

  /// How far morph targets push vertices, at most.
  struct Reach {
    Vec3 least, most;
  };

  Reach reach_of(const PrimitiveBoxes& boxes, const std::vector<double>& weights) {
    Reach reach;
    for (std::size_t t = 0; t < std::min(weights.size(), boxes.targets.size()); ++t) {
      const auto w = static_cast<float>(weights[t]);
      if (w == 0 || boxes.targets[t].empty()) continue;
      ++steps_;
      const Vec3 a = boxes.targets[t].min * w, b = boxes.targets[t].max * w;
      reach.least += {std::min(a.x, b.x), std::min(a.y, b.y), std::min(a.z, b.z)};
      reach.most += {std::max(a.x, b.x), std::max(a.y, b.y), std::max(a.z, b.z)};
    }
    return reach;
  }

  void add(const Bounds& local, const Reach& reach, const Affine& world) {
    ++steps_;
    if (!local.empty()) grow(box_, transformed({local.min + reach.least, local.max + reach.most}, world));
  }

  const PrimitiveBoxes& boxes_of(const tinygltf::Primitive& primitive) {
    const auto [it, is_new] = primitives_.try_emplace(&primitive);
    if (!is_new) return it->second;
    PrimitiveBoxes& boxes = it->second;
    boxes.all = box_of(primitive.attributes.at("POSITION"));
    for (const auto& target : primitive.targets) {
      const auto moved = target.find("POSITION");
      boxes.targets.push_back(moved == target.end() ? Bounds{} : box_of(moved->second));
    }
    for (int set = 0; add_joints(primitive, set, boxes); ++set) {
    }
    return boxes;
  }

  bool add_joints(const tinygltf::Primitive& primitive, int set, PrimitiveBoxes& boxes) {
    const auto joint_accessor = primitive.attributes.find("JOINTS_" + std::to_string(set));
    const auto weight_accessor = primitive.attributes.find("WEIGHTS_" + std::to_string(set));
    if (joint_accessor == primitive.attributes.end() || weight_accessor == primitive.attributes.end()) return false;
    const AccessorReader positions = reader(primitive.attributes.at("POSITION")),
                         joints = reader(joint_accessor->second), weights = reader(weight_accessor->second);
    for (std::size_t i = 0; i < positions.count() && ++steps_ <= kMaxSteps; ++i)
      for (std::size_t c = 0; c < 4; ++c)
        if (weights.value(i, c) > 0) {
          const auto [box, is_new] = boxes.joints.try_emplace(joints.integer(i, c));
          if (is_new) steps_ += kStepsPerJoint;
          grow(box->second, positions.vec3(i));
        }
    return true;
  }

  AccessorReader reader(int accessor) const { return {document_, static_cast<std::size_t>(accessor)}; }

  const Bounds& box_of(int accessor) {
    const auto [it, is_new] = accessors_.try_emplace(accessor);
    if (is_new) {
      const AccessorReader values = reader(accessor);
      for (std::size_t i = 0; i < values.count() && ++steps_ <= kMaxSteps; ++i) grow(it->second, values.vec3(i));
    }
    return it->second;
  }

  const Document& document_;
  std::map<const tinygltf::Primitive*, PrimitiveBoxes> primitives_;
  std::map<int, Bounds> accessors_;
  Bounds box_;
  std::uint64_t steps_ = 0;
};

}  // namespace

Bounds animated_bounds(Document& document, std::uint32_t animation, const Limits& limits) {
  const std::vector<float> durations_s = animation_durations_s(document);
  if (animation >= durations_s.size()) return {};
  if (document.json["animations"][animation]["channels"].size() > kMaxChannels) return {};
  if (document.model.nodes.size() > kMaxNodes) return {};
  Limits few = limits;
  few.max_pose_weights = std::min(limits.max_pose_weights, kMaxWeights);
  MotionBox motion(document);
  for (int i = 0; i < kMoments; ++i) {
    const float time_s = durations_s[animation] * static_cast<float>(i) / (kMoments - 1);
    if (!apply_animation(document, animation, time_s, few) || !motion.add_pose()) return {};
  }
  const Bounds& box = motion.box();
  return is_finite(box.min) && is_finite(box.max) ? box : Bounds{};
}

}  // namespace kiln::scene
