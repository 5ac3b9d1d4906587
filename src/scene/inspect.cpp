#include "scene/inspect.h"

#include <set>

#include "base/file_kind.h"
#include "base/files.h"
#include "scene/build_scene.h"
#include "scene/document.h"
#include "scene/environment.h"
#include "scene/gltf_animations.h"
#include "scene/gltf_extensions.h"
#include "scene/gltf_variants.h"

namespace kiln::scene {
namespace {

/// The names of the elements of an array, "camera 2" where one has none.
std::vector<std::string> names_of(const Json& json, const char* key, const std::string& what) {
  std::vector<std::string> names;
  if (!json.contains(key)) return names;
  for (const Json& element : json[key])
    names.push_back(element.value("name", what + " " + std::to_string(names.size())));
  return names;
}

template <class T>
std::uint64_t bytes_of(const std::vector<T>& v) {
  return v.size() * sizeof(T);
}

/// The arrays of the scene and a two-level tree: at most two nodes of 32 bytes for each triangle and each instance.
std::uint64_t device_bytes(const Scene& s) {
  constexpr std::uint64_t kTreeBytes = 64;
  return bytes_of(s.positions) + bytes_of(s.normals) + bytes_of(s.tangents) + bytes_of(s.uvs) + bytes_of(s.colors) +
         bytes_of(s.indices) + bytes_of(s.meshes) + bytes_of(s.instances) + bytes_of(s.materials) +
         bytes_of(s.material_layers) + bytes_of(s.textures) + bytes_of(s.texels) + bytes_of(s.triangle_lights) +
         bytes_of(s.punctual_lights) + bytes_of(s.light_tree.nodes) + bytes_of(s.light_tree.slots) +
         bytes_of(s.directional_cdf) + kTreeBytes * (s.indices.size() / 3 + s.instances.size());
}

std::uint64_t device_bytes(const EnvironmentImage& image) {
  return bytes_of(image.pixels) + bytes_of(image.cumulative) + bytes_of(image.guide);
}

AssetSummary summary_of(const Document& document, const GltfScene& source) {
  const Scene& scene = *source.scene;
  AssetSummary out;
  out.kind = AssetKind::scene;
  for (const Instance& instance : scene.instances) out.triangles += scene.meshes[instance.mesh].triangle_count;
  out.unique_triangles = scene.indices.size() / 3;
  out.meshes = static_cast<std::uint32_t>(scene.meshes.size());
  out.instances = static_cast<std::uint32_t>(scene.instances.size());
  out.materials = static_cast<std::uint32_t>(scene.materials.size());
  out.textures = static_cast<std::uint32_t>(scene.textures.size());
  out.lights = static_cast<std::uint32_t>(scene.punctual_lights.size());
  for (const SceneCamera& camera : scene.cameras)
    out.cameras.push_back(camera.name.empty() ? "camera " + std::to_string(out.cameras.size()) : camera.name);
  out.animations = names_of(document.json, "animations", "animation");
  out.animation_durations_s = animation_durations_s(document);
  out.variants = variant_names(document.json);
  out.extensions_used = document.model.extensionsUsed;
  for (const std::string& name : out.extensions_used)
    if (!is_supported_extension(name)) out.extensions_unsupported.push_back(name);
  out.warnings = document.warnings;
  out.bounds = scene.bounds;
  out.device_bytes = device_bytes(scene);
  if (source.environment) out.device_bytes += device_bytes(*source.environment);
  return out;
}

Result<AssetSummary> inspect_scene(const std::filesystem::path& file, bool reads_folder, const Limits& limits) {
  auto bytes = read_file(file, limits.max_file_bytes);
  if (!bytes) return bytes.error();
  const FolderFiles folder(file.parent_path(), limits);
  const auto document = read_document(*std::move(bytes), limits, reads_folder ? &folder : nullptr, file.filename());
  if (!document) return document.error();
  const auto scene = build_scene(*document, limits);
  if (!scene) return scene.error();
  return summary_of(*document, *scene);
}

Result<AssetSummary> inspect_environment(const std::filesystem::path& file, const Limits& limits) {
  const auto image = load_environment(file, {limits.max_file_bytes, limits.max_image_texels});
  if (!image) return image.error();
  AssetSummary out;
  out.kind = AssetKind::environment;
  out.width = (*image)->width;
  out.height = (*image)->height;
  out.device_bytes = device_bytes(**image);
  return out;
}

/// By the media type, else by the first bytes: Radiance and OpenEXR pictures are environments.
Result<bool> is_environment(const std::filesystem::path& file, const std::string& media_type) {
  static const std::set<std::string> kScenes{"model/gltf-binary", "model/gltf+json", "model/obj",
                                             "model/ply",         "model/stl",       "application/zip"};
  static const std::set<std::string> kPictures{"image/vnd.radiance", "image/x-exr"};
  if (kScenes.contains(media_type)) return false;
  if (kPictures.contains(media_type)) return true;
  const auto opened = open_file(file);
  if (!opened) return opened.error();
  std::vector<std::byte> start(kTellingBytes);
  const auto count = read_at(opened->get(), start, 0, file);
  if (!count) return count.error();
  std::error_code none;
  const std::string_view text(reinterpret_cast<const char*>(start.data()), *count);
  const FileKind kind = kind_of_file(text, std::filesystem::file_size(file, none));
  return kind == FileKind::radiance_hdr || kind == FileKind::openexr;
}

}  // namespace

Result<AssetSummary> inspect_file(const std::filesystem::path& file, const std::string& media_type,
                                  const Limits& limits, bool reads_folder) {
  const auto environment = is_environment(file, media_type);
  if (!environment) return environment.error();
  return *environment ? inspect_environment(file, limits) : inspect_scene(file, reads_folder, limits);
}

}  // namespace kiln::scene
