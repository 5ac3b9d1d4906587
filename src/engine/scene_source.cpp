#include "engine/scene_source.h"

#include <string_view>
#include <utility>
#include <variant>

#include "scene/environment.h"
#include "scene/load_gltf.h"
#include "scene/samples.h"

namespace kiln::engine {
namespace {

constexpr std::string_view kSamplePrefix = "sample:";

template <class... Vectors>
std::uint64_t bytes_of_all(const Vectors&... vectors) {
  return (std::uint64_t{0} + ... + (std::uint64_t{vectors.capacity()} * sizeof(typename Vectors::value_type)));
}

}  // namespace

std::uint64_t bytes_of(const Scene& s) {
  return bytes_of_all(s.positions, s.normals, s.tangents, s.uvs, s.colors, s.indices, s.meshes, s.instances,
                      s.materials, s.textures, s.texels, s.triangle_lights, s.triangle_light_table, s.punctual_lights,
                      s.cameras);
}

std::uint64_t bytes_of(const EnvironmentImage& image) { return bytes_of_all(image.pixels, image.table); }

SceneSource::SceneSource(const LocalEngineOptions& options)
    : limits_(options.limits), scenes_(options.scene_cache_bytes), environments_(options.environment_cache_bytes) {}

Result<std::shared_ptr<const Scene>> SceneSource::scene(const EngineTask& task) {
  const std::string& id = task.request.scene;
  if (auto kept = scenes_.find(id)) return kept;
  auto loaded = id.starts_with(kSamplePrefix) ? make_sample(std::string_view(id).substr(kSamplePrefix.size()))
                                              : scene::load_gltf(task.scene_file, limits_);
  if (loaded) scenes_.insert(id, *loaded, bytes_of(**loaded));
  return loaded;
}

Result<std::shared_ptr<const EnvironmentImage>> SceneSource::environment(const EngineTask& task, const Scene& scene) {
  const auto& source = task.request.environment.source;
  if (const Vec3* radiance = std::get_if<Vec3>(&source)) return constant_environment(*radiance);
  const std::string* id = std::get_if<std::string>(&source);
  if (!id) return scene.has_lights() ? nullptr : studio_environment();
  if (auto kept = environments_.find(*id)) return kept;
  auto loaded = load_environment(task.environment_file);
  if (loaded) environments_.insert(*id, *loaded, bytes_of(**loaded));
  return loaded;
}

void SceneSource::clear() {
  scenes_.clear();
  environments_.clear();
}

}  // namespace kiln::engine
