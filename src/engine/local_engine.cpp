#include "engine/local_engine.h"

#include <mutex>
#include <numbers>
#include <utility>

#include "base/clock.h"
#include "base/files.h"
#include "base/hashing.h"
#include "engine/guard.h"
#include "engine/prompt_engine.h"
#include "engine/scene_source.h"
#include "image/encode.h"
#include "render/render_frame.h"
#include "scene/resolve_camera.h"

namespace kiln::engine {
namespace {

Error cancelled(const EngineTask& task) {
  return {ErrorCode::cancelled, "job " + to_string(task.id) + " was stopped", ""};
}

std::string sha256_of(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

Result<std::vector<std::byte>> encode_picture(const EngineTask& task, const LinearImage& image, double render_s) {
  const RenderRequest& request = task.request;
  const EncodeSettings settings{request.format, request.tone_mapping, request.exposure_ev,
                                request.background.kind == BackgroundKind::transparent};
  const PictureInfo info{to_string(task.id), request.scene, request.samples_per_pixel, render_s, "kiln " KILN_VERSION};
  return encode(image, settings, info);
}

class LocalEngine final : public Engine {
 public:
  LocalEngine(RendererFactory factory, const LocalEngineOptions& options)
      : factory_(std::move(factory)), source_(options) {}

  void open() override {
    if (renderer_) return;
    auto made = guarded([this] { return factory_(); });
    if (!made) return say({false, "", "", made.error().message});
    renderer_ = std::move(made->renderer);
    say({true, renderer_->backend(), renderer_->device(), made->reason});
  }

  Result<RenderReport> render(const EngineTask& task, const ProgressSink& progress, std::stop_token stop) override {
    open();
    if (!renderer_) return Error{ErrorCode::backend_unavailable, status().reason, ""};
    auto report = guarded([&] { return render_task(task, progress, stop); });
    if (!report) recover_from(report.error());
    return report;
  }

  EngineStatus status() const override {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  Result<RenderReport> render_task(const EngineTask& task, const ProgressSink& progress, const std::stop_token& stop);
  Result<FrameSettings> prepare(const EngineTask& task, const std::stop_token& stop);

  void recover_from(const Error& error) {
    if (error.code == ErrorCode::out_of_memory) source_.clear();
    if (error.code != ErrorCode::device_fault) return;
    renderer_.reset();
    say({false, "", "", "the device failed: " + error.message});
  }

  void say(EngineStatus status) {
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
  }

  RendererFactory factory_;
  std::unique_ptr<Renderer> renderer_;
  SceneSource source_;
  mutable std::mutex mutex_;
  EngineStatus status_{false, "", "", "the engine has not been opened yet"};
};

/// Loads and uploads what the task names.
Result<FrameSettings> LocalEngine::prepare(const EngineTask& task, const std::stop_token& stop) {
  const RenderRequest& request = task.request;
  const auto scene = source_.scene(task);
  if (!scene) return scene.error();
  if (stop.stop_requested()) return cancelled(task);
  auto environment = source_.environment(task, **scene);
  if (!environment) return environment.error();
  if (stop.stop_requested()) return cancelled(task);
  const float aspect = static_cast<float>(request.width) / static_cast<float>(request.height);
  const auto camera = scene::resolve_camera(**scene, request.camera, aspect);
  if (!camera) return camera.error();
  if (auto ready = renderer_->prepare(*scene, stop); !ready) return ready.error();

  FrameSettings frame;
  frame.width = request.width;
  frame.height = request.height;
  frame.samples_per_pixel = request.samples_per_pixel;
  frame.max_depth = request.max_depth;
  frame.seed = request.seed;
  frame.camera = *camera;
  frame.environment = std::move(*environment);
  frame.environment_rotation_rad = request.environment.rotation_deg * (std::numbers::pi_v<float> / 180);
  frame.environment_intensity = request.environment.intensity;
  frame.background = request.background;
  return frame;
}

Result<RenderReport> LocalEngine::render_task(const EngineTask& task, const ProgressSink& progress,
                                              const std::stop_token& stop) {
  RenderReport report;
  report.backend = renderer_->backend();

  const Stopwatch preparing;
  const auto frame = prepare(task, stop);
  if (!frame) return frame.error();
  report.prepare_s = preparing.seconds();

  const Stopwatch rendering;
  const auto image = render::render_frame(*renderer_, *frame, progress, stop);
  if (!image) return image.error();
  report.render_s = rendering.seconds();
  report.samples = std::uint64_t{frame->width} * frame->height * frame->samples_per_pixel;

  const Stopwatch encoding;
  const auto bytes = encode_picture(task, *image, report.render_s);
  if (!bytes) return bytes.error();
  if (stop.stop_requested()) return cancelled(task);
  if (auto written = write_file_atomically(task.result_file, *bytes); !written) return written.error();
  report.encode_s = encoding.seconds();
  report.result_bytes = bytes->size();
  report.result_sha256 = sha256_of(*bytes);
  return report;
}

}  // namespace

std::unique_ptr<Engine> make_local_engine(RendererFactory factory, LocalEngineOptions options) {
  return make_prompt_engine(std::make_unique<LocalEngine>(std::move(factory), options));
}

}  // namespace kiln::engine
