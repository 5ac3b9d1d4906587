#include "render/adaptive_sampling.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

#include "render/cpu_renderer.h"
#include "render/render_frame.h"
#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

using testing::Each;
using testing::ElementsAre;

FrameSettings adaptive_frame(std::uint32_t side, std::uint32_t samples, float threshold) {
  FrameSettings s;
  s.width = s.height = side;
  s.samples_per_pixel = samples;
  s.noise_threshold = threshold;
  return s;
}

/// Gives each pixel samples of its own until it ends; what is then in the accumulator.
using SampleOf = std::function<Vec4(std::uint32_t pixel)>;

LinearImage sample_until_the_end(AdaptiveSampling& adaptive, const FrameSettings& frame, const SampleOf& sample_of) {
  LinearImage sums{frame.width, frame.height, std::vector<Vec4>(std::size_t{frame.width} * frame.height)};
  for (std::uint32_t n = 0; n < frame.samples_per_pixel;) {
    const std::uint32_t look = std::min(AdaptiveSampling::next_look(n), frame.samples_per_pixel);
    for (const std::uint32_t pixel : adaptive.open_pixels()) {
      for (std::uint32_t s = n; s < look; ++s) sums.pixels[pixel] = sums.pixels[pixel] + sample_of(pixel);
    }
    n = look;
    if (n < frame.samples_per_pixel) adaptive.look(sums, n);
  }
  return sums;
}

std::vector<std::uint32_t> limits_of(const FrameSettings& frame, const SampleOf& sample_of) {
  AdaptiveSampling adaptive(frame);
  sample_until_the_end(adaptive, frame, sample_of);
  return adaptive.state().limits;
}

Vec4 grey(float value) { return {value, value, value, 1}; }

TEST(AdaptiveSampling, LooksEveryEightSamplesUntilItMayEndPixelsAndThenFourTimesPerDoubling) {
  std::vector<std::uint32_t> looks;
  for (std::uint32_t n = 0; n < 256;) looks.push_back(n = AdaptiveSampling::next_look(n));
  EXPECT_THAT(looks, ElementsAre(8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256));
  for (std::uint32_t n = 1; n <= 256; ++n) {
    EXPECT_EQ(AdaptiveSampling::is_look(n), std::ranges::find(looks, n) != looks.end()) << n;
  }
  EXPECT_EQ(AdaptiveSampling::next_look(33), 40u);
}

/// Uniform in [0, 2]: mean 1, variance 1/3. Independent, and so without the gain that is expected of stratification.
TEST(AdaptiveSampling, EndsPixelsOfKnownVarianceWhereTheirErrorWouldBeTheThresholdIfTheyWereStratified) {
  constexpr float kThreshold = 0.05f;
  const FrameSettings frame = adaptive_frame(48, 4096, kThreshold);
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(0, 2);
  AdaptiveSampling adaptive(frame);
  const LinearImage sums = sample_until_the_end(adaptive, frame, [&](std::uint32_t) { return grey(uniform(random)); });
  double samples = 0, variance = 0, squared_error = 0, mean = 0;
  for (std::size_t i = 0; i < sums.pixels.size(); ++i) {
    const double value = static_cast<double>(sums.pixels[i].x) / adaptive.state().limits[i];
    samples += adaptive.state().limits[i];
    variance += adaptive.state().noise[i].variance;
    squared_error += (value - 1) * (value - 1) / 1.01;
    mean += value;
  }
  const auto pixels = static_cast<double>(sums.pixels.size());
  const double gain = AdaptiveSampling::kStratification, expected_variance = gain * (1.0 / 3) / 1.01;
  EXPECT_NEAR(variance / pixels, expected_variance, 0.1 * expected_variance);
  EXPECT_NEAR(samples / pixels, expected_variance / (kThreshold * kThreshold), 30 * gain);
  EXPECT_NEAR(std::sqrt(gain * squared_error / pixels), kThreshold, 0.1 * kThreshold);
  EXPECT_LT(std::sqrt(squared_error / pixels), 1.2 * kThreshold) << "without that gain too";
  EXPECT_NEAR(mean / pixels, 1, 0.004) << "what decides is shown too, and yet the picture is not darker";
}

TEST(AdaptiveSampling, EndsAFlatPictureAtTheFewestSamples) {
  for (const float value : {0.0f, 0.7f, 1e6f}) {
    EXPECT_THAT(limits_of(adaptive_frame(5, 1024, 1e-4f), [=](std::uint32_t) { return grey(value); }),
                Each(AdaptiveSampling::kFewestSamples))
        << value;
  }
}

TEST(AdaptiveSampling, GivesAPictureThatStaysNoisyAllItsSamples) {
  std::mt19937 random(1);
  std::exponential_distribution<float> bright(1);
  EXPECT_THAT(limits_of(adaptive_frame(6, 300, 0.01f), [&](std::uint32_t) { return grey(bright(random)); }),
              Each(300u));
}

