#include "scene/gltf_validate.h"

#include <algorithm>
#include <utility>

#include "scene/gltf_checks.h"
#include "scene/gltf_extensions.h"

namespace kiln::scene {
namespace {

/// "major.minor", digits only.
bool is_version(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return dot != std::string_view::npos && digits(text.substr(0, dot)) && digits(text.substr(dot + 1));
}

/// Leading zeros aside, a longer number is a larger one.
std::pair<std::size_t, std::string_view> part_order(std::string_view digits) {
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return {digits.size(), digits};
}

bool is_later(std::string_view a, std::string_view b) {
  const auto order = [](std::string_view v) {
    const std::size_t dot = v.find('.');
    return std::pair(part_order(v.substr(0, dot)), part_order(v.substr(dot + 1)));
  };
  return order(a) > order(b);
}

void check_asset(const Checks& checks) {
  const JsonView asset = checks.root.required("asset");
  if (!check_object(checks, asset, "asset")) return;
  const auto version = asset.required("version").string();
  if (!version) return;
  if (!is_version(*version)) return asset["version"].fail("is not of the form major.minor");
  if (!version->starts_with("2.")) return asset["version"].fail("is not 2.x");
  const auto min_version = asset["minVersion"].string();
  if (!min_version) return;
  if (!is_version(*min_version)) return asset["minVersion"].fail("is not of the form major.minor");
  if (is_later(*min_version, *version)) return asset["minVersion"].fail("is later than version");
  if (is_later(*min_version, "2.0")) asset["minVersion"].fail("asks for a later version than 2.0");
}

void check_extension_lists(Checks& checks) {
  for_each(checks.root["extensionsUsed"], [&](const JsonView& name, std::size_t) {
    if (const auto text = name.string(); text && !checks.extensions_used.emplace(*text).second)
      name.fail("is a duplicate");
  });
  std::set<std::string_view> required;
  for_each(checks.root["extensionsRequired"], [&](const JsonView& name, std::size_t) {
    const auto text = name.string();
    if (!text) return;
    if (!required.insert(*text).second) return name.fail("is a duplicate");
    if (!checks.extensions_used.contains(*text)) return name.fail("is not listed in extensionsUsed");
    if (!is_supported_extension(*text))
      name.fail("requires the extension " + std::string(*text) + ", which is not supported",
                ErrorCode::unsupported_extension);
  });
  checks.quantized = checks.extensions_used.contains("KHR_mesh_quantization");
  if (checks.quantized && !required.contains("KHR_mesh_quantization"))
    checks.root["extensionsUsed"].fail("lists KHR_mesh_quantization, which must be required too");
}

}  // namespace

bool check_object(const Checks& checks, const JsonView& object, std::string_view place) {
  if (!object.is_object()) return false;
  object["name"].string();
  const JsonView extensions = object["extensions"];
  if (!extensions.is_object()) return true;
  for (const auto& [name, value] : extensions.json().items()) {
    const JsonView extension = extensions[name.c_str()];
    if (!extension.is_object()) continue;
    if (!checks.extensions_used.contains(name)) extension.fail("is not listed in extensionsUsed");
    if (!may_stand_at(name, place)) extension.fail("has no place here");
  }
  return true;
}

void check_root(Checks& checks) {
  check_extension_lists(checks);
  check_object(checks, checks.root, "root");
  check_asset(checks);
  for (const char* key : {"accessors", "animations", "buffers", "bufferViews", "cameras", "images", "materials",
                          "meshes", "nodes", "samplers", "scenes", "skins", "textures"})
    checks.root[key].is_array();
  if (checks.count("nodes") > checks.limits.max_nodes)
    checks.root["nodes"].fail("has more than " + std::to_string(checks.limits.max_nodes) + " elements",
                              ErrorCode::limit_exceeded);
}

Result<void> validate_resources(const Json& json, const Limits& limits) {
  Report report(json);
  Checks checks{JsonView(json, report), limits, {}, false};
  check_root(checks);
  for (const auto check : {check_resources, check_accessor_formats})
    if (!report.failed()) check(checks);
  if (report.failed()) return *report.error();
  return {};
}

Result<void> validate_structure(const Json& json, const Limits& limits) {
  Report report(json);
  Checks checks{JsonView(json, report), limits, {}, false};
  check_root(checks);
  for (const auto check : {check_resources, check_accessors, check_materials, check_meshes, check_cameras, check_lights,
                           check_image_lights, check_skins, check_nodes, check_animations, check_usage})
    if (!report.failed()) check(checks);
  if (report.failed()) return *report.error();
  return {};
}

}  // namespace kiln::scene
