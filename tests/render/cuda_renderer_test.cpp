#include "render/cuda_renderer.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <thread>

#include "bvh_reference.h"
#include "scene/samples.h"

/// What the GPU draws, against the same kernels over the same tree compiled for the CPU. Where there is no GPU all but
/// the first test are skipped.
namespace kiln::render {
namespace {

TEST(CudaRenderer, SaysWhatIsMissingWhereItCannotWork) {
  const auto none = make_cuda_renderer(1000);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::backend_unavailable);
  EXPECT_NE(none.error().message, "");
  for (const char* jargon : {"cudaError", "(null)"}) {
    EXPECT_EQ(none.error().message.find(jargon), std::string::npos) << none.error().message;
  }
}

std::shared_ptr<const Scene> sample(std::string_view name) {
  auto scene = make_sample(name);
  EXPECT_TRUE(scene) << scene.error().message;
  return *scene;
}

class OnTheGpu : public testing::Test {
 protected:
  void SetUp() override {
    if (context_is_lost_)
      GTEST_SKIP() << "KeepsReportingADeviceFault has spoilt this process; ctest gives each its own";
    auto made = make_cuda_renderer();
    if (!made) GTEST_SKIP() << "no GPU to test on: " << made.error().message;
    renderer_ = std::move(*made);
  }

  inline static bool context_is_lost_ = false;

  Renderer& renderer() { return *renderer_; }

  /// Renders all samples in one pass.
  LinearImage sums(const std::shared_ptr<const Scene>& scene, const FrameSettings& frame) {
    return sums_in(scene, frame, {{0, frame.width * frame.height, 0, frame.samples_per_pixel}});
  }

  LinearImage sums_in(const std::shared_ptr<const Scene>& scene, const FrameSettings& frame,
                      const std::vector<Pass>& passes) {
    const auto prepared = renderer_->prepare(scene, {});
    Result<void> done = prepared ? renderer_->begin(*prepared, frame) : prepared.error();
    for (const Pass& pass : passes) {
      if (done) done = renderer_->render(pass, {});
    }
    EXPECT_TRUE(done) << done.error().message;
    if (!done) return {};
    auto image = renderer_->read_accumulator();
    EXPECT_TRUE(image) << image.error().message;
    return image ? std::move(*image) : LinearImage{};
  }