TEST(AdaptiveSampling, NeverEndsBelowTheFewestSamplesNorGivesMoreThanAskedFor) {
  EXPECT_THAT(limits_of(adaptive_frame(3, 20, 1), [](std::uint32_t) { return grey(1); }), Each(20u));
}

/// The error of what is far darker than `dark_radiance` counts by that.
TEST(AdaptiveSampling, ToleratesNoiseInTheDark) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(0, 0.002f);
  FrameSettings frame = adaptive_frame(4, 512, 0.01f);
  const auto dim = [&](std::uint32_t) { return grey(uniform(random)); };
  EXPECT_THAT(limits_of(frame, dim), Each(AdaptiveSampling::kFewestSamples));
  frame.dark_radiance = 1e-4f;  // as a long exposure sees it
  EXPECT_THAT(limits_of(frame, dim), Each(512u));
}

TEST(AdaptiveSampling, SeesTheNoiseOfAlpha) {
  std::mt19937 random(5);
  std::bernoulli_distribution covered(0.5);
  EXPECT_THAT(limits_of(adaptive_frame(4, 200, 0.01f),
                        [&](std::uint32_t) {
                          return Vec4{0, 0, 0, covered(random) ? 1.0f : 0.0f};
                        }),
              Each(200u));
}

TEST(AdaptiveSampling, KeepsAFlatPixelBesideANoisyOneAndANoisyOneAmongFlatOnes) {
  constexpr std::uint32_t kSide = 9, kNoisy = 4 * kSide + 4;
  std::mt19937 random(2);
  std::exponential_distribution<float> bright(1);
  const auto limits = limits_of(adaptive_frame(kSide, 1000, 0.0175f),
                                [&](std::uint32_t pixel) { return grey(pixel == kNoisy ? bright(random) : 1.0f); });
  for (std::uint32_t pixel = 0; pixel < limits.size(); ++pixel) {
    const bool is_near = std::abs(int(pixel % kSide) - 4) <= 1 && std::abs(int(pixel / kSide) - 4) <= 1;
    if (is_near) {
      EXPECT_GT(limits[pixel], 100u) << pixel;
    } else {
      EXPECT_EQ(limits[pixel], AdaptiveSampling::kFewestSamples) << pixel;
    }
  }
  EXPECT_EQ(limits[kNoisy], 1000u);
}

TEST(AdaptiveSampling, GoesOnWhereSumsOverflow) {
  EXPECT_THAT(
      limits_of(adaptive_frame(2, 40, 1), [flip = 0](std::uint32_t) mutable { return grey(++flip % 2 ? 3e38f : 0); }),
      Each(40u));
}

TEST(AdaptiveSampling, DoesNothingWithoutAThreshold) {
  const AdaptiveSampling none(adaptive_frame(8, 16, 0));
  EXPECT_FALSE(none.is_on());
  EXPECT_TRUE(none.state().limits.empty());
  EXPECT_EQ(total_samples(none.counts({4, 2, 3}), 64), 64u * 4 + 2 * 3);
}

TEST(AdaptiveState, KnowsWhatCannotBe) {
  AdaptiveState state{{64, 32, 40}, std::vector<PixelNoise>(3)};
  EXPECT_TRUE(is_possible(state, 3, 64));
  EXPECT_FALSE(is_possible(state, 4, 64));
  for (const std::uint32_t limit : {0u, 31u, 65u, ~0u}) {
    state.limits[1] = limit;
    EXPECT_FALSE(is_possible(state, 3, 64)) << limit;
  }
}

// Pictures: a lit square on a wide, even ground, so that some pixels end early and others do not.

std::shared_ptr<const Scene> square_under_a_lamp() {
  SceneBuilder builder;
  const auto white = builder.material(matte({0.8f, 0.8f, 0.8f})), lamp = builder.material(glowing({6, 6, 6}));
  return builder.square(white).square(lamp, translation({1.2f, 1.5f, 0}) * scaling(0.3f)).build();
}

FrameSettings square_frame(float threshold, std::uint32_t samples = 128) {
  FrameSettings s = looking({0, 3, 0}, {0, -1, 0}, 0.7f, 40, samples);
  s.environment = constant_environment({0.2f, 0.2f, 0.2f});
  s.noise_threshold = threshold;
  return s;
}

bool same_bytes(const LinearImage& a, const LinearImage& b) {
  return a.pixels.size() == b.pixels.size() &&
         std::memcmp(a.pixels.data(), b.pixels.data(), a.pixels.size() * sizeof(Vec4)) == 0;
}

class AdaptivePicture : public testing::Test {
 protected:
  void SetUp() override {
    const auto made = renderer->prepare(square_under_a_lamp(), {});
    ASSERT_TRUE(made.has_value());
    prepared = *made;
  }

