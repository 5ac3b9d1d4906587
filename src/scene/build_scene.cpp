#include "scene/build_scene.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "scene/gltf_cameras.h"
#include "scene/gltf_image_light.h"
#include "scene/gltf_instancing.h"
#include "scene/gltf_lights.h"
#include "scene/gltf_materials.h"
#include "scene/lights.h"
#include "scene/mesh_store.h"
#include "scene/node_tree.h"
#include "scene/texture_levels.h"

namespace kiln::scene {
namespace {

const std::vector<double>& weights_of(const tinygltf::Model& model, const tinygltf::Node& node) {
  return node.weights.empty() ? model.meshes[static_cast<std::size_t>(node.mesh)].weights : node.weights;
}

Pose pose_of(const std::vector<double>& weights, int skin) {
  Pose pose;
  pose.skin = skin;
  for (const double w : weights) pose.weights.push_back(static_cast<float>(w));
  while (!pose.weights.empty() && pose.weights.back() == 0) pose.weights.pop_back();
  return pose;
}

bool has_joints(const tinygltf::Primitive& primitive) {
  return primitive.attributes.contains("JOINTS_0") && primitive.attributes.contains("WEIGHTS_0");
}

/// Cut between two characters of UTF-8.
std::string bounded_name(const std::string& name) {
  constexpr std::size_t kLongest = 256;
  if (name.size() <= kLongest) return name;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
  return name.substr(0, end);
}

void note_name(const std::string& name, std::size_t index, std::vector<std::string>& names) {
  if (name.empty()) return;
  if (names.size() <= index) names.resize(index + 1);
  names[index] = bounded_name(name);
}

class SceneBuilder {
 public:
  SceneBuilder(const Document& document, const NodeTree& tree, const Limits& limits, const GltfScene* decoded,
               std::span<const KeyPose> keys)
      : document_(document),
        tree_(tree),
        limits_(limits),
        decoded_(decoded),
        keys_(keys),
        store_(document, tree, limits, keys, *scene_) {}

  Result<GltfScene> build() {
    for (const std::uint32_t node : tree_.visible)
      if (auto placed = place_mesh(node); !placed) return placed.error();
    if (auto built = add_materials(); !built) return built.error();
    add_cameras(document_, tree_, keys_, *scene_);
    if (!scene_->motion_transforms.empty() || !scene_->motion_positions.empty())
      scene_->motion_keys = static_cast<std::uint32_t>(keys_.size());
    add_punctual_lights(document_, tree_, *scene_);
    if (auto lit = build_lights(*scene_, limits_.max_triangle_lights); !lit) return lit.error();
    if (!scene_->bounds.empty() && !(is_finite(scene_->bounds.min) && is_finite(scene_->bounds.max)))
      return Error{ErrorCode::invalid_scene, "the scene extends beyond the range of numbers", ""};
    auto light = image_light();
    if (!light) return light.error();
    return GltfScene{std::move(scene_), std::move(images_), {}, *std::move(light)};
  }

 private:
  /// No animation moves it.
  Result<std::shared_ptr<const EnvironmentImage>> image_light() const {
    if (decoded_ != nullptr && decoded_->environment) return decoded_->environment;
    return image_light_of(document_, limits_);
  }

  Result<void> place_mesh(std::uint32_t node_index) {
    const tinygltf::Node& node = document_.model.nodes[node_index];
    if (node.mesh < 0) return {};
    const auto mesh = static_cast<std::uint32_t>(node.mesh);
    const auto& primitives = document_.model.meshes[mesh].primitives;
    const auto& drawn = drawn_primitives(mesh);
    if (drawn.empty()) return {};
    const auto& weights = weights_of(document_.model, node);
    pose_weights_ += weights.size() * drawn.size();
    if (pose_weights_ > limits_.max_pose_weights)
      return Error{ErrorCode::limit_exceeded,
                   "the scene has more than " + std::to_string(limits_.max_pose_weights) + " morph weights",
                   "/nodes/" + std::to_string(node_index)};
    Pose pose = pose_of(weights, node.skin);
    pose.key_weights = key_weights_of(node_index, mesh);
    const NodeInstances instances(document_, node_index);
    if (auto there = instances.check_bytes(); !there) return there;
    placed_ += instances.count() * drawn.size();
    if (placed_ > limits_.max_instances)
      return Error{ErrorCode::limit_exceeded,
                   "the scene has more than " + std::to_string(limits_.max_instances) + " instances",
                   "/nodes/" + std::to_string(node_index)};
    for (const std::uint32_t p : drawn) {
      Pose own = pose;
      if (!has_joints(primitives[p])) own.skin = -1;
      if (primitives[p].targets.empty()) own.weights.clear(), own.key_weights.clear();
      if (auto placed = place_primitive(node_index, mesh, p, own, instances); !placed) return placed.error();
    }
    return {};
  }

  /// Empty where they are the same at all keys.
  std::vector<std::vector<float>> key_weights_of(std::uint32_t node, std::uint32_t mesh) const {
    std::vector<std::vector<float>> all;
    for (const KeyPose& key : keys_) {
      const auto& own = key.weights[node];
      all.push_back(pose_of(own.empty() ? document_.model.meshes[mesh].weights : own, -1).weights);
    }
    const auto is_first = [&](const auto& weights) { return weights == all.front(); };
    if (std::ranges::all_of(all, is_first)) all.clear();
    return all;
  }

