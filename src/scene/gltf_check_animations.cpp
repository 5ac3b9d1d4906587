#include <algorithm>

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
};

std::optional<Target> check_target(const Checks& checks, const JsonView& target) {
  if (!check_object(checks, target, "target")) return std::nullopt;
  const auto path = target.required("path").string();
  const auto node_index = target["node"].index(checks.count("nodes"));
  const JsonView pointer = target["extensions"]["KHR_animation_pointer"];
  if (pointer.present() && target["node"].present()) pointer.fail("needs a target without a node");
  if (pointer.present()) {
    const JsonView text = pointer.required("pointer");
    if (const auto value = text.string(); value && !value->empty() && value->front() != '/')
      text.fail("is not a JSON pointer");
  }
  if (!path || !node_index) return std::nullopt;
  const JsonView node = checks.root["nodes"].at(*node_index);
  if (*path == "weights") {
    const auto mesh = node["mesh"].integer();
    const std::size_t targets = mesh ? checks.root["meshes"].at(*mesh)["primitives"].at(0)["targets"].size() : 0;
    if (targets == 0) return target.fail("animates weights of a node without morph targets"), std::nullopt;
    return Target{"SCALAR", targets};
  }
  if (node["matrix"].present()) return target.fail("animates a node that has a matrix"), std::nullopt;
  if (*path == "rotation") return Target{"VEC4"};
  if (*path == "translation" || *path == "scale") return Target{"VEC3"};
  return std::nullopt;
}

void check_output(const Checks& checks, const JsonView& channel, const JsonView& sampler, const Target& target) {
  const AccessorFormat in = format_of(checks.root["accessors"].at(*sampler["input"].integer()));
  const AccessorFormat out = format_of(checks.root["accessors"].at(*sampler["output"].integer()));
  const bool may_be_small = target.type != "VEC3";  // translation and scale are floats
  if (out.type != target.type || !(out.component_type == kFloat || (may_be_small && is_small_normalized(out))))
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
  std::set<std::pair<std::uint64_t, std::string_view>> targets;
  for_each(channels, [&](const JsonView& channel, std::size_t) {
    if (!check_object(checks, channel, "channel")) return;
    const auto sampler = channel.required("sampler").index(samplers.size());
    const JsonView target = channel.required("target");
    const auto writes = check_target(checks, target);
    if (!sampler || !writes || checks.failed()) return;
    if (!targets.emplace(*target["node"].integer(), *target["path"].string()).second)
      return target.fail("is animated by another channel too");
    check_output(checks, channel, samplers.at(*sampler), *writes);
  });
}

}  // namespace

void check_animations(const Checks& checks) {
  for_each(checks.root["animations"],
           [&](const JsonView& animation, std::size_t) { check_animation(checks, animation); });
}

}  // namespace kiln::scene