 private:
  std::unique_ptr<Renderer> renderer_;
};

class SampleOnTheGpu : public OnTheGpu, public testing::WithParamInterface<std::string_view> {};

TEST_P(SampleOnTheGpu, LooksAsItDoesFromTheSameKernelsOnTheCpu) {
  const auto scene = sample(GetParam());
  const FrameSettings frame = frame_of(*scene, 96, 64, 16);
  const LinearImage gpu = sums(scene, frame), cpu = reference_sums(*scene, frame);
  ASSERT_EQ(gpu.pixels.size(), cpu.pixels.size());
  // The same random numbers, but other roundings: some paths take another turn, their pixel then differs.
  EXPECT_LT(share_of_differing_pixels(gpu, cpu), 0.1);
  const Vec4 ours = mean_of(gpu), theirs = mean_of(cpu);
  EXPECT_NEAR(luminance(xyz(ours)), luminance(xyz(theirs)), 0.01f * luminance(xyz(theirs)));
  EXPECT_NEAR(ours.w, theirs.w, 1e-3f * theirs.w);
  EXPECT_GT(renderer().rays_traced(), 0u);
}

INSTANTIATE_TEST_SUITE_P(CudaRenderer, SampleOnTheGpu, testing::ValuesIn(sample_names()), [](const auto& name_of) {
  std::string name(name_of.param);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST_F(OnTheGpu, GivesTheSameBytesForAnySplitIntoPasses) {
  const auto scene = sample("cornell-box");
  const FrameSettings frame = frame_of(*scene, 61, 43, 24);
  const std::uint32_t pixels = frame.width * frame.height;
  const LinearImage whole = sums(scene, frame);
  std::vector<Pass> passes;
  for (std::uint32_t s = 0; s < 24; s += 8) {
    passes.push_back({1000, pixels - 1000, s, 8});
    passes.push_back({0, 1000, s, 3});
    passes.push_back({0, 1000, s + 3, 5});
  }
  const LinearImage split = sums_in(scene, frame, passes);
  ASSERT_EQ(whole.pixels.size(), split.pixels.size());
  EXPECT_EQ(std::memcmp(whole.pixels.data(), split.pixels.data(), whole.pixels.size() * sizeof(Vec4)), 0);
  EXPECT_GT(mean_of(whole).x, 0);
}

TEST_F(OnTheGpu, RendersTheChosenPixelsOnly) {
  const auto scene = sample("cornell-box");
  const FrameSettings frame = frame_of(*scene, 61, 43, 8);
  const std::uint32_t pixels = frame.width * frame.height;
  const LinearImage whole = sums(scene, frame), half = sums_in(scene, frame, {{0, pixels, 0, 4}});
  const auto prepared = renderer().prepare(scene, {});
  ASSERT_TRUE(prepared);
  ASSERT_TRUE(renderer().begin(*prepared, frame));
  std::vector<std::uint32_t> chosen;
  for (std::uint32_t pixel = 1; pixel < pixels; pixel += 3) chosen.push_back(pixel);
  ASSERT_TRUE(renderer().render({0, pixels, 0, 4}, {}));
  ASSERT_TRUE(renderer().choose_pixels(chosen));
  ASSERT_TRUE(renderer().render({100, static_cast<std::uint32_t>(chosen.size()) - 100, 4, 4}, {}));
  ASSERT_TRUE(renderer().render({0, 100, 4, 4}, {}));
  const auto some = renderer().read_accumulator();
  ASSERT_TRUE(some);
  for (std::uint32_t pixel = 0; pixel < pixels; ++pixel) {
    const Vec4& expected = (pixel % 3 == 1 ? whole : half).pixels[pixel];
    ASSERT_EQ(std::memcmp(&some->pixels[pixel], &expected, sizeof(Vec4)), 0) << pixel;
  }
}

TEST_F(OnTheGpu, StartsEachFrameFromZero) {
  const auto scene = sample("cornell-box");
  const FrameSettings frame = frame_of(*scene, 32, 32, 2);
  const LinearImage first = sums(scene, frame), second = sums(scene, frame);
  ASSERT_FALSE(first.pixels.empty());
  EXPECT_EQ(std::memcmp(first.pixels.data(), second.pixels.data(), first.pixels.size() * sizeof(Vec4)), 0);
}

TEST_F(OnTheGpu, ReturnsFromAPassThatIsCancelledAndRendersTheNextFrame) {
  const auto scene = sample("cornell-box");
  const FrameSettings large = frame_of(*scene, 1024, 1024, 1024);
  const auto prepared = renderer().prepare(scene, {});
  ASSERT_TRUE(prepared);
  ASSERT_TRUE(renderer().begin(*prepared, large));
  std::stop_source stop;
  std::jthread canceller([&stop] { stop.request_stop(); });
  const auto cancelled = renderer().render({0, 1024 * 1024, 0, 1024}, stop.get_token());
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, ErrorCode::cancelled);

  const FrameSettings frame = frame_of(*scene, 32, 32, 2);
  const LinearImage after = sums(scene, frame);
  EXPECT_LT(share_of_differing_pixels(after, reference_sums(*scene, frame)), 0.1);
}

TEST_F(OnTheGpu, StopsPreparingWhenAskedToAndPreparesAgain) {
  const auto scene = sample("terrain");
  int stopped = 0;
  for (int delay_us = 0; delay_us < 100'000; delay_us = 4 * delay_us + 500) {  // wherever in the build the stop comes
    std::stop_source stop;
    if (delay_us == 0) stop.request_stop();
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(delay_us));
      stop.request_stop();
    });
    const auto prepared = renderer().prepare(scene, stop.get_token());
    if (prepared) break;
    ++stopped;
    EXPECT_EQ(prepared.error().code, ErrorCode::cancelled) << prepared.error().message;
  }
  EXPECT_GT(stopped, 0);
  const FrameSettings frame = frame_of(*scene, 32, 32, 2);
  EXPECT_LT(share_of_differing_pixels(sums(scene, frame), reference_sums(*scene, frame)), 0.1);
}