  /// Those that have triangles. Looked for once, since many nodes may place a mesh of many points or lines.
  const std::vector<std::uint32_t>& drawn_primitives(std::uint32_t mesh) {
    const auto [it, is_new] = drawn_.try_emplace(mesh);
    const auto& primitives = document_.model.meshes[mesh].primitives;
    for (std::uint32_t p = 0; is_new && p < primitives.size(); ++p)
      if (triangle_count(document_.model, primitives[p]) > 0) it->second.push_back(p);
    return it->second;
  }

  Result<void> place_primitive(std::uint32_t node, std::uint32_t mesh, std::uint32_t primitive, const Pose& pose,
                               const NodeInstances& instances) {
    Instance instance;
    instance.object_id = node;
    note_name(document_.model.nodes[node].name, node, scene_->object_names);
    const int material = document_.model.meshes[mesh].primitives[primitive].material;
    instance.material = material < 0 ? kNone : static_cast<std::uint32_t>(material);
    for (std::uint64_t i = 0; i < instances.count(); ++i) {
      // A skinned mesh is placed by its joints alone (glTF 2.0, section 3.7.3.3).
      if (pose.skin < 0) instance.world_from_object = tree_.world_from_node[node];
      if (instances.is_instanced()) {
        instance.world_from_object = instance.world_from_object * instances.node_from_instance(i);
        if (!is_finite(instance.world_from_object))
          return Error{ErrorCode::invalid_scene,
                       "/nodes/" + std::to_string(node) + " has an instance beyond the range of numbers",
                       "/nodes/" + std::to_string(node)};
      }
      instance.first_motion = kNone;
      if (pose.skin < 0 && !keys_.empty())
        if (auto moved = add_motion(node, instances, i, instance); !moved) return moved;
      instance.object_from_world = inverse(instance.world_from_object);
      if (!is_finite(instance.object_from_world)) continue;  // flattened to nothing: it has no inside to be seen
      const auto stored = store_.mesh_for(mesh, primitive, pose);
      if (!stored) return stored.error();
      instance.mesh = *stored;
      scene_->instances.push_back(instance);
    }
    return {};
  }

  /// The transforms of one instance at all keys, where they differ.
  Result<void> add_motion(std::uint32_t node, const NodeInstances& instances, std::uint64_t i, Instance& instance) {
    std::vector<Affine> transforms;
    for (const KeyPose& key : keys_) {
      Affine m = key.world_from_node[node];
      if (instances.is_instanced()) m = m * instances.node_from_instance(i);
      if (!is_finite(m))
        return Error{ErrorCode::invalid_scene, "/nodes/" + std::to_string(node) + " moves beyond the range of numbers",
                     "/nodes/" + std::to_string(node)};
      transforms.push_back(m);
    }
    const auto is_first = [&](const Affine& m) { return is_same(m, transforms.front()); };
    if (std::ranges::all_of(transforms, is_first) || !unflatten(transforms, instance.world_from_object)) return {};
    auto& all = scene_->motion_transforms;
    if (all.size() + transforms.size() > limits_.max_motion_transforms)
      return Error{ErrorCode::limit_exceeded,
                   "too much moves while the shutter is open: more than " +
                       std::to_string(limits_.max_motion_transforms) + " transforms",
                   "/nodes/" + std::to_string(node)};
    instance.first_motion = static_cast<std::uint32_t>(all.size());
    all.insert(all.end(), transforms.begin(), transforms.end());
    return {};
  }

  Result<void> add_materials() {
    const std::size_t count = document_.model.materials.size();
    std::vector<bool> used(count);
    bool needs_default = count == 0;
    for (Instance& instance : scene_->instances) {
      if (instance.material == kNone) {
        needs_default = true;
        instance.material = static_cast<std::uint32_t>(count);
      } else {
        used[instance.material] = true;
      }
    }
    auto images = build_materials(document_, used, limits_, decoded_, *scene_);
    if (!images) return images.error();
    images_ = *std::move(images);
    for (std::size_t i = 0; i < count; ++i) note_name(document_.model.materials[i].name, i, scene_->material_names);
    if (needs_default) scene_->materials.push_back(Material{});
    return add_texture_levels(*scene_, limits_.max_texels, decoded_levels());
  }

  LevelSource decoded_levels() const {
    LevelSource source;
    if (decoded_ == nullptr) return source;
    source.scene = decoded_->scene.get();
    for (const auto& [image, range] : images_)
      if (const auto there = decoded_->images.find(image); there != decoded_->images.end())
        source.first_texel.emplace(range.first_texel, there->second.first_texel);
    return source;
  }

  const Document& document_;
  const NodeTree& tree_;
  const Limits& limits_;
  const GltfScene* decoded_;
  std::span<const KeyPose> keys_;
  std::shared_ptr<Scene> scene_ = std::make_shared<Scene>();
  std::map<std::size_t, TexelRange> images_;
  MeshStore store_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> drawn_;  ///< by mesh
  std::uint64_t pose_weights_ = 0;                             ///< of all primitives placed so far
  std::uint64_t placed_ = 0;                                   ///< instances, those that are flattened to nothing too
};

}  // namespace

Result<GltfScene> build_scene(const Document& document, const Limits& limits, const GltfScene* decoded,
                              std::span<const KeyPose> keys) {
  const auto tree = resolve_nodes(document);
  if (!tree) return tree.error();
  return SceneBuilder(document, *tree, limits, decoded, keys).build();
}

}  // namespace kiln::scene
