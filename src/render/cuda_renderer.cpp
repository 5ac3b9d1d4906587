#include "render/cuda_renderer.h"

#include <cuda_runtime_api.h>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/cuda/render_pass.h"

#include "render/cuda_denoise.h"
#include "render/cuda_device.h"
#include "render/cuda_error.h"
#include "render/cuda_scene.h"
#include "render/scene_view.h"

namespace kiln::render {
namespace {

/// A device fault is sticky: the first one is kept and given back ever after. Any thread.
class FaultNote {
 public:
  std::optional<Error> get() const {
    const std::lock_guard lock(mutex_);
    return fault_;
  }
  void keep_if_fault(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (error.code == ErrorCode::device_fault && !fault_) fault_ = error;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Error> fault_;
};

class CudaPreparedScene final : public PreparedScene {
 public:
  CudaPreparedScene(std::shared_ptr<const Scene> scene, DeviceScene device_scene, int device_index)
      : scene_(std::move(scene)), device_scene_(std::move(device_scene)), device_index_(device_index) {}
  ~CudaPreparedScene() override { cudaSetDevice(device_index_); }  // for the buffers, which go on whatever thread

  const Scene& scene() const override { return *scene_; }
  std::uint64_t bytes() const override { return device_scene_.arrays.bytes(); }
  const DeviceScene& device_scene() const { return device_scene_; }

 private:
  std::shared_ptr<const Scene> scene_;
  DeviceScene device_scene_;
  int device_index_;
};

class CudaRenderer final : public Renderer {
 public:
  CudaRenderer(CudaDevice device, Stream stream) : device_(std::move(device)), stream_(std::move(stream)) {}
  ~CudaRenderer() override { cudaSetDevice(device_.index); }  // for the members, which go on whatever thread

  std::string backend() const override { return "cuda"; }
  std::string device() const override { return device_.name; }
  std::string arithmetic() const override {
    return device_.name + ", compute capability " + device_.compute_capability;
  }

  Result<std::shared_ptr<const PreparedScene>> prepare(std::shared_ptr<const Scene> scene,
                                                       std::stop_token stop) override {
    std::shared_ptr<const PreparedScene> prepared;
    const auto done = guarded([&] { return prepare_scene(std::move(scene), stop, prepared); });
    if (!done) return done.error();
    return prepared;
  }
  Result<void> begin(std::shared_ptr<const PreparedScene> scene, const FrameSettings& settings) override {
    const auto begun = guarded([&] { return begin_frame(std::move(scene), settings); });
    if (!begun) end();
    return begun;
  }
  Result<void> restore(const LinearImage& accumulator) override {
    return guarded([&] { return upload_accumulator(accumulator); });
  }
  Result<void> choose_pixels(std::vector<std::uint32_t> pixels) override {
    return guarded([&] { return upload_chosen_pixels(pixels); });
  }
  Result<void> render(const Pass& pass, std::stop_token stop) override {
    return guarded([&] { return render_pass(pass, stop); });
  }
  Result<LinearImage> read_accumulator() override {
    LinearImage image;
    const auto read = guarded([&] { return copy_accumulator(image); });
    if (!read) return read.error();
    return image;
  }
  Result<void> render_features(std::uint32_t first_pixel, std::uint32_t sample_count, std::span<PixelFeatures> out,
                               std::stop_token stop) override {
    return guarded([&] { return feature_pass(first_pixel, sample_count, out, stop); });
  }
  Result<LinearImage> denoise(const LinearImage& picture, std::span<const Guide> guides,
                              const std::function<Result<void>()>& at_work, std::stop_token stop) override {
    LinearImage denoised;
    const auto done = guarded([&]() -> Result<void> {
      auto filtered = denoise_on_device(picture, guides, stream_, at_work, stop);
      if (!filtered) return filtered.error();
      denoised = std::move(*filtered);
      return {};
    });
    if (!done) return done.error();
    return denoised;
  }
  void end() override {
    cudaSetDevice(device_.index);
    features_.release();
    pass_ = {};
    scene_ = nullptr;
    accumulator_.release();
    chosen_pixels_.release();
  }
  void trim() override {
    cudaSetDevice(device_.index);
    environment_ = nullptr;
    device_environment_ = {};
  }
  std::uint64_t rays_traced() const override { return rays_; }

