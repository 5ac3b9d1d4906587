#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kiln/renderer.h"

namespace kiln::engine::test {

/// What happened to the renderers of one test, and what they are to do. What prepare() does is read when it begins.
struct RendererScript {
  std::atomic<int> made = 0, prepared = 0, passes = 0, trimmed = 0, feature_passes = 0, denoised = 0;
  std::optional<FrameSettings> frame;      ///< of the last begin()
  std::shared_ptr<const Scene> scene;      ///< likewise
  std::weak_ptr<const Scene> first_scene;  ///< that was to be prepared
  std::optional<Error> prepare_error;
  std::function<void(const std::stop_token&)> on_prepare = [](const std::stop_token&) {};
  std::function<Result<void>()> on_pass = [] { return Result<void>(); };
  std::function<Result<void>()> on_read = [] { return Result<void>(); };
  std::uint64_t prepared_bytes = 0;
  std::string arithmetic = "exact";
};

class FakePreparedScene final : public PreparedScene {
 public:
  FakePreparedScene(std::shared_ptr<const Scene> scene, std::uint64_t bytes)
      : scene_(std::move(scene)), bytes_(bytes) {}
  const Scene& scene() const override { return *scene_; }
  std::uint64_t bytes() const override { return bytes_; }
  const std::shared_ptr<const Scene>& shared_scene() const { return scene_; }

 private:
  std::shared_ptr<const Scene> scene_;
  std::uint64_t bytes_;
};

/// Gives every pixel the radiance (1/2, 1/4, 1/8), whatever the scene.
class FakeRenderer final : public Renderer {
 public:
  explicit FakeRenderer(RendererScript& script) : script_(script) { ++script_.made; }

  std::string backend() const override { return "fake"; }
  std::string device() const override { return "no device"; }
  std::string arithmetic() const override { return script_.arithmetic; }

  Result<std::shared_ptr<const PreparedScene>> prepare(std::shared_ptr<const Scene> scene,
                                                       std::stop_token stop) override {
    if (++script_.prepared == 1) script_.first_scene = scene;
    const auto now = script_.on_prepare;  // the test may set the next one while this one runs
    const auto error = script_.prepare_error;
    const std::uint64_t bytes = script_.prepared_bytes;
    now(stop);
    if (error) return *error;
    return std::make_shared<const FakePreparedScene>(std::move(scene), bytes);
  }
  Result<void> begin(std::shared_ptr<const PreparedScene> scene, const FrameSettings& settings) override {
    script_.frame = settings;
    chosen_.clear();
    script_.scene = dynamic_cast<const FakePreparedScene&>(*scene).shared_scene();
    sums_ = {settings.width, settings.height,
             std::vector<Vec4>(std::size_t{settings.width} * settings.height, Vec4{0, 0, 0, 0})};
    return {};
  }
  Result<void> restore(const LinearImage& accumulator) override {
    sums_ = accumulator;
    return {};
  }
  Result<void> choose_pixels(std::vector<std::uint32_t> pixels) override {
    chosen_ = std::move(pixels);
    return {};
  }
  Result<void> render(const Pass& pass, std::stop_token) override {
    ++script_.passes;
    for (std::uint32_t at = pass.first_pixel; at < pass.first_pixel + pass.pixel_count; ++at) {
      const std::uint32_t i = chosen_.empty() ? at : chosen_.at(at);
      const float n = static_cast<float>(pass.sample_count);
      Vec4& sum = sums_.pixels[i];
      sum = Vec4{sum.x + 0.5f * n, sum.y + 0.25f * n, sum.z + 0.125f * n, sum.w + n};
    }
    return script_.on_pass();
  }
  Result<LinearImage> read_accumulator() override {
    if (auto read = script_.on_read(); !read) return read.error();
    return sums_;
  }
  Result<void> render_features(std::uint32_t, std::uint32_t, std::span<PixelFeatures> out, std::stop_token) override {
    ++script_.feature_passes;
    for (PixelFeatures& f : out) f.albedo = {0.5f, 0.5f, 0.5f};
    return script_.on_pass();
  }
  Result<LinearImage> denoise(const LinearImage& picture, std::span<const Guide>,
                              const std::function<Result<void>()>& at_work, std::stop_token) override {
    ++script_.denoised;
    if (auto go_on = at_work(); !go_on) return go_on.error();
    return picture;
  }
  void end() override { sums_ = {}; }
  void trim() override { ++script_.trimmed; }
  std::uint64_t rays_traced() const override { return 0; }

 private:
  RendererScript& script_;
  LinearImage sums_;
  std::vector<std::uint32_t> chosen_;  ///< empty: all
};

}  // namespace kiln::engine::test
