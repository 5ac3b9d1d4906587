#include "engine/local_engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <iterator>
#include <mutex>
#include <numbers>
#include <numeric>
#include <utility>

#include "base/clock.h"
#include "engine/checkpoint_keeper.h"
#include "engine/finish_picture.h"
#include "engine/guard.h"
#include "engine/picture_features.h"
#include "engine/previewer.h"
#include "engine/renderer_id.h"
#include "engine/scene_loader.h"
#include "image/feature_layers.h"
#include "render/denoise_picture.h"
#include "render/render_frame.h"
#include "render/settle_edges.h"
#include "scene/resolve_camera.h"

namespace kiln::engine {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

Error cancelled(const EngineTask& task) {
  return {ErrorCode::cancelled, "job " + to_string(task.id) + " was stopped", ""};
}

Error time_limit_exceeded(const EngineTask& task) {
  return {ErrorCode::time_limit_exceeded,
          fmt::format("the job took longer than its time_limit_s of {:g} s", task.request.time_limit_s.value_or(0)),
          ""};
}

/// So many seconds from now; never where it is not said.
SteadyTime time_after(std::optional<float> seconds) {
  constexpr double kNever_s = 1e9;  // some 30 years
  const double wait_s = std::min(kNever_s, static_cast<double>(seconds.value_or(kNever_s)));
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(wait_s));
}

/// Stops when one of the two does.
class EitherStop {
 public:
  explicit EitherStop(const RenderStop& stop)
      : on_cancel_(stop.cancel, Request{&both_}), on_suspend_(stop.suspend, Request{&both_}) {}

  std::stop_token token() const { return both_.get_token(); }

 private:
  struct Request {
    std::stop_source* both;
    void operator()() const { both->request_stop(); }
  };
  std::stop_source both_;
  std::stop_callback<Request> on_cancel_, on_suspend_;
};

/// One attempt at a task.
struct Attempt {
  const EngineTask& task;
  const ProgressSink& progress;
  const RenderStop& stop;
  SteadyTime deadline = time_after(task.request.time_limit_s);
  SteadyTime budget_ends = time_after(task.request.time_budget_s);

  bool is_late() const { return std::chrono::steady_clock::now() > deadline; }
  bool is_budget_spent() const { return std::chrono::steady_clock::now() > budget_ends; }
  bool keeps_partial() const { return task.request.keep_partial; }
  std::uint64_t pixels() const { return pixels_of(task.request); }

  /// Why it is to end at once, if it is.
  std::optional<Error> stopped_by() const {
    if (stop.cancel.stop_requested()) return cancelled(task);
    if (is_late()) return time_limit_exceeded(task);
    return std::nullopt;
  }
};

/// Its frame, while passes are added to it.
struct Frame {
  Frame(const Attempt& a, std::shared_ptr<const PreparedScene> s, const FrameSettings& settings, CheckpointKey key,
        double checkpoint_s)
      : attempt(a),
        scene(std::move(s)),
        work(settings),
        checkpoints(a.task.checkpoint_file, std::move(key), checkpoint_s) {}

  bool is_covered() const { return work.planner.cursor().covers(attempt.pixels()); }

  /// That every pixel has which was not done before.
  std::uint32_t whole_samples() const {
    const render::FrameCursor cursor = work.planner.cursor();
    return std::max(1u, cursor.first_sample + (cursor.next_pixel == attempt.pixels() ? cursor.sample_count : 0));
  }

  const Attempt& attempt;
  std::shared_ptr<const PreparedScene> scene;
  render::FrameWork work;
  CheckpointKeeper checkpoints;
  std::optional<Error> stopped_by;  ///< it ends early, and is kept
};

/// A frame lets go of its scene and its memory however it ends, and has no picture so far any more.
struct FrameEnd {
  Renderer& renderer;
  Previewer& previewer;
  ~FrameEnd() {
    previewer.end();
    renderer.end();
  }
};

