#include "scene/document.h"

#include <algorithm>

#include "scene/gltf_resources.h"
#include "scene/gltf_validate.h"

namespace kiln::scene {
namespace {

/// Without what tinygltf would load, decode or choke on: buffers and pictures (read by us, no other file is ever
/// opened), animations and cameras (read from the JSON), extras, and byte strides and weights it does not need to see.
Json without_resources(Json json) {
  for (const char* key : {"buffers", "images", "animations", "cameras", "extras"}) json.erase(key);
  return json;
}

bool refuse_image(tinygltf::Image*, const int, std::string*, std::string*, int, int, const unsigned char*, int, void*) {
  return false;
}

Result<tinygltf::Model> read_model(const Json& json) {
  tinygltf::TinyGLTF reader;
  reader.SetImageLoader(refuse_image, nullptr);
  reader.SetFsCallbacks(
      {[](const std::string&, void*) { return false; }, [](const std::string& name, void*) { return name; },
       [](std::vector<unsigned char>*, std::string*, const std::string&, void*) { return false; },
       [](std::string*, const std::string&, const std::vector<unsigned char>&, void*) { return false; }, nullptr});
  tinygltf::Model model;
  std::string error, warning;
  const std::string text = without_resources(json).dump();
  if (!reader.LoadASCIIFromString(&model, &error, &warning, text.data(), static_cast<unsigned>(text.size()), "",
                                  tinygltf::NO_REQUIRE))
    return Error{ErrorCode::invalid_scene, "the document cannot be read: " + error, ""};
  return model;
}

/// A primitive or bone that tinygltf left out would shift every index behind it.
bool is_complete(const tinygltf::Model& model, const Json& json) {
  const auto count = [&](const char* key) { return json.contains(key) ? json[key].size() : 0; };
  if (model.nodes.size() != count("nodes") || model.meshes.size() != count("meshes")) return false;
  for (std::size_t i = 0; i < model.meshes.size(); ++i)
    if (model.meshes[i].primitives.size() != json["meshes"][i]["primitives"].size()) return false;
  return model.accessors.size() == count("accessors") && model.materials.size() == count("materials") &&
         model.skins.size() == count("skins") && model.textures.size() == count("textures");
}

}  // namespace

Result<Document> read_document(std::vector<std::byte> file, const Limits& limits) {
  Document document;
  document.file = std::move(file);
  const auto parts = split_container(document.file);
  if (!parts) return parts.error();
  auto json = parse_gltf_json(parts->json, limits);
  if (!json) return json.error();
  document.json = *std::move(json);
  if (auto valid = validate_structure(document.json, *parts, limits); !valid) return valid.error();
  if (auto resolved = resolve_resources(document, *parts); !resolved) return resolved.error();
  auto model = read_model(document.json);
  if (!model) return model.error();
  document.model = *std::move(model);
  if (!is_complete(document.model, document.json))
    return Error{ErrorCode::invalid_scene, "the document cannot be read completely", ""};
  if (auto valid = validate_data(document); !valid) return valid.error();
  return document;
}

}  // namespace kiln::scene