  /// The sums where all passes are done, or where so many are.
  LinearImage sums(FrameWork& work, int passes = 1 << 30) {
    const auto count = [&passes](const FrameWork&) -> Result<void> {
      if (--passes == 0) return Error{ErrorCode::cancelled, "enough", ""};
      return {};
    };
    (void)render_passes(*renderer, work, count, {});
    return *renderer->read_accumulator();
  }
  LinearImage whole(FrameWork& work, const FrameSettings& frame) {
    EXPECT_TRUE(renderer->begin(prepared, frame).has_value());
    return sums(work);
  }

  std::unique_ptr<Renderer> renderer = make_cpu_renderer(2);
  std::shared_ptr<const PreparedScene> prepared;
};

TEST_F(AdaptivePicture, EndsWhatIsEvenEarlyAndShowsThePrefixOfEachPixelsSamples) {
  const FrameSettings frame = square_frame(0.02f);
  FrameWork work(frame);
  const LinearImage accumulated = whole(work, frame);
  const LinearImage picture = resolve_accumulator(accumulated, work.counts());
  const auto& limits = work.adaptive.state().limits;
  EXPECT_EQ(work.planner.progress(), 1);
  EXPECT_EQ(limits.front(), AdaptiveSampling::kFewestSamples) << "a corner sees the environment only";
  EXPECT_GT(std::ranges::count(limits, AdaptiveSampling::kFewestSamples), 200);
  EXPECT_GT(std::ranges::count(limits, frame.samples_per_pixel), 20);
  for (const std::size_t pixel : {std::size_t{0}, limits.size() / 2 + 20, limits.size() / 3}) {
    FrameSettings plain = frame;
    plain.noise_threshold = 0;
    plain.samples_per_pixel = limits[pixel];
    FrameWork all(plain);
    const LinearImage expected = resolve_accumulator(whole(all, plain), limits[pixel]);
    EXPECT_EQ(std::memcmp(&expected.pixels[pixel], &picture.pixels[pixel], sizeof(Vec4)), 0) << pixel;
  }
}

TEST_F(AdaptivePicture, IsThePlainOneWhereNoPixelEnds) {
  FrameSettings frame = square_frame(1e-7f, 48);
  frame.background = {BackgroundKind::environment, {}};
  frame.camera.half_width = frame.camera.half_height = 0.1f;  // nothing but the lit square
  const auto adaptive = render_frame(*renderer, prepared, frame, {}, {});
  frame.noise_threshold = 0;
  const auto plain = render_frame(*renderer, prepared, frame, {}, {});
  ASSERT_TRUE(adaptive && plain);
  EXPECT_TRUE(same_bytes(*adaptive, *plain));
}

TEST_F(AdaptivePicture, DependsNeitherOnThreadsNorOnWhereItWasLeftAndTakenUp) {
  const FrameSettings frame = square_frame(0.03f);
  FrameWork undisturbed(frame);
  const LinearImage expected = whole(undisturbed, frame);
  for (const int passes : {1, 2, 3, 5, 8, 13, 21}) {
    FrameWork first(frame), second(frame);
    ASSERT_TRUE(renderer->begin(prepared, frame).has_value());
    const LinearImage part = sums(first, passes);
    renderer = make_cpu_renderer(1);
    SetUp();
    ASSERT_TRUE(renderer->begin(prepared, frame).has_value());
    ASSERT_TRUE(resume_frame(*renderer, second, first.planner.cursor(), part, first.adaptive.state()).has_value());
    EXPECT_EQ(second.planner.progress(), first.planner.progress());
    EXPECT_TRUE(same_bytes(sums(second), expected)) << passes;
    EXPECT_EQ(second.adaptive.state().limits, undisturbed.adaptive.state().limits) << passes;
  }
}

TEST_F(AdaptivePicture, AscendsInProgressAndCountsTheSamplesOfAPictureSoFar) {
  const FrameSettings frame = square_frame(0.02f);
  FrameWork work(frame);
  ASSERT_TRUE(renderer->begin(prepared, frame).has_value());
  double last = 0;
  std::uint64_t samples = 0;
  const auto check = [&](const FrameWork& so_far) -> Result<void> {
    const std::uint64_t now = total_samples(so_far.counts(), 40 * 40);
    EXPECT_GT(so_far.planner.progress(), last);
    EXPECT_GT(now, samples);
    last = so_far.planner.progress();
    samples = now;
    return {};
  };
  ASSERT_TRUE(render_passes(*renderer, work, check, {}).has_value());
  EXPECT_EQ(last, 1);
  std::uint64_t wanted = 0;
  for (const std::uint32_t limit : work.adaptive.state().limits) wanted += limit;
  EXPECT_EQ(samples, wanted);
  EXPECT_LT(samples, 40u * 40 * 128 * 2 / 3) << "a third is saved where much of the picture is even";
}

}  // namespace
}  // namespace kiln::render