/// A sky has its sun above +Z.
float rotation_deg(const EnvironmentRequest& request) {
  const auto* sky = std::get_if<SkyRequest>(&request.source);
  return request.rotation_deg + (sky == nullptr ? 0 : sky->sun_azimuth_deg);
}

/// Where the scene stands: the bottom of all its poses.
std::optional<float> shadow_ground(const RenderRequest& request, const LoadedScene& loaded) {
  const Bounds& bounds = loaded.framing.empty() ? loaded.scene->scene().bounds : loaded.framing;
  if (request.ground != Ground::shadow || bounds.empty()) return std::nullopt;
  return bounds.min.y;
}

Result<FrameSettings> frame_of(const RenderRequest& request, const LoadedScene& loaded) {
  const float aspect = static_cast<float>(request.width) / static_cast<float>(request.height);
  const auto camera = scene::resolve_camera(loaded.scene->scene(), request.camera, aspect, loaded.framing);
  if (!camera) return camera.error();
  auto camera_keys = scene::resolve_camera_keys(loaded.scene->scene(), request.camera, aspect, loaded.framing);
  if (!camera_keys) return camera_keys.error();
  FrameSettings frame;
  frame.width = region_of(request).width;
  frame.height = region_of(request).height;
  frame.film = film_of(request);
  frame.filter_width_px = request.filter_width_px;
  frame.samples_per_pixel = request.samples_per_pixel;
  frame.max_depth = request.max_depth;
  frame.seed = request.seed;
  frame.camera = *camera;
  frame.camera_keys = *std::move(camera_keys);
  frame.environment = loaded.environment;
  frame.environment_rotation_rad = rotation_deg(request.environment) * (std::numbers::pi_v<float> / 180);
  frame.environment_intensity = request.environment.intensity;
  frame.background = request.background;
  frame.firefly_clamp = request.firefly_clamp;
  frame.noise_threshold = request.noise_threshold.value_or(0.0f);
  frame.dark_radiance = FrameSettings().dark_radiance * std::exp2(-request.exposure_ev);
  frame.shadow_ground_m = shadow_ground(request, loaded);
  return frame;
}

/// Of all pixels together; `limits` as in SampleCounts.
std::uint64_t wanted_samples(const RenderRequest& request, const std::vector<std::uint32_t>& limits) {
  if (limits.empty()) return pixels_of(request) * request.samples_per_pixel;
  return std::accumulate(limits.begin(), limits.end(), std::uint64_t{0});
}

/// What begin_frame() has begun.
struct BegunFrame {
  std::shared_ptr<const PreparedScene> scene;
  FrameSettings settings;
};

class LocalEngine final : public Engine {
 public:
  LocalEngine(RendererFactory factory, const LocalEngineOptions& options)
      : factory_(std::move(factory)),
        checkpoint_s_(options.checkpoint_s),
        loader_(options),
        previewer_(options.preview_s) {}

  void open() override {
    if (renderer_) return;
    auto made = guarded([this] { return factory_(); });
    if (!made) return say({false, "", "", made.error().message});
    renderer_ = std::move(made->renderer);
    loader_.use(renderer_);
    say({true, renderer_->backend(), renderer_->device(), made->reason, renderer_id(*renderer_)});
  }

  Result<TracedPicture> render(const EngineTask& task, const ProgressSink& progress, const RenderStop& stop) override {
    const Attempt attempt{task, progress, stop};
    if (stop.cancel.stop_requested() || stop.suspend.stop_requested()) return cancelled(task);
    open();
    if (!renderer_) return Error{ErrorCode::backend_unavailable, status().reason, ""};
    auto picture = guarded([&] { return render_frame(attempt); });
    if (!picture && picture.error().code == ErrorCode::out_of_device_memory) {
      gain_memory();
      picture = guarded([&] { return render_frame(attempt); });
    }
    if (!picture) recover_from(picture.error());
    return picture;
  }

