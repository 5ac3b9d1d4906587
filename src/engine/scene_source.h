#pragma once

#include <memory>

#include "kiln/engine.h"
#include "kiln/scene.h"

#include "engine/byte_cache.h"
#include "engine/local_engine.h"

namespace kiln::engine {

/// Scenes and environments that tasks name: loaded from their files or built, and kept for the next task. One thread.
class SceneSource {
 public:
  explicit SceneSource(const LocalEngineOptions& options);

  /// Errors: those of load_gltf and make_sample.
  Result<std::shared_ptr<const Scene>> scene(const EngineTask& task);

  /// Null: black. Errors: those of load_environment.
  Result<std::shared_ptr<const EnvironmentImage>> environment(const EngineTask& task, const Scene& scene);

  void clear();

 private:
  scene::Limits limits_;
  ByteCache<Scene> scenes_;
  ByteCache<EnvironmentImage> environments_;
};

/// Memory of its arrays.
std::uint64_t bytes_of(const Scene& scene);
std::uint64_t bytes_of(const EnvironmentImage& image);

}  // namespace kiln::engine
