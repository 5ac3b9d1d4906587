#include "scene/gltf_animations.h"

#include <algorithm>

#include "scene/animation_sampler.h"
#include "scene/gltf_animation_pointers.h"
#include "scene/name_list.h"

namespace kiln::scene {
namespace {

/// Each as "0", or as "0 ("Walk")" where it has a name.
std::vector<std::string> names_in(const Json& json) {
  std::vector<std::string> names;
  if (!json.contains("animations")) return names;
  for (const Json& animation : json["animations"]) {
    const std::string name = animation.value("name", "");
    names.push_back(std::to_string(names.size()) + (name.empty() ? "" : " (\"" + name + "\")"));
  }
  return names;
}

float duration_s(const Document& document, const Json& animation) {
  float last_s = 0;
  for (const Json& channel : animation["channels"]) {
    const Json& sampler = animation["samplers"][channel["sampler"].get<std::size_t>()];
    const AccessorReader times(document, sampler["input"].get<std::size_t>());
    last_s = std::max(last_s, times.value(times.count() - 1, 0));
  }
  return last_s;
}

/// Writes the channels of one animation at one moment.
class Animator {
 public:
  Animator(Document& document, const Json& animation, double time_s, const Limits& limits)
      : document_(document), animation_(animation), time_s_(time_s), limits_(limits) {}

  Result<void> write(const Json& channel) {
    const Json& target = channel["target"];
    const auto written = node_target(target);
    if (!written) return {};
    const std::string_view path = written->path;
    tinygltf::Node& node = document_.model.nodes[written->node];
    const Json& sampler = animation_["samplers"][channel["sampler"].get<std::size_t>()];
    for (const char* key : {"input", "output"})
      if (auto there = check_bytes(document_, sampler[key].get<std::size_t>()); !there) return there;
    if (path == "translation") node.translation = AnimationSampler(document_, sampler, 3).vector_at(time_s_);
    if (path == "rotation") node.rotation = AnimationSampler(document_, sampler, 4).rotation_at(time_s_);
    if (path == "scale") node.scale = AnimationSampler(document_, sampler, 3).vector_at(time_s_);
    return path == "weights" ? write_weights(node, sampler) : Result<void>();
  }

 private:
  /// Nothing where no node is written: see apply_animation_pointers.
  static std::optional<NodeTarget> node_target(const Json& target) {
    if (target.contains("node"))
      return NodeTarget{target["node"].get<std::size_t>(), target["path"].get_ref<const std::string&>()};
    if (!target.contains("extensions") || !target["extensions"].contains("KHR_animation_pointer")) return std::nullopt;
    return node_target_of(target["extensions"]["KHR_animation_pointer"]["pointer"].get_ref<const std::string&>());
  }

  Result<void> write_weights(tinygltf::Node& node, const Json& sampler) {
    const auto& primitives = document_.model.meshes[static_cast<std::size_t>(node.mesh)].primitives;
    const std::size_t targets = primitives.front().targets.size();
    weights_ += targets;
    if (weights_ > limits_.max_pose_weights)
      return Error{ErrorCode::limit_exceeded,
                   "the animation writes more than " + std::to_string(limits_.max_pose_weights) + " morph weights",
                   "/animations"};
    node.weights = AnimationSampler(document_, sampler, targets).vector_at(time_s_);
    return {};
  }

  Document& document_;
  const Json& animation_;
  double time_s_;
  const Limits& limits_;
  std::uint64_t weights_ = 0;  ///< written so far
};

}  // namespace

std::vector<float> animation_durations_s(const Document& document) {
  std::vector<float> durations;
  if (!document.json.contains("animations")) return durations;
  for (const Json& animation : document.json["animations"]) durations.push_back(duration_s(document, animation));
  return durations;
}

Result<void> apply_animation(Document& document, std::uint32_t animation, double time_s, const Limits& limits) {
  const Json& json = document.json;
  if (!json.contains("animations") || animation >= json["animations"].size())
    return unknown_animation(animation, names_in(json));
  const Json& chosen = json["animations"][animation];
  Animator animator(document, chosen, time_s, limits);
  for (const Json& channel : chosen["channels"])
    if (auto written = animator.write(channel); !written) return written;
  return {};
}

Error unknown_animation(std::uint32_t animation, std::span<const std::string> known) {
  return {ErrorCode::unknown_animation,
          "the scene has no animation " + std::to_string(animation) + "; " + name_list(known), "/animation"};
}

}  // namespace kiln::scene
