#include <algorithm>
#include <array>

#include "scene/gltf_animation_pointers.h"
#include "scene/gltf_checks.h"

namespace kiln::scene {
namespace {

constexpr std::uint64_t kFloat = 5126;

bool is_small_normalized(const AccessorFormat& f) { return f.normalized && f.component_type <= 5123; }

void check_sampler(const Checks& checks, const JsonView& sampler) {
  if (!check_object(checks, sampler, "animation sampler")) return;
  const auto input = sampler.required("input").index(checks.count("accessors"));
  const auto output = sampler.required("output").index(checks.count("accessors"));
  const auto interpolation = sampler["interpolation"].string();
  if (!input || !output) return;
  const JsonView times = checks.root["accessors"].at(*input);
  const AccessorFormat f = format_of(times);
  if (f.type != "SCALAR" || f.component_type != kFloat)
    return sampler["input"].fail("refers to an accessor that is not SCALAR of float");
  if (!times["min"].present() || !times["max"].present())
    return sampler["input"].fail("refers to an accessor without min and max");
  if (interpolation == "CUBICSPLINE" && f.count < 2) sampler["input"].fail("refers to fewer than two times");
  for (const char* key : {"input", "output"}) {
    const auto view = checks.root["accessors"].at(*sampler[key].integer())["bufferView"].integer();
    if (view && checks.root["bufferViews"].at(*view)["byteStride"].present())
      sampler[key].fail("refers to a buffer view with a byteStride");
  }
}

/// What a channel writes: elements of `type`, `per_key` of them for each time.
struct Target {
  std::string_view type;
  std::uint64_t per_key = 1;
  std::string name;  ///< as a pointer: one channel writes it
  bool may_be_small = true;
  bool may_be_integer = false;
};

std::optional<Target> check_node_target(const Checks& checks, const JsonView& target, const NodeTarget& written) {
  const JsonView node = checks.root["nodes"].at(written.node);
  const std::string name = "/nodes/" + std::to_string(written.node) + "/" + std::string(written.path);
  if (written.path == "weights") {
    const auto mesh = node["mesh"].integer();
    const std::size_t targets = mesh ? checks.root["meshes"].at(*mesh)["primitives"].at(0)["targets"].size() : 0;
    if (targets == 0) return target.fail("animates weights of a node without morph targets"), std::nullopt;
    return Target{"SCALAR", targets, name};
  }
  if (node["matrix"].present()) return target.fail("animates a node that has a matrix"), std::nullopt;
  if (written.path == "rotation") return Target{"VEC4", 1, name};
  if (written.path == "translation" || written.path == "scale") return Target{"VEC3", 1, name, false};
  return std::nullopt;
}

/// KHR_animation_pointer; nothing also for what does not change the picture.
std::optional<Target> check_pointer(const Checks& checks, const JsonView& target, const JsonView& extension) {
  const JsonView place = extension.required("pointer");
  const auto text = place.string();
  if (!text) return std::nullopt;
  if (text->empty() || text->front() != '/') return place.fail("is not a JSON pointer"), std::nullopt;
  if (const auto node = node_target_of(*text)) {
    if (node->node < checks.count("nodes")) return check_node_target(checks, target, *node);
    return place.fail("refers to a node that is not there"), std::nullopt;
  }
  const auto property = animated_property(*text);
  if (!property) return std::nullopt;
  if (holder_of(checks.root.json(), *text) == nullptr)
    return place.fail("refers to a property of what is not there"), std::nullopt;
  constexpr std::array<std::string_view, 4> kTypes = {"SCALAR", "VEC2", "VEC3", "VEC4"};
  return Target{kTypes[property->width - 1], 1, std::string(*text), true, property->is_boolean};
}

std::optional<Target> check_target(const Checks& checks, const JsonView& target) {
  if (!check_object(checks, target, "target")) return std::nullopt;
  const auto path = target.required("path").string();
  const auto node_index = target["node"].index(checks.count("nodes"));
  const JsonView pointer = target["extensions"]["KHR_animation_pointer"];
  if (pointer.present() && target["node"].present()) pointer.fail("needs a target without a node");
  if (pointer.present()) return path ? check_pointer(checks, target, pointer) : std::nullopt;
  if (!path || !node_index) return std::nullopt;
  return check_node_target(checks, target, {*node_index, *path});
}

void check_output(const Checks& checks, const JsonView& channel, const JsonView& sampler, const Target& target) {
  const AccessorFormat in = format_of(checks.root["accessors"].at(*sampler["input"].integer()));
  const AccessorFormat out = format_of(checks.root["accessors"].at(*sampler["output"].integer()));
  const bool is_allowed =
      out.component_type == kFloat || (target.may_be_small && is_small_normalized(out)) || target.may_be_integer;
  if (out.type != target.type || !is_allowed)
    return channel["sampler"].fail("has an output of a format that its target cannot take");
  const std::uint64_t values = sampler["interpolation"].string() == "CUBICSPLINE" ? 3 : 1;
  if (out.count != in.count * values * target.per_key)
    channel["sampler"].fail("has an output of " + std::to_string(out.count) + " elements where " +
                            std::to_string(in.count * values * target.per_key) + " are expected");
}

void check_animation(const Checks& checks, const JsonView& animation) {
  if (!check_object(checks, animation, "animation")) return;
  const JsonView samplers = animation.required("samplers"), channels = animation.required("channels");
  for_each(samplers, [&](const JsonView& sampler, std::size_t) { check_sampler(checks, sampler); });
  if (checks.failed()) return;
  std::set<std::string> targets;
  for_each(channels, [&](const JsonView& channel, std::size_t) {
    if (!check_object(checks, channel, "channel")) return;
    const auto sampler = channel.required("sampler").index(samplers.size());
    const JsonView target = channel.required("target");
    const auto writes = check_target(checks, target);
    if (!sampler || !writes || checks.failed()) return;
    if (!targets.insert(writes->name).second) return target.fail("is animated by another channel too");
    check_output(checks, channel, samplers.at(*sampler), *writes);
  });
}

}  // namespace

void check_animations(const Checks& checks) {
  for_each(checks.root["animations"],
           [&](const JsonView& animation, std::size_t) { check_animation(checks, animation); });
}

}  // namespace kiln::scene