  void prefetch(const EngineTask& task) override { loader_.prefetch(task); }

  void preview(const JobId& id, std::uint32_t attempt, const std::filesystem::path& file,
               PreviewCallback done) override {
    previewer_.ask(id, attempt, file, std::move(done));
  }

  EngineStatus status() const override {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  Result<TracedPicture> render_frame(const Attempt& attempt);
  Result<BegunFrame> begin_frame(const Attempt& attempt);
  Result<void> render_passes(Frame& frame);
  Result<void> between_passes(Frame& frame);
  Result<void> after_passes(Frame& frame);
  Result<void> add_features(Frame& frame, TracedSamples& traced);

  void gain_memory() {
    loader_.clear();
    renderer_->trim();
  }

  void recover_from(const Error& error) {
    if (error.code == ErrorCode::out_of_memory || error.code == ErrorCode::out_of_device_memory) gain_memory();
    if (error.code != ErrorCode::device_fault) return;
    loader_.use(nullptr);
    renderer_.reset();
    say({false, "", "", "the device failed: " + error.message});
  }

  void say(EngineStatus status) {
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
  }

  RendererFactory factory_;
  double checkpoint_s_;
  std::shared_ptr<Renderer> renderer_;
  SceneLoader loader_;  // after the renderer, which must outlive what it prepared
  Previewer previewer_;
  mutable std::mutex mutex_;
  EngineStatus status_{false, "", "", "the engine has not been opened yet"};
};

/// Loads what the task names and begins its frame.
Result<BegunFrame> LocalEngine::begin_frame(const Attempt& attempt) {
  const EitherStop stop(attempt.stop);
  const auto loaded = loader_.load(
      attempt.task, [&] { attempt.progress(0); }, stop.token(), attempt.deadline);
  if (stop.token().stop_requested()) return cancelled(attempt.task);
  if (attempt.is_late()) return time_limit_exceeded(attempt.task);
  if (!loaded) return loaded.error();
  const auto frame = frame_of(attempt.task.request, *loaded);
  if (!frame) return frame.error();
  if (auto begun = renderer_->begin(loaded->scene, *frame); !begun) return begun.error();
  attempt.progress(0);
  return BegunFrame{loaded->scene, *frame};
}

Result<TracedPicture> LocalEngine::render_frame(const Attempt& attempt) {
  RenderReport report;
  report.backend = renderer_->backend();
  report.renderer = status().renderer;

  const Stopwatch preparing;
  const FrameEnd end{*renderer_, previewer_};
  const auto begun = begin_frame(attempt);
  if (!begun) return begun.error();
  Frame frame(attempt, begun->scene, begun->settings, checkpoint_key(attempt.task.request, *renderer_), checkpoint_s_);
  if (auto resumed = frame.checkpoints.resume(*renderer_, frame.work); !resumed) return resumed.error();
  report.prepare_s = preparing.seconds();

  const Stopwatch rendering;
  attempt.progress(frame.work.planner.progress());
  if (auto rendered = render_passes(frame); !rendered) return rendered.error();
  auto sums = renderer_->read_accumulator();
  if (!sums) return sums.error();
  TracedSamples traced{std::move(*sums), frame.work.counts(), {}};
  report.samples = total_samples(traced.counts, attempt.pixels());
  const bool is_whole = report.samples == wanted_samples(attempt.task.request, traced.counts.limits);
  if (auto added = add_features(frame, traced); !added) return added.error();
  report.render_s = rendering.seconds();
  report.partial = frame.stopped_by || !is_whole;
  return TracedPicture{finish_picture(attempt.task, std::move(traced), report), frame.stopped_by};
}

/// Between two steps of add_features(). All samples stay, so a suspended frame goes on behind its last pass.
Result<void> LocalEngine::after_passes(Frame& frame) {
  const Attempt& attempt = frame.attempt;
  if (auto why = attempt.stopped_by()) {
    if (attempt.keeps_partial()) frame.stopped_by = why;
    return *why;
  }
  attempt.progress(frame.work.planner.progress());
  if (!attempt.stop.suspend.stop_requested()) return {};
  frame.checkpoints.suspend(*renderer_, frame.work, attempt.stop.cancel);
  return cancelled(attempt.task);
}

/// AOVs, and the denoised picture in place of the sums. A picture that was stopped early and is kept has nothing of
/// them but the sample counts.
Result<void> LocalEngine::add_features(Frame& frame, TracedSamples& traced) {
  const RenderRequest& request = frame.attempt.task.request;
  std::vector<ImageLayer>& layers = traced.layers.layers;
  if (request.aovs.contains(Aov::sample_count)) {
    layers.push_back(sample_count_layer(traced.counts, frame.attempt.pixels()));
  }
  if (frame.stopped_by || !wants_features(request)) return {};
  const auto stop = frame.attempt.keeps_partial() ? std::stop_token() : frame.attempt.stop.cancel;
  const auto go_on = [&] { return after_passes(frame); };
  const std::uint32_t samples = std::min(frame.whole_samples(), kMostFeatureSamples);
  auto features = render_features(*renderer_, request, frame.scene->scene(), samples, go_on, stop);
  if (!features) return frame.stopped_by ? Result<void>() : features.error();
  if (request.denoise) {
    LinearImage noisy = resolve_accumulator(traced.sums, traced.counts);
    const bool is_even = total_samples(traced.counts, noisy.pixels.size()) == noisy.pixels.size() * samples;
    if (is_even &&
        samples < render::kEdgeSamples) {  // else what guides it is not from the same samples, or good enough
      const auto settled = render::settle_edges(*renderer_, features->edges, noisy, features->guides, go_on, stop);
      if (!settled) return frame.stopped_by ? Result<void>() : settled;
    }
    auto picture = render::denoise_picture(*renderer_, noisy, features->guides, go_on, stop);
    if (!picture) return frame.stopped_by ? Result<void>() : picture.error();
    traced.sums = std::move(*picture);
    traced.counts = {0, 1, 1};
  }
  std::ranges::move(features->layers.layers, std::back_inserter(layers));
  traced.layers.attributes = std::move(features->layers.attributes);
  return {};
}

/// A pass that a cancel interrupts leaves nothing that could be kept.
Result<void> LocalEngine::render_passes(Frame& frame) {
  const auto& attempt = frame.attempt;
  return render::render_passes(
      *renderer_, frame.work, [&](const render::FrameWork&) { return between_passes(frame); },
      attempt.keeps_partial() ? std::stop_token() : attempt.stop.cancel);
}

Result<void> LocalEngine::between_passes(Frame& frame) {
  const Attempt& attempt = frame.attempt;
  render::PassPlanner& planner = frame.work.planner;
  if (auto why = attempt.stopped_by()) {
    if (!attempt.keeps_partial() || !frame.is_covered()) return *why;
    frame.stopped_by = std::move(why);
    planner.end();
    return {};
  }
  const double progress = planner.progress();
  if (progress < 1) {
    if (auto shown = previewer_.after_pass(attempt.task, *renderer_, frame.work); !shown) return shown;
  }
  attempt.progress(progress);
  if (progress == 1) return {};
  if (attempt.is_budget_spent() && frame.is_covered()) {
    planner.end();
    return {};
  }
  if (!attempt.stop.suspend.stop_requested()) return frame.checkpoints.after_pass(*renderer_, frame.work);
  frame.checkpoints.suspend(*renderer_, frame.work, attempt.stop.cancel);
  return cancelled(attempt.task);
}

}  // namespace

std::unique_ptr<Engine> make_local_engine(RendererFactory factory, LocalEngineOptions options) {
  return std::make_unique<LocalEngine>(std::move(factory), options);
}

}  // namespace kiln::engine
