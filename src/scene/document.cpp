#include "scene/document.h"

#include <algorithm>
#include <iterator>

#include "scene/decompress.h"
#include "scene/gltf_extensions.h"
#include "scene/gltf_resources.h"
#include "scene/gltf_validate.h"
#include "scene/import/import_model.h"

namespace kiln::scene {
namespace {

/// Takes away extras and the extensions that are not read: tinygltf would make large copies of them.
void prune(Json& value) {
  if (!value.is_structured()) return;
  if (value.is_object()) value.erase("extras");
  if (const auto extensions = value.is_object() ? value.find("extensions") : value.end(); extensions != value.end())
    for (auto it = extensions->begin(); it != extensions->end();)
      it = is_supported_extension(it.key()) ? std::next(it) : extensions->erase(it);
  for (Json& member : value) prune(member);
}

/// What tinygltf is to read. It gets neither buffers nor pictures, so that it never decodes anything and never opens a
/// file, and no animations and cameras, which are read from the JSON.
Json readable_part(const Json& json) {
  Json part;
  for (const char* key : {"accessors", "bufferViews", "extensions", "extensionsUsed", "materials", "meshes", "nodes",
                          "samplers", "scene", "scenes", "skins", "textures"})
    if (const auto it = json.find(key); it != json.end()) part[key] = *it;
  part["asset"] = {{"version", "2.0"}};
  prune(part);
  return part;
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
  const std::string text = readable_part(json).dump();
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

FileKind kind_of(const std::vector<std::byte>& file) {
  const std::string_view start(reinterpret_cast<const char*>(file.data()), std::min(file.size(), kTellingBytes));
  return kind_of_file(start, file.size());
}

/// The JSON of a glTF file, or of what becomes one; `parts` point into document.file.
Result<GltfContainer> open_content(Document& document, const Limits& limits, const SceneFiles* files,
                                   const std::string& name) {
  const FileKind kind = kind_of(document.file);
  if (is_imported(kind)) {
    auto model = import_model(kind, document.file, name, files, limits);
    if (!model) return model.error();
    document.json = std::move(model->json);
    document.file = std::move(model->binary);
    document.warnings = std::move(model->warnings);
    return GltfContainer{{}, std::span<const std::byte>(document.file), true};
  }
  const auto parts = split_container(document.file);
  if (!parts) return parts.error();
  auto json = parse_gltf_json(parts->json, limits);
  if (!json) return json.error();
  document.json = *std::move(json);
  return *parts;
}

Result<Document> read_content(std::vector<std::byte> file, const Limits& limits, const SceneFiles* files,
                              const std::string& name) {
  if (file.empty()) return Error{ErrorCode::invalid_scene, "the file is empty", ""};
  Document document;
  document.file = std::move(file);
  const auto parts = open_content(document, limits, files, name);
  if (!parts) return parts.error();
  const Resources resources{*parts, files, name};
  if (auto valid = validate_resources(document.json, limits); !valid) return valid.error();
  if (auto resolved = resolve_buffers(document, resources); !resolved) return resolved.error();
  if (auto unpacked = decompress(document, limits); !unpacked) return unpacked.error();
  if (auto valid = validate_structure(document.json, limits); !valid) return valid.error();
  if (auto resolved = resolve_images(document, resources); !resolved) return resolved.error();
  auto model = read_model(document.json);
  if (!model) return model.error();
  document.model = *std::move(model);
  if (!is_complete(document.model, document.json))
    return Error{ErrorCode::invalid_scene, "the document cannot be read completely", ""};
  if (auto valid = validate_data(document); !valid) return valid.error();
  return document;
}

}  // namespace

std::uint64_t Document::data_bytes() const {
  std::uint64_t bytes = file.size() + (package ? package->bytes() : 0);
  for (const auto& part : decoded) bytes += part.size();
  return bytes;
}

Result<void> read_model_again(Document& document) {
  auto model = read_model(document.json);
  if (!model) return model.error();
  document.model = *std::move(model);
  return {};
}

Result<Document> read_document(std::vector<std::byte> file, const Limits& limits, const SceneFiles* beside,
                               const std::string& name) {
  const FileKind kind = kind_of(file);
  if (kind != FileKind::zip) return read_content(std::move(file), limits, is_imported(kind) ? beside : nullptr, name);
  auto unpacked = PackageFiles::read(file, limits);
  if (!unpacked) return unpacked.error();
  const std::shared_ptr<const PackageFiles> package = *std::move(unpacked);
  const auto model = package->model();
  if (!model) return model.error();
  auto document = read_content(package->bytes_of(*model), limits, package.get(), *model);
  if (document) document->package = package;
  return document;
}

}  // namespace kiln::scene
