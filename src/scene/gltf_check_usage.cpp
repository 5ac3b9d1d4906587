#include <map>

#include "scene/gltf_checks.h"

namespace kiln::scene {
namespace {

enum class Use { none, vertices, indices, other };

const char* name_of(Use use) {
  switch (use) {
    case Use::vertices:
      return "vertices";
    case Use::indices:
      return "indices";
    default:
      return "other data";
  }
}

/// Remembers how each accessor and buffer view is used.
class UsageLog {
 public:
  explicit UsageLog(const Checks& checks) : checks_(checks) {}

  void use_accessor(const JsonView& place, Use use) {
    const auto index = place.integer();
    if (!index) return;
    Use& known = accessors_.try_emplace(*index, use).first->second;
    if (known != use)
      return place.fail(std::string("refers to an accessor that is used for ") + name_of(known) + " already");
    const auto view = checks_.root["accessors"].at(*index)["bufferView"].integer();
    if (view) use_view(place, *view, *index, use);
  }

  void use_image(const JsonView& place) {
    if (const auto view = place.integer()) use_view(place, *view, 0, Use::other);
  }

 private:
  void use_view(const JsonView& place, std::uint64_t index, std::uint64_t accessor, Use use) {
    Use& known = views_.try_emplace(index, use).first->second;
    if (known != use)
      return place.fail(std::string("uses a buffer view that is used for ") + name_of(known) + " already");
    const JsonView view = checks_.root["bufferViews"].at(index);
    constexpr std::uint64_t kVertexTarget = 34962, kIndexTarget = 34963;
    const auto target = view["target"].integer();
    if ((use == Use::vertices && target == kIndexTarget) || (use == Use::indices && target == kVertexTarget))
      return place.fail("uses a buffer view whose target says otherwise");
    if (use != Use::vertices || view["byteStride"].present()) return;
    if (views_first_accessor_.try_emplace(index, accessor).first->second != accessor)
      place.fail("shares a buffer view without byteStride with another attribute");
  }

  const Checks& checks_;
  std::map<std::uint64_t, Use> accessors_, views_;
  std::map<std::uint64_t, std::uint64_t> views_first_accessor_;
};

void log_attributes(UsageLog& log, const JsonView& attributes) {
  if (!attributes.present()) return;
  for (const auto& [name, value] : attributes.json().items()) log.use_accessor(attributes[name.c_str()], Use::vertices);
}

}  // namespace

void check_usage(const Checks& checks) {
  UsageLog log(checks);
  for_each(checks.root["meshes"], [&](const JsonView& mesh, std::size_t) {
    for_each(mesh["primitives"], [&](const JsonView& primitive, std::size_t) {
      log_attributes(log, primitive["attributes"]);
      for (std::size_t t = 0; t < primitive["targets"].size(); ++t) log_attributes(log, primitive["targets"].at(t));
      log.use_accessor(primitive["indices"], Use::indices);
    });
  });
  for_each(checks.root["nodes"], [&](const JsonView& node, std::size_t) {
    const JsonView attributes = node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"];
    if (!attributes.present()) return;
    for (const auto& [name, value] : attributes.json().items()) log.use_accessor(attributes[name.c_str()], Use::other);
  });
  for_each(checks.root["skins"],
           [&](const JsonView& skin, std::size_t) { log.use_accessor(skin["inverseBindMatrices"], Use::other); });
  for_each(checks.root["images"], [&](const JsonView& image, std::size_t) { log.use_image(image["bufferView"]); });
  for_each(checks.root["animations"], [&](const JsonView& animation, std::size_t) {
    for_each(animation["samplers"], [&](const JsonView& sampler, std::size_t) {
      log.use_accessor(sampler["input"], Use::other);
      log.use_accessor(sampler["output"], Use::other);
    });
  });
}

}  // namespace kiln::scene
