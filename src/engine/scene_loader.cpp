#include "engine/scene_loader.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "engine/guard.h"
#include "render/thread_pool.h"
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

std::uint64_t bytes_of(const Scene& s) {
  return bytes_of_all(s.positions, s.normals, s.tangents, s.uvs, s.colors, s.indices, s.meshes, s.instances,
                      s.materials, s.textures, s.texels, s.triangle_lights, s.triangle_light_table, s.punctual_lights,
                      s.cameras);
}

std::uint64_t bytes_of(const EnvironmentImage& image) { return bytes_of_all(image.pixels, image.table); }

Error cancelled(const std::string& what) { return {ErrorCode::cancelled, "loading " + what + " was stopped", ""}; }

/// The environment of a request that names no image.
std::shared_ptr<const EnvironmentImage> built_in_environment(const EnvironmentRequest& request, const Scene& scene) {
  if (const Vec3* radiance = std::get_if<Vec3>(&request.source)) return constant_environment(*radiance);
  return scene.has_lights() ? nullptr : studio_environment();
}

}  // namespace

/// Whoever holds it is the only one that loads this id.
class SceneLoader::Claim {
 public:
  Claim(SceneLoader& loader, std::string id, const std::stop_token& stop) : loader_(loader), id_(std::move(id)) {
    std::unique_lock lock(loader_.mutex_);
    const auto is_free = [this] { return !loader_.claimed_.contains(id_); };
    held_ = loader_.changed_.wait(lock, stop, is_free) && !stop.stop_requested();
    if (held_) loader_.claimed_.insert(id_);
  }
  ~Claim() {
    if (!held_) return;
    const std::lock_guard lock(loader_.mutex_);
    loader_.claimed_.erase(id_);
    loader_.changed_.notify_all();
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  explicit operator bool() const { return held_; }  ///< not when it was stopped before

 private:
  SceneLoader& loader_;
  std::string id_;
  bool held_ = false;
};

SceneLoader::SceneLoader(const LocalEngineOptions& options)
    : limits_(options.limits), scenes_(options.scene_cache_bytes), environments_(options.environment_cache_bytes) {
  for (std::jthread& thread : threads_) thread = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

SceneLoader::~SceneLoader() {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& work : running_) work->stop.request_stop();
    wanted_ = hint_ = nullptr;
  }
  for (std::jthread& thread : threads_) thread.request_stop();
  for (std::jthread& thread : threads_) thread.join();
}

void SceneLoader::use(std::shared_ptr<Renderer> renderer) {
  ByteCache<KeptScene>::Dropped dropped;  // declared before the lock, it goes after it: freeing may take long
  const std::lock_guard lock(mutex_);
  dropped = scenes_.clear();
  std::swap(renderer_, renderer);
}

std::optional<LoadedScene> SceneLoader::find(const EngineTask& task) {
  std::shared_ptr<const KeptScene> kept;
  {
    const std::lock_guard lock(mutex_);
    kept = scenes_.find(task.request.scene);
    if (!kept || !kept->prepared) return std::nullopt;
    if (const auto* id = std::get_if<std::string>(&task.request.environment.source)) {
      const auto image = environments_.find(*id);
      if (!image) return std::nullopt;
      return LoadedScene{kept->prepared, image};
    }
  }
  return LoadedScene{kept->prepared, built_in_environment(task.request.environment, *kept->scene)};
}

/// Waits for the outcome, the stop or the deadline.
void SceneLoader::await(const Work& work, const std::function<void()>& at_work, const std::stop_token& stop,
                        Deadline deadline, std::unique_lock<std::mutex>& lock) {
  std::uint64_t told = steps_;
  const auto has_news = [&] { return work.outcome.has_value() || steps_ != told; };
  while (changed_.wait_until(lock, stop, deadline, has_news) && !work.outcome && !stop.stop_requested()) {
    told = steps_;
    lock.unlock();
    at_work();
    lock.lock();
  }
}

Result<LoadedScene> SceneLoader::load(const EngineTask& task, const std::function<void()>& at_work,
                                      const std::stop_token& stop, Deadline deadline) {
  if (stop.stop_requested()) return cancelled(task.request.scene);
  if (auto kept = find(task)) return *kept;
  const auto work = std::make_shared<Work>(Work{task, false, {}, {}, {}});
  std::unique_lock lock(mutex_);
  wanted_ = work;
  changed_.notify_all();
  await(*work, at_work, stop, deadline, lock);
  if (work->outcome && !stop.stop_requested()) return std::move(*work->outcome);
  if (wanted_ == work) wanted_ = nullptr;
  work->stop.request_stop();
  return cancelled(task.request.scene);
}

void SceneLoader::prefetch(const EngineTask& task) {
  const auto work = std::make_shared<Work>(Work{task, true, {}, {}, {}});
  const std::lock_guard lock(mutex_);
  hint_ = work;
  changed_.notify_all();
}

