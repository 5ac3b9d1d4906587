#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kiln/renderer.h"

namespace kiln::engine::test {

/// What happened to the renderers of one test, and what they are to do.
struct RendererScript {
  int made = 0, prepared = 0, passes = 0;
  std::optional<FrameSettings> frame;  ///< of the last begin()
  std::shared_ptr<const Scene> scene;  ///< of the last prepare() that succeeded
  std::weak_ptr<const Scene> first_scene;
  std::optional<Error> prepare_error;
  std::function<void(const std::stop_token&)> on_prepare = [](const std::stop_token&) {};
  std::function<Result<void>()> on_pass = [] { return Result<void>(); };
};

/// Gives every pixel the radiance (1/2, 1/4, 1/8), whatever the scene.
class FakeRenderer final : public Renderer {
 public:
  explicit FakeRenderer(RendererScript& script) : script_(script) { ++script_.made; }

  std::string backend() const override { return "fake"; }
  std::string device() const override { return "no device"; }
  Result<void> prepare(std::shared_ptr<const Scene> scene, std::stop_token stop) override {
    ++script_.prepared;
    if (script_.prepared == 1) script_.first_scene = scene;
    const auto now = script_.on_prepare;  // the test may set the next one while this one runs
    now(stop);
    if (script_.prepare_error) return *script_.prepare_error;
    script_.scene = std::move(scene);
    return {};
  }
  Result<void> begin(const FrameSettings& settings) override {
    script_.frame = settings;
    sums_ = {settings.width, settings.height,
             std::vector<Vec4>(std::size_t{settings.width} * settings.height, Vec4{0, 0, 0, 0})};
    return {};
  }
  Result<void> render(const Pass& pass, std::stop_token) override {
    ++script_.passes;
    for (std::uint32_t i = pass.first_pixel; i < pass.first_pixel + pass.pixel_count; ++i) {
      const float n = static_cast<float>(pass.sample_count);
      Vec4& sum = sums_.pixels[i];
      sum = Vec4{sum.x + 0.5f * n, sum.y + 0.25f * n, sum.z + 0.125f * n, sum.w + n};
    }
    return script_.on_pass();
  }
  Result<LinearImage> read_accumulator() override { return sums_; }
  std::uint64_t rays_traced() const override { return 0; }

 private:
  RendererScript& script_;
  LinearImage sums_;
};

}  // namespace kiln::engine::test
