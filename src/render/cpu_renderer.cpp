#include "render/cpu_renderer.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <new>
#include <sched.h>
#include <thread>
#include <utility>

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

/// Embree picks its own code by these.
std::string vector_width() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return "AVX-512";
  if (__builtin_cpu_supports("avx2")) return "AVX2";
  if (__builtin_cpu_supports("avx")) return "AVX";
#endif
  return "no AVX";
}

class CpuPreparedScene final : public PreparedScene {
 public:
  CpuPreparedScene(std::shared_ptr<const Scene> scene, std::unique_ptr<const EmbreeScene> embree)
      : scene_(std::move(scene)), embree_(std::move(embree)), view_(make_scene_view(*scene_)) {}

  const Scene& scene() const override { return *scene_; }
  std::uint64_t bytes() const override { return embree_->bytes(); }
  const EmbreeScene& embree() const { return *embree_; }
  const SceneView& view() const { return view_; }

 private:
  std::shared_ptr<const Scene> scene_;
  std::unique_ptr<const EmbreeScene> embree_;
  SceneView view_;
};

class CpuRenderer final : public Renderer {
 public:
  explicit CpuRenderer(unsigned threads)
      : pool_(threads == 0 ? usable_processors() : threads), kernels_(choose_cpu_kernels()) {}

  std::string backend() const override { return "cpu"; }

  std::string device() const override {
    return processor_name() + ", " + std::to_string(pool_.size()) + (pool_.size() == 1 ? " thread" : " threads");
  }

  /// The number of threads too: of triangles that coincide, the one that is met depends on how Embree builds.
  std::string arithmetic() const override { return device() + ", " + kernels_.name + ", " + vector_width(); }

  Result<std::shared_ptr<const PreparedScene>> prepare(std::shared_ptr<const Scene> scene,
                                                       std::stop_token stop) override;
  Result<void> begin(std::shared_ptr<const PreparedScene> scene, const FrameSettings& settings) override;
  Result<void> restore(const LinearImage& accumulator) override;
  Result<void> choose_pixels(std::vector<std::uint32_t> pixels) override;
  Result<void> render(const Pass& pass, std::stop_token stop) override;
  Result<LinearImage> read_accumulator() override;
  Result<void> render_features(std::uint32_t first_pixel, std::uint32_t sample_count, std::span<PixelFeatures> out,
                               std::stop_token stop) override;
  Result<LinearImage> denoise(const LinearImage& picture, std::span<const Guide> guides,
                              const std::function<Result<void>()>& at_work, std::stop_token stop) override;
  void end() override;
  std::uint64_t rays_traced() const override { return rays_; }

 private:
  CpuWork work_on(const Pass& pass);
  void share(std::uint32_t count, std::uint32_t run, const std::stop_token& stop,
             const std::function<void(std::uint32_t first, std::uint32_t count)>& work);

  ThreadPool pool_;
  const CpuKernels kernels_;
  std::shared_ptr<const CpuPreparedScene> scene_;  ///< null: no frame was begun
  FrameSettings settings_;
  std::vector<Vec4> accumulator_;
  std::vector<std::uint32_t> chosen_pixels_;  ///< empty: all
  std::atomic<std::uint64_t> rays_ = 0;
};

Result<std::shared_ptr<const PreparedScene>> build(std::shared_ptr<const Scene> scene, unsigned threads,
                                                   const std::stop_token& stop) {
  try {
    auto embree = EmbreeScene::build(*scene, threads, stop);
    if (!embree) return embree.error();
    return std::make_shared<const CpuPreparedScene>(std::move(scene), std::move(*embree));
  } catch (const std::bad_alloc&) {
    return out_of_memory("the scene");
  }
}

/// On a thread of its own, because the pool may be busy with a frame, and because Embree's threads inherit its
/// priority.
Result<std::shared_ptr<const PreparedScene>> CpuRenderer::prepare(std::shared_ptr<const Scene> scene,
                                                                  std::stop_token stop) {
  Result<std::shared_ptr<const PreparedScene>> built = out_of_memory("the scene");
  std::jthread([&] {
    lower_thread_priority();
    built = build(std::move(scene), pool_.size(), stop);
  }).join();
  return built;
}

Result<void> CpuRenderer::begin(std::shared_ptr<const PreparedScene> scene, const FrameSettings& settings) {
  scene_ = std::dynamic_pointer_cast<const CpuPreparedScene>(std::move(scene));
  if (!scene_) return Error{ErrorCode::internal, "The scene was not prepared by the CPU renderer.", {}};
  settings_ = settings;
  chosen_pixels_.clear();
  rays_ = 0;
  try {
    accumulator_.assign(std::size_t{settings.width} * settings.height, Vec4{});
  } catch (const std::exception&) {  // std::length_error too
    end();
    return out_of_memory("the picture");
  }
  return {};
}

Result<void> CpuRenderer::restore(const LinearImage& accumulator) {
  if (!scene_ || accumulator.width != settings_.width || accumulator.height != settings_.height ||
      accumulator.pixels.size() != accumulator_.size()) {
    return Error{ErrorCode::internal, "The accumulator is not one of the frame that was begun.", {}};
  }
  std::ranges::copy(accumulator.pixels, accumulator_.begin());
  return {};
}