 private:
  /// Runs one step on this renderer's device; any thread.
  template <class Step>
  Result<void> guarded(Step&& step) {
    if (auto fault = fault_.get()) return *fault;
    Result<void> done = check_cuda(cudaSetDevice(device_.index), "choosing the GPU");
    if (done) done = step();
    if (!done) fault_.keep_if_fault(done.error());
    return done;
  }

  /// On a stream of its own: it comes beside the passes of the frame under way.
  Result<void> prepare_scene(std::shared_ptr<const Scene> scene, const std::stop_token& stop,
                             std::shared_ptr<const PreparedScene>& prepared) const {
    const auto bvh = build_bvh(*scene, stop);
    if (!bvh) return bvh.error();
    const auto stream = Stream::create();
    if (!stream) return stream.error();
    auto uploaded = upload_scene(*scene, *bvh, *stream, stop);
    if (!uploaded) return uploaded.error();
    if (auto copied = stream->wait("copying the scene to the GPU", stop); !copied) return copied;
    prepared = std::make_shared<const CudaPreparedScene>(std::move(scene), std::move(*uploaded), device_.index);
    return {};
  }

  Result<void> prepare_environment(std::shared_ptr<const EnvironmentImage> image) {
    if (environment_ == image) return {};
    environment_ = nullptr;
    device_environment_ = {};
    if (!image) return {};
    auto uploaded = upload_environment(*image, stream_);
    if (!uploaded) return uploaded.error();
    device_environment_ = std::move(*uploaded);
    environment_ = std::move(image);
    return {};
  }

  Result<void> begin_frame(std::shared_ptr<const PreparedScene> scene, const FrameSettings& settings) {
    pass_ = {};
    scene_ = std::dynamic_pointer_cast<const CudaPreparedScene>(std::move(scene));
    if (!scene_) return Error{ErrorCode::internal, "the scene was not prepared by the CUDA renderer", ""};
    if (const auto there = prepare_environment(settings.environment); !there) return there;
    if (const auto there = prepare_accumulator(settings); !there) return there;
    pass_.scene = scene_->device_scene().view;
    pass_.scene.environment = device_environment_.view;
    pass_.scene.environment.rotation_rad = settings.environment_rotation_rad;
    pass_.scene.environment.intensity = settings.environment_intensity;
    pass_.bvh = scene_->device_scene().bvh;
    pass_.frame = make_frame_view(settings, scene_->scene());
    pass_.accumulator = static_cast<Vec4*>(accumulator_.data());
    pass_.rays = static_cast<unsigned long long*>(ray_count_.data());
    rays_ = 0;
    return stream_.wait("clearing the picture");
  }

  /// A buffer of the frame's size, all zero.
  Result<void> prepare_accumulator(const FrameSettings& settings) {
    const std::size_t bytes = std::size_t{settings.width} * settings.height * sizeof(Vec4);
    if (accumulator_.bytes() != bytes) {
      accumulator_.release();
      auto allocated = DeviceBuffer::allocate(bytes, "the picture");
      if (!allocated) return allocated.error();
      accumulator_ = std::move(*allocated);
    }
    if (!ray_count_.data()) {
      auto allocated = DeviceBuffer::allocate(sizeof(unsigned long long), "the ray counter");
      if (!allocated) return allocated.error();
      ray_count_ = std::move(*allocated);
    }
    const auto clear = [this](const DeviceBuffer& b) {
      return check_cuda(cudaMemsetAsync(b.data(), 0, b.bytes(), stream_.get()), "clearing the picture");
    };
    if (const auto cleared = clear(accumulator_); !cleared) return cleared;
    return clear(ray_count_);
  }

  /// No pass reads what was freed: until a begin() succeeds there is nothing to add to.
  Result<void> check_begun() const {
    if (pass_.accumulator) return {};
    return Error{ErrorCode::internal, "there is no frame: begin() must succeed first", ""};
  }

  Result<void> render_pass(const Pass& pass, const std::stop_token& stop) {
    if (const auto begun = check_begun(); !begun) return begun;
    if (stop.stop_requested()) return Error{ErrorCode::cancelled, "rendering was cancelled", ""};
    pass_.first_pixel = pass.first_pixel;
    pass_.pixel_count = pass.pixel_count;
    pass_.first_sample = pass.first_sample;
    pass_.sample_count = pass.sample_count;
    if (const auto launched = check_cuda(launch_render_pass(pass_, stream_.get()), "starting a pass"); !launched) {
      return launched;
    }
    return stream_.wait("rendering", stop);
  }