void SceneLoader::clear() {
  ByteCache<KeptScene>::Dropped scenes;  // declared before the lock, they go after it: freeing may take long
  ByteCache<EnvironmentImage>::Dropped environments;
  std::unique_lock lock(mutex_);
  hint_ = nullptr;
  for (const auto& work : running_) work->stop.request_stop();
  changed_.wait(lock, [this] { return preparing_ == 0; });
  scenes = scenes_.clear();
  environments = environments_.clear();
}

bool SceneLoader::is_prefetching() const {
  return std::ranges::any_of(running_, [](const auto& work) { return work->is_prefetch; });
}

void SceneLoader::serve(const std::stop_token& stop) {
  render::lower_thread_priority();
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return wanted_ || (hint_ && !is_prefetching()); })) {
    auto work = std::exchange(wanted_ ? wanted_ : hint_, nullptr);
    work->renderer = renderer_;
    running_.push_back(work);
    lock.unlock();
    run(*work);
    work = nullptr;  // not under the lock: freeing may take long
    lock.lock();
  }
}

void SceneLoader::run(Work& work) {
  auto outcome = guarded([&] { return obtain(work); });
  const std::lock_guard lock(mutex_);
  std::erase_if(running_, [&](const auto& running) { return running.get() == &work; });
  if (!work.is_prefetch) work.outcome = std::move(outcome);
  changed_.notify_all();
}

Result<LoadedScene> SceneLoader::obtain(const Work& work) {
  auto prepared = obtain_scene(work);
  if (!prepared) return prepared.error();
  auto environment = obtain_environment(work, (*prepared)->scene());
  if (!environment) return environment.error();
  return LoadedScene{std::move(*prepared), std::move(*environment)};
}

Result<std::shared_ptr<const PreparedScene>> SceneLoader::obtain_scene(const Work& work) {
  const std::string& id = work.task.request.scene;
  const Claim claim(*this, id, work.stop.get_token());
  if (!claim) return cancelled(id);
  std::shared_ptr<const KeptScene> kept;
  {
    const std::lock_guard lock(mutex_);
    kept = scenes_.find(id);
  }
  if (kept && kept->prepared) return kept->prepared;
  if (kept) return prepare(work, kept->scene);
  const auto loaded = id.starts_with(kSamplePrefix) ? make_sample(std::string_view(id).substr(kSamplePrefix.size()))
                                                    : scene::load_gltf(work.task.scene_file, limits_);
  if (!loaded) return loaded.error();
  {
    const auto value = std::make_shared<const KeptScene>(KeptScene{*loaded, nullptr});
    ByteCache<KeptScene>::Dropped dropped;  // declared before the lock, it goes after it
    const std::lock_guard lock(mutex_);
    dropped = scenes_.insert(id, value, bytes_of(**loaded));
    ++steps_;
    changed_.notify_all();
  }
  return prepare(work, *loaded);
}

Result<std::shared_ptr<const PreparedScene>> SceneLoader::prepare(const Work& work,
                                                                  const std::shared_ptr<const Scene>& scene) {
  const std::string& id = work.task.request.scene;
  if (!work.renderer)
    return Error{ErrorCode::backend_unavailable, "there is no renderer to prepare " + id + " for", ""};
  {
    const std::lock_guard lock(mutex_);
    if (work.stop.stop_requested()) return cancelled(id);
    ++preparing_;
  }
  auto prepared = guarded([&] { return work.renderer->prepare(scene, work.stop.get_token()); });
  const auto value = std::make_shared<const KeptScene>(KeptScene{scene, prepared ? *prepared : nullptr});
  ByteCache<KeptScene>::Dropped dropped;
  const std::lock_guard lock(mutex_);
  --preparing_;
  ++steps_;
  changed_.notify_all();
  if (work.renderer != renderer_) return cancelled(id);
  if (prepared) dropped = scenes_.insert(id, value, bytes_of(*scene) + (*prepared)->bytes());
  return prepared;
}

Result<std::shared_ptr<const EnvironmentImage>> SceneLoader::obtain_environment(const Work& work, const Scene& scene) {
  const EnvironmentRequest& request = work.task.request.environment;
  const auto* id = std::get_if<std::string>(&request.source);
  if (!id) return built_in_environment(request, scene);
  const Claim claim(*this, *id, work.stop.get_token());
  if (!claim) return cancelled(*id);
  {
    const std::lock_guard lock(mutex_);
    if (auto kept = environments_.find(*id)) return kept;
  }
  auto loaded = load_environment(work.task.environment_file);
  if (!loaded) return loaded;
  ByteCache<EnvironmentImage>::Dropped dropped;
  const std::lock_guard lock(mutex_);
  dropped = environments_.insert(*id, *loaded, bytes_of(**loaded));
  return loaded;
}

}  // namespace kiln::engine