TEST_F(OnTheGpu, ReportsAPictureThatDoesNotFitAndRendersTheNextOne) {
  const auto scene = sample("cornell-box");
  const auto prepared = renderer().prepare(scene, {});
  ASSERT_TRUE(prepared);
  const auto refused = renderer().begin(*prepared, frame_of(*scene, 1u << 20, 1u << 20, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::out_of_device_memory);
  EXPECT_NE(refused.error().message.find("16777216 MiB"), std::string::npos) << refused.error().message;
  const FrameSettings frame = frame_of(*scene, 32, 32, 2);
  EXPECT_LT(share_of_differing_pixels(sums(scene, frame), reference_sums(*scene, frame)), 0.1);
}

TEST_F(OnTheGpu, RefusesStepsWithoutTheirPredecessor) {
  const auto scene = sample("cornell-box");
  EXPECT_EQ(renderer().begin(nullptr, frame_of(*scene, 8, 8, 1)).error().code, ErrorCode::internal);
  const auto prepared = renderer().prepare(scene, {});
  ASSERT_TRUE(prepared);
  EXPECT_EQ(renderer().render({0, 64, 0, 1}, {}).error().code, ErrorCode::internal);
  ASSERT_TRUE(renderer().begin(*prepared, frame_of(*scene, 8, 8, 1)));
  EXPECT_EQ(renderer().restore({4, 4, std::vector<Vec4>(16)}).error().code, ErrorCode::internal) << "another size";
  renderer().end();
  EXPECT_EQ(renderer().read_accumulator().error().code, ErrorCode::internal);
}

TEST_F(OnTheGpu, GoesOnFromARestoredAccumulatorWithTheSameBytes) {
  const auto scene = sample("cornell-box");
  const FrameSettings frame = frame_of(*scene, 61, 43, 8);
  const std::uint32_t pixels = frame.width * frame.height;
  const LinearImage whole = sums(scene, frame);
  const LinearImage half = sums_in(scene, frame, {{0, pixels, 0, 3}, {0, 700, 3, 5}});
  const auto prepared = renderer().prepare(scene, {});
  ASSERT_TRUE(prepared);
  ASSERT_TRUE(renderer().begin(*prepared, frame));
  ASSERT_TRUE(renderer().restore(half));
  ASSERT_TRUE(renderer().render({700, pixels - 700, 3, 5}, {}));
  const auto resumed = renderer().read_accumulator();
  ASSERT_TRUE(resumed);
  EXPECT_EQ(std::memcmp(whole.pixels.data(), resumed->pixels.data(), whole.pixels.size() * sizeof(Vec4)), 0);
}

TEST_F(OnTheGpu, PreparesTheNextSceneAndDropsItBesideAFrame) {
  const auto scene = sample("cornell-box"), next = sample("material-grid");
  const FrameSettings frame = frame_of(*scene, 256, 256, 64);
  const LinearImage alone = sums(scene, frame);
  const auto prepared = renderer().prepare(scene, {});
  ASSERT_TRUE(prepared);
  ASSERT_TRUE(renderer().begin(*prepared, frame));
  std::jthread beside([&] {
    for (int i = 0; i < 5; ++i) {
      const auto other = renderer().prepare(next, {});
      ASSERT_TRUE(other) << other.error().message;
      EXPECT_GT((*other)->bytes(), 0u);
    }
  });
  for (std::uint32_t s = 0; s < 64; ++s) ASSERT_TRUE(renderer().render({0, 256 * 256, s, 1}, {}));
  const auto both = renderer().read_accumulator();
  ASSERT_TRUE(both);
  EXPECT_EQ(std::memcmp(alone.pixels.data(), both->pixels.data(), alone.pixels.size() * sizeof(Vec4)), 0);
}

/// A scene that breaks its contract makes the kernel read where nothing is. No other test in this process works then.
TEST_F(OnTheGpu, KeepsReportingADeviceFault) {
  Scene broken = *sample("cornell-box");
  for (Instance& instance : broken.instances) instance.material = 0x40000000u;
  const auto scene = std::make_shared<const Scene>(std::move(broken));
  const FrameSettings frame = frame_of(*scene, 32, 32, 1);
  const auto prepared = renderer().prepare(scene, {});
  ASSERT_TRUE(prepared);
  ASSERT_TRUE(renderer().begin(*prepared, frame));
  context_is_lost_ = true;
  const auto fault = renderer().render({0, 32 * 32, 0, 1}, {});
  ASSERT_FALSE(fault);
  EXPECT_EQ(fault.error().code, ErrorCode::device_fault);
  const auto again = renderer().begin(*prepared, frame);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, fault.error().message);
}

}  // namespace
}  // namespace kiln::render