  Result<void> feature_pass(std::uint32_t first_pixel, std::uint32_t sample_count, std::span<PixelFeatures> out,
                            const std::stop_token& stop) {
    if (const auto begun = check_begun(); !begun) return begun;
    if (features_.bytes() < out.size_bytes()) {
      features_.release();
      auto allocated = DeviceBuffer::allocate(out.size_bytes(), "the picture's features");
      if (!allocated) return allocated.error();
      features_ = std::move(*allocated);
    }
    FeaturePass pass;
    pass.scene = pass_.scene, pass.bvh = pass_.bvh, pass.frame = pass_.frame;
    pass.features = static_cast<PixelFeatures*>(features_.data());
    pass.pixels = pass_.pixels;
    pass.first_pixel = first_pixel;
    pass.pixel_count = static_cast<std::uint32_t>(out.size());
    pass.sample_count = sample_count;
    Result<void> done = check_cuda(launch_feature_pass(pass, stream_.get()), "starting a pass");
    if (done) done = stream_.wait("tracing the picture's features", stop);
    if (!done) return done;
    done = check_cuda(
        cudaMemcpyAsync(out.data(), features_.data(), out.size_bytes(), cudaMemcpyDeviceToHost, stream_.get()),
        "copying the picture's features from the GPU");
    return done ? stream_.wait("copying the picture's features from the GPU") : done;
  }

  Result<void> upload_accumulator(const LinearImage& image) {
    if (const auto begun = check_begun(); !begun) return begun;
    const auto bytes = std::as_bytes(std::span(image.pixels));
    if (image.width != pass_.frame.width || image.height != pass_.frame.height ||
        bytes.size() != accumulator_.bytes()) {
      return Error{ErrorCode::internal, "the accumulator is not one of the frame that was begun", ""};
    }
    const auto copied = check_cuda(
        cudaMemcpyAsync(accumulator_.data(), bytes.data(), bytes.size(), cudaMemcpyHostToDevice, stream_.get()),
        "copying the picture to the GPU");
    if (!copied) return copied;
    return stream_.wait("copying the picture to the GPU");
  }

  Result<void> upload_chosen_pixels(const std::vector<std::uint32_t>& pixels) {
    if (const auto begun = check_begun(); !begun) return begun;
    pass_.pixels = nullptr;
    chosen_pixels_.release();
    if (pixels.empty()) return {};
    auto uploaded = upload_bytes(std::as_bytes(std::span(pixels)), "the pixels to render", stream_, {});
    if (!uploaded) return uploaded.error();
    chosen_pixels_ = std::move(*uploaded);
    pass_.pixels = static_cast<const std::uint32_t*>(chosen_pixels_.data());
    return {};
  }

  Result<void> copy_accumulator(LinearImage& image) {
    if (const auto begun = check_begun(); !begun) return begun;
    image.width = pass_.frame.width;
    image.height = pass_.frame.height;
    image.pixels.resize(accumulator_.bytes() / sizeof(Vec4));
    unsigned long long rays = 0;
    const auto copy = [this](void* to, const DeviceBuffer& from, std::size_t bytes) {
      return check_cuda(cudaMemcpyAsync(to, from.data(), bytes, cudaMemcpyDeviceToHost, stream_.get()),
                        "copying the picture from the GPU");
    };
    Result<void> done = copy(image.pixels.data(), accumulator_, accumulator_.bytes());
    if (done) done = copy(&rays, ray_count_, sizeof(rays));
    if (done) done = stream_.wait("copying the picture from the GPU");
    if (done) rays_ = rays;
    return done;
  }

  CudaDevice device_;
  Stream stream_;
  std::shared_ptr<const CudaPreparedScene> scene_;  ///< of the frame under way
  std::shared_ptr<const EnvironmentImage> environment_;
  DeviceEnvironment device_environment_;
  DeviceBuffer accumulator_, ray_count_, features_;
  DeviceBuffer chosen_pixels_;  ///< empty: all
  RenderPass pass_;
  std::uint64_t rays_ = 0;  ///< as of the last read_accumulator(): reading it for itself would cost a wait
  FaultNote fault_;
};

}  // namespace

Result<std::unique_ptr<Renderer>> make_cuda_renderer(int device_index) {
  auto device = open_cuda_device(device_index);
  if (!device) return device.error();
  auto stream = Stream::create();
  if (!stream) return stream.error();
  return std::unique_ptr<Renderer>(std::make_unique<CudaRenderer>(std::move(*device), std::move(*stream)));
}

}  // namespace kiln::render
