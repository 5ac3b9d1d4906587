#include "render/cpu_renderer.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <new>
#include <sched.h>

#include "render/cpu_kernel.h"
#include "render/embree_scene.h"
#include "render/scene_view.h"
#include "render/thread_pool.h"

namespace kiln::render {
namespace {

/// The processors that this process may use; a container's set can be smaller than the machine's.
unsigned usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
  return std::max(1u, std::thread::hardware_concurrency());
}

std::string processor_name() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "CPU";
}

Error out_of_memory(const char* what) {
  return {ErrorCode::out_of_memory, std::string("There is not enough memory for ") + what + ".", {}};
}

class CpuRenderer final : public Renderer {
 public:
  explicit CpuRenderer(unsigned threads)
      : pool_(threads == 0 ? usable_processors() : threads), kernel_(choose_cpu_kernel()) {}

  std::string backend() const override { return "cpu"; }

  std::string device() const override {
    return processor_name() + ", " + std::to_string(pool_.size()) + (pool_.size() == 1 ? " thread" : " threads");
  }

  Result<void> prepare(std::shared_ptr<const Scene> scene, std::stop_token stop) override;
  Result<void> begin(const FrameSettings& settings) override;
  Result<void> render(const Pass& pass, std::stop_token stop) override;
  Result<LinearImage> read_accumulator() override;
  std::uint64_t rays_traced() const override { return rays_; }

 private:
  CpuWork work_on(const Pass& pass);

  ThreadPool pool_;
  CpuKernel kernel_;
  std::shared_ptr<const Scene> scene_;
  std::unique_ptr<EmbreeScene> embree_;
  FrameSettings settings_;
  std::vector<Vec4> accumulator_;
  std::atomic<std::uint64_t> rays_ = 0;
};

Result<void> CpuRenderer::prepare(std::shared_ptr<const Scene> scene, std::stop_token stop) {
  if (scene == scene_) return {};
  scene_.reset();
  embree_.reset();
  Result<std::unique_ptr<EmbreeScene>> built = out_of_memory("the scene");
  pool_.run([&](unsigned thread) {
    if (thread != 0) return;
    try {
      built = EmbreeScene::build(*scene, pool_.size(), stop);
    } catch (const std::bad_alloc&) {
    }
  });
  if (!built) return built.error();
  embree_ = std::move(*built);
  scene_ = std::move(scene);
  return {};
}

Result<void> CpuRenderer::begin(const FrameSettings& settings) {
  settings_ = settings;
  rays_ = 0;
  try {
    accumulator_.assign(std::size_t{settings.width} * settings.height, Vec4{});
  } catch (const std::bad_alloc&) {
    return out_of_memory("the picture");
  }
  return {};
}

CpuWork CpuRenderer::work_on(const Pass& pass) {
  CpuWork work;
  work.scene = make_scene_view(*scene_);
  work.scene.environment = make_environment_view(settings_);
  work.frame = make_frame_view(settings_);
  work.embree = embree_->handle();
  work.geometries = embree_->geometries();
  work.accumulator = accumulator_.data();
  work.first_sample = pass.first_sample;
  work.sample_count = pass.sample_count;
  return work;
}

/// Threads take short runs of pixels from a common counter until none is left: each pixel belongs to one thread, which
/// adds its samples in order.
Result<void> CpuRenderer::render(const Pass& pass, std::stop_token stop) {
  constexpr std::uint32_t kSamplesAtOnce = 512;
  const std::uint32_t run = std::clamp(kSamplesAtOnce / std::max(1u, pass.sample_count), 1u, 64u);
  const CpuWork whole = work_on(pass);
  std::atomic<std::uint32_t> next = 0;
  pool_.run([&](unsigned) {
    CpuWork work = whole;
    std::uint64_t rays = 0;
    for (std::uint32_t first = next.fetch_add(run); first < pass.pixel_count && !stop.stop_requested();
         first = next.fetch_add(run)) {
      work.first_pixel = pass.first_pixel + first;
      work.pixel_count = std::min(run, pass.pixel_count - first);
      rays += kernel_(work);
    }
    rays_ += rays;
  });
  if (stop.stop_requested()) return Error{ErrorCode::cancelled, "The render was cancelled.", {}};
  return {};
}

Result<LinearImage> CpuRenderer::read_accumulator() {
  try {
    return LinearImage{settings_.width, settings_.height, accumulator_};
  } catch (const std::bad_alloc&) {
    return out_of_memory("the picture");
  }
}

}  // namespace

std::unique_ptr<Renderer> make_cpu_renderer(unsigned threads) { return std::make_unique<CpuRenderer>(threads); }

}  // namespace kiln::render
