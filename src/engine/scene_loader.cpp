#include "engine/scene_loader.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <utility>
#include <variant>

#include "base/log.h"
#include "engine/guard.h"
#include "render/thread_pool.h"
#include "scene/environment.h"
#include "scene/gltf_animations.h"
#include "scene/gltf_variants.h"
#include "scene/load_gltf.h"
#include "scene/samples.h"
#include "scene/sky.h"

namespace kiln::engine {
namespace {

constexpr std::string_view kSamplePrefix = "sample:";

template <class... Vectors>
std::uint64_t bytes_of_all(const Vectors&... vectors) {
  return (std::uint64_t{0} + ... + (std::uint64_t{vectors.capacity()} * sizeof(typename Vectors::value_type)));
}

std::uint64_t bytes_of(const Scene& s) {
  return bytes_of_all(s.positions, s.normals, s.tangents, s.uvs, s.colors, s.indices, s.meshes, s.instances,
                      s.materials, s.material_layers, s.textures, s.texels, s.triangle_lights, s.punctual_lights,
                      s.light_tree.nodes, s.light_tree.slots, s.directional_cdf, s.cameras, s.motion_transforms,
                      s.motion_positions, s.motion_normals);
}

std::uint64_t bytes_of(const EnvironmentImage& image) {
  return bytes_of_all(image.pixels, image.cumulative, image.guide);
}

std::uint64_t bytes_of(const scene::GltfScene& source) {
  return bytes_of(*source.scene) + (source.environment ? bytes_of(*source.environment) : 0);
}

Error cancelled(const std::string& what) { return {ErrorCode::cancelled, "loading " + what + " was stopped", ""}; }

/// What an environment that is loaded or computed is kept under; none for the others. A sky's azimuth turns it only.
std::optional<std::string> environment_key(const EnvironmentRequest& request) {
  if (const auto* id = std::get_if<std::string>(&request.source)) return *id;
  const auto* sky = std::get_if<SkyRequest>(&request.source);
  if (sky == nullptr) return std::nullopt;
  return fmt::format("sky {:a} {:a} {:a}", sky->sun_elevation_deg, sky->turbidity, sky->ground_albedo);
}

/// The environment of a request that needs no key.
std::shared_ptr<const EnvironmentImage> built_in_environment(const EnvironmentRequest& request,
                                                             const scene::GltfScene& source) {
  if (const Vec3* radiance = std::get_if<Vec3>(&request.source)) return constant_environment(*radiance);
  if (source.environment) return source.environment;
  return source.scene->has_lights() ? nullptr : studio_environment();
}

/// Equal for requests that show the same of a file. The file's id comes first, and has no space in it.
std::string pose_key(const RenderRequest& request) {
  std::string key = request.scene;
  if (request.time_s) key += fmt::format(" animation {} at {:a}", request.animation, *request.time_s);
  if (request.time_s && request.shutter_s > 0) key += fmt::format(" for {:a}", request.shutter_s);
  if (request.variant) key += " as " + *request.variant;
  return key;
}

/// Samples neither move nor have variants.
Result<scene::GltfScene> load_sample(const RenderRequest& request) {
  if (request.variant) return scene::unknown_variant(*request.variant, {});
  if (request.time_s) return scene::unknown_animation(request.animation, {});
  auto made = make_sample(std::string_view(request.scene).substr(kSamplePrefix.size()));
  if (!made) return made.error();
  return scene::GltfScene{std::move(*made), {}, {}, {}};
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
    : limits_(options.limits),
      reads_folder_(options.reads_folder),
      scenes_(options.scene_cache_bytes),
      environments_(options.environment_cache_bytes) {
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
    kept = scenes_.find(pose_key(task.request));
    if (!kept || !kept->prepared) return std::nullopt;
    if (const auto key = environment_key(task.request.environment)) {
      const auto image = environments_.find(*key);
      if (!image) return std::nullopt;
      return LoadedScene{kept->prepared, image, kept->source.framing};
    }
  }
  return LoadedScene{kept->prepared, built_in_environment(task.request.environment, kept->source),
                     kept->source.framing};
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
  const auto kept = obtain_scene(work);
  if (!kept) return kept.error();
  const scene::GltfScene& source = (*kept)->source;
  auto environment = obtain_environment(work, source);
  if (!environment) return environment.error();
  return LoadedScene{(*kept)->prepared, std::move(*environment), source.framing};
}

Result<std::shared_ptr<const SceneLoader::KeptScene>> SceneLoader::obtain_scene(const Work& work) {
  const std::string key = pose_key(work.task.request);
  const Claim claim(*this, key, work.stop.get_token());
  if (!claim) return cancelled(work.task.request.scene);
  std::shared_ptr<const KeptScene> kept;
  {
    const std::lock_guard lock(mutex_);
    kept = scenes_.find(key);
  }
  if (kept && kept->prepared) return kept;
  if (kept) return prepare(work, kept->source);
  const auto loaded = load_scene(work.task);
  if (!loaded) return loaded.error();
  {
    const auto value = std::make_shared<const KeptScene>(KeptScene{*loaded, nullptr});
    ByteCache<KeptScene>::Dropped dropped;  // declared before the lock, it goes after it
    const std::lock_guard lock(mutex_);
    dropped = scenes_.insert(key, value, bytes_of(*loaded));
    ++steps_;
    changed_.notify_all();
  }
  return prepare(work, *loaded);
}

/// A kept scene of the same file, in whatever pose, spares decoding its pictures again.
Result<scene::GltfScene> SceneLoader::load_scene(const EngineTask& task) {
  const RenderRequest& request = task.request;
  if (request.scene.starts_with(kSamplePrefix)) return load_sample(request);
  const auto is_of_file = [&](std::string_view key) { return key.substr(0, key.find(' ')) == request.scene; };
  std::optional<scene::GltfScene> other;  // without what a renderer has prepared, which may have to go first
  {
    const std::lock_guard lock(mutex_);
    if (const auto kept = scenes_.find_if(is_of_file)) other = kept->source;
  }
  auto loaded = scene::load_gltf(task.scene_file,
                                 {request.animation, request.time_s, request.variant, request.shutter_s, reads_folder_},
                                 limits_, other ? &*other : nullptr);
  if (loaded && !other)  // said once of each file
    for (const std::string& warning : loaded->warnings) spdlog::warn("{}: {}", request.scene, warning);
  return loaded;
}

Result<std::shared_ptr<const SceneLoader::KeptScene>> SceneLoader::prepare(const Work& work,
                                                                           const scene::GltfScene& source) {
  const std::string& id = work.task.request.scene;
  if (!work.renderer)
    return Error{ErrorCode::backend_unavailable, "there is no renderer to prepare " + id + " for", ""};
  {
    const std::lock_guard lock(mutex_);
    if (work.stop.stop_requested()) return cancelled(id);
    ++preparing_;
  }
  auto prepared = guarded([&] { return work.renderer->prepare(source.scene, work.stop.get_token()); });
  auto kept = std::make_shared<const KeptScene>(KeptScene{source, prepared ? *prepared : nullptr});
  ByteCache<KeptScene>::Dropped dropped;
  const std::lock_guard lock(mutex_);
  --preparing_;
  ++steps_;
  changed_.notify_all();
  if (work.renderer != renderer_) return cancelled(id);
  if (!prepared) return prepared.error();
  dropped = scenes_.insert(pose_key(work.task.request), kept, bytes_of(source) + (*prepared)->bytes());
  return kept;
}

Result<std::shared_ptr<const EnvironmentImage>> SceneLoader::obtain_environment(const Work& work,
                                                                                const scene::GltfScene& source) {
  const EnvironmentRequest& request = work.task.request.environment;
  const auto key = environment_key(request);
  if (!key) return built_in_environment(request, source);
  const Claim claim(*this, *key, work.stop.get_token());
  if (!claim) return cancelled(*key);
  {
    const std::lock_guard lock(mutex_);
    if (auto kept = environments_.find(*key)) return kept;
  }
  const auto* sky = std::get_if<SkyRequest>(&request.source);
  auto loaded = sky != nullptr ? sky_environment(*sky) : load_environment(work.task.environment_file);
  if (!loaded) return loaded;
  ByteCache<EnvironmentImage>::Dropped dropped;
  const std::lock_guard lock(mutex_);
  dropped = environments_.insert(*key, *loaded, bytes_of(**loaded));
  return loaded;
}

}  // namespace kiln::engine
