#include "scene/gltf_variants.h"

#include <algorithm>

#include "scene/name_list.h"

namespace kiln::scene {
namespace {

constexpr const char* kExtension = "KHR_materials_variants";

/// The material that a primitive's mappings give it in a variant, or -1.
int mapped_material(const Json& primitive, std::size_t variant) {
  const auto extensions = primitive.find("extensions");
  if (extensions == primitive.end() || !extensions->contains(kExtension)) return -1;
  for (const Json& mapping : (*extensions)[kExtension]["mappings"])
    for (const Json& mapped : mapping["variants"])
      if (mapped.get<std::size_t>() == variant) return mapping["material"].get<int>();
  return -1;
}

}  // namespace

std::vector<std::string> variant_names(const Json& document) {
  static const Json::json_pointer kVariants("/extensions/KHR_materials_variants/variants");
  std::vector<std::string> names;
  if (!document.contains(kVariants)) return names;
  for (const Json& variant : document[kVariants]) names.push_back(variant["name"].get<std::string>());
  return names;
}

Result<void> apply_variant(Document& document, const std::string& name) {
  const std::vector<std::string> names = variant_names(document.json);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return unknown_variant(name, names);
  const auto variant = static_cast<std::size_t>(found - names.begin());
  for (std::size_t m = 0; m < document.model.meshes.size(); ++m) {
    auto& primitives = document.model.meshes[m].primitives;
    for (std::size_t p = 0; p < primitives.size(); ++p)
      if (const int material = mapped_material(document.json["meshes"][m]["primitives"][p], variant); material >= 0)
        primitives[p].material = material;
  }
  return {};
}

Error unknown_variant(std::string_view name, std::span<const std::string> known) {
  std::vector<std::string> quoted;
  for (const std::string& known_name : known) quoted.push_back('"' + known_name + '"');
  return {ErrorCode::unknown_variant, "the scene has no variant \"" + std::string(name) + "\"; " + name_list(quoted),
          "/variant"};
}

}  // namespace kiln::scene