Result<void> CpuRenderer::choose_pixels(std::vector<std::uint32_t> pixels) {
  if (!scene_) return Error{ErrorCode::internal, "No frame was begun.", {}};
  chosen_pixels_ = std::move(pixels);
  return {};
}

void CpuRenderer::end() {
  scene_.reset();
  accumulator_ = {};
  chosen_pixels_ = {};
  settings_ = {};
}

CpuWork CpuRenderer::work_on(const Pass& pass) {
  CpuWork work;
  work.scene = scene_->view();
  work.scene.environment = make_environment_view(settings_);
  work.frame = make_frame_view(settings_, scene_->scene());
  work.embree = scene_->embree().handle();
  work.geometries = scene_->embree().geometries();
  work.accumulator = accumulator_.data();
  work.pixels = chosen_pixels_.empty() ? nullptr : chosen_pixels_.data();
  work.first_sample = pass.first_sample;
  work.sample_count = pass.sample_count;
  return work;
}

Error cancelled() { return {ErrorCode::cancelled, "The render was cancelled.", {}}; }

/// Threads take runs of `run` out of `count` from a common counter until none is left.
void CpuRenderer::share(std::uint32_t count, std::uint32_t run, const std::stop_token& stop,
                        const std::function<void(std::uint32_t, std::uint32_t)>& work) {
  std::atomic<std::uint32_t> next = 0;
  pool_.run([&](unsigned) {
    for (std::uint32_t first = next.fetch_add(run); first < count && !stop.stop_requested();
         first = next.fetch_add(run)) {
      work(first, std::min(run, count - first));
    }
  });
}

/// So many pixels that a thread takes at once, for `sample_count` samples of each.
std::uint32_t run_length(std::uint32_t sample_count) {
  constexpr std::uint32_t kSamplesAtOnce = 512;
  return std::clamp(kSamplesAtOnce / std::max(1u, sample_count), 1u, 64u);
}

/// Each pixel belongs to one thread, which adds its samples in order.
Result<void> CpuRenderer::render(const Pass& pass, std::stop_token stop) {
  if (!scene_) return Error{ErrorCode::internal, "No frame was begun.", {}};
  const CpuWork whole = work_on(pass);
  share(pass.pixel_count, run_length(pass.sample_count), stop, [&](std::uint32_t first, std::uint32_t count) {
    CpuWork work = whole;
    work.first_pixel = pass.first_pixel + first;
    work.pixel_count = count;
    rays_ += kernels_.render(work);
  });
  if (stop.stop_requested()) return cancelled();
  return {};
}

Result<void> CpuRenderer::render_features(std::uint32_t first_pixel, std::uint32_t sample_count,
                                          std::span<PixelFeatures> out, std::stop_token stop) {
  if (!scene_) return Error{ErrorCode::internal, "No frame was begun.", {}};
  const CpuWork whole = work_on({first_pixel, static_cast<std::uint32_t>(out.size()), 0, sample_count});
  const auto pixels = static_cast<std::uint32_t>(out.size());
  share(pixels, run_length(sample_count), stop, [&](std::uint32_t first, std::uint32_t count) {
    CpuWork work = whole;
    work.first_pixel = first_pixel + first;
    work.pixel_count = count;
    work.features = out.data() + first;
    rays_ += kernels_.features(work);
  });
  if (stop.stop_requested()) return cancelled();
  return {};
}

/// Runs of pixels; after some thousand of them `at_work` is called.
Result<LinearImage> CpuRenderer::denoise(const LinearImage& picture, std::span<const Guide> guides,
                                         const std::function<Result<void>()>& at_work, std::stop_token stop) try {
  constexpr std::uint32_t kRun = 64, kAtOnce = 16384;
  const auto pixels = static_cast<std::uint32_t>(picture.pixels.size());
  if (guides.size() != pixels) return Error{ErrorCode::internal, "Each pixel needs a guide.", {}};
  LinearImage out{picture.width, picture.height, std::vector<Vec4>(pixels)};
  std::vector<Vec4> work1(pixels), work2(pixels);
  const DenoiseView view{picture.pixels.data(), guides.data(), work1.data(),  work2.data(),
                         out.pixels.data(),     picture.width, picture.height};
  for (std::uint32_t step = 0; step < kDenoiseSteps; ++step) {
    for (std::uint32_t done = 0; done < pixels; done += std::min(kAtOnce, pixels - done)) {
      share(std::min(kAtOnce, pixels - done), kRun, stop,
            [&](std::uint32_t first, std::uint32_t count) { kernels_.denoise(view, step, done + first, count); });
      if (stop.stop_requested()) return cancelled();
      if (auto go_on = at_work(); !go_on) return go_on.error();
    }
  }
  return out;
} catch (const std::bad_alloc&) {
  return out_of_memory("the denoised picture");
}

Result<LinearImage> CpuRenderer::read_accumulator() {
  if (!scene_) return Error{ErrorCode::internal, "No frame was begun.", {}};
  try {
    return LinearImage{settings_.width, settings_.height, accumulator_};
  } catch (const std::bad_alloc&) {
    return out_of_memory("the picture");
  }
}

}  // namespace

std::unique_ptr<Renderer> make_cpu_renderer(unsigned threads) { return std::make_unique<CpuRenderer>(threads); }

}  // namespace kiln::render
