#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "kiln/engine.h"
#include "kiln/renderer.h"
#include "kiln/scene.h"

#include "engine/byte_cache.h"
#include "engine/local_engine.h"
#include "scene/gltf_scene.h"

namespace kiln::engine {

/// What a frame is rendered from.
struct LoadedScene {
  std::shared_ptr<const PreparedScene> scene;
  std::shared_ptr<const EnvironmentImage> environment;  ///< null: black
  Bounds framing;                                       ///< for resolve_camera
};

/// Loads and prepares what tasks name, and keeps it for the next ones. Works on two threads of the lowest priority, so
/// that who waits for a load can leave it at once, and the next load need not wait for one that was left: files are
/// read, scenes built and uploaded for seconds without a look at a stop token. Not more than one of the two prefetches.
/// No scene and no image is loaded twice at the same time. A scene is what a task shows of a file: every moment of an
/// animation and every variant is one.
class SceneLoader {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  explicit SceneLoader(const LocalEngineOptions& options);

  /// Waits for the loads under way, which are stopped.
  ~SceneLoader();
  SceneLoader(const SceneLoader&) = delete;
  SceneLoader& operator=(const SceneLoader&) = delete;

  /// Prepares for this renderer from now on and forgets what was prepared for another; null: for none.
  void use(std::shared_ptr<Renderer> renderer);

  /// Everything that the task is rendered from, at once where it is kept. Blocks; one caller at a time. Calls `at_work`
  /// whenever a step was done: a file read, a scene prepared.
  /// Errors: cancelled, as soon as `stop` is requested or the deadline passes; those of make_sample, load_gltf,
  /// load_environment and Renderer::prepare().
  Result<LoadedScene> load(const EngineTask& task, const std::function<void()>& at_work, const std::stop_token& stop,
                           Deadline deadline);

  /// Loads what is missing of it beside; replaces a prefetch that has not begun. Returns at once; any thread. An error
  /// is forgotten.
  void prefetch(const EngineTask& task);

  /// Forgets everything and stops a prefetch, to gain memory. Waits until nothing is being prepared.
  void clear();

 private:
  struct KeptScene {
    scene::GltfScene source;
    std::shared_ptr<const PreparedScene> prepared;  ///< null: not yet
  };
  struct Work {
    EngineTask task;
    bool is_prefetch = false;
    std::stop_source stop;
    std::shared_ptr<Renderer> renderer;  ///< to prepare for; it must outlive what it prepares, so it stands first
    std::optional<Result<LoadedScene>> outcome;
  };
  class Claim;

  void serve(const std::stop_token& stop);
  void run(Work& work);
  bool is_prefetching() const;
  void await(const Work& work, const std::function<void()>& at_work, const std::stop_token& stop, Deadline deadline,
             std::unique_lock<std::mutex>& lock);
  std::optional<LoadedScene> find(const EngineTask& task);
  Result<LoadedScene> obtain(const Work& work);
  Result<std::shared_ptr<const KeptScene>> obtain_scene(const Work& work);
  Result<scene::GltfScene> load_scene(const EngineTask& task);
  Result<std::shared_ptr<const KeptScene>> prepare(const Work& work, const scene::GltfScene& source);
  Result<std::shared_ptr<const EnvironmentImage>> obtain_environment(const Work& work, const scene::GltfScene& source);

  const scene::Limits limits_;
  const bool reads_folder_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::shared_ptr<Renderer> renderer_;  // before what it prepared, which goes first
  ByteCache<KeptScene> scenes_;
  ByteCache<EnvironmentImage> environments_;
  std::shared_ptr<Work> wanted_, hint_;  // not begun; null: none
  std::vector<std::shared_ptr<Work>> running_;
  std::set<std::string> claimed_;  // what is being loaded: scenes by pose, images by id
  int preparing_ = 0;
  std::uint64_t steps_ = 0;  ///< done so far, for whatever task: who waits for a scene may wait for its prefetch
  std::array<std::jthread, 2> threads_;  // last: they use all of the above
};

}  // namespace kiln::engine
