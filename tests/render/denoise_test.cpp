#include <cmath>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>

#include "image/resolve.h"
#include "render/cpu_renderer.h"
#include "render/settle_edges.h"
#include "render_scenes.h"
#include "scene/environment.h"
#include "scene/resolve_camera.h"
#include "scene/samples.h"

namespace kiln::render {
namespace {

constexpr std::uint32_t kSide = 112;

Result<void> go_on() { return {}; }

/// A picture with what denoise() needs.
struct Traced {
  LinearImage mean;
  std::vector<Guide> guides;
  std::vector<std::uint32_t> edges;
};

class SampleScene {
 public:
  explicit SampleScene(const std::string& name) {
    const auto scene = make_sample(name);
    prepared_ = *renderer->prepare(*scene, {});
    settings_.width = settings_.height = kSide;
    settings_.camera = *scene::resolve_camera(**scene, {}, 1, {});
    if (!(*scene)->has_lights()) settings_.environment = studio_environment();
  }

  void see_through_the_background() { settings_.background.kind = BackgroundKind::transparent; }

  Traced trace(std::uint32_t samples, std::uint64_t seed) {
    settings_.seed = seed;
    EXPECT_TRUE(renderer->begin(prepared_, settings_));
    EXPECT_TRUE(renderer->render({0, kSide * kSide, 0, samples}, {}));
    Traced traced{resolve_accumulator(*renderer->read_accumulator(), samples), {}, {}};
    std::vector<PixelFeatures> features(kSide * kSide);
    EXPECT_TRUE(renderer->render_features(0, samples, features, {}));
    for (const PixelFeatures& f : features) {
      if (shows_an_edge(f)) traced.edges.push_back(static_cast<std::uint32_t>(traced.guides.size()));
      traced.guides.push_back(guide_of(f));
    }
    return traced;
  }

  /// Of the frame that was traced last.
  void settle(Traced& traced) const {
    EXPECT_TRUE(settle_edges(*renderer, traced.edges, traced.mean, traced.guides, go_on, {}));
  }

  std::unique_ptr<Renderer> renderer = make_cpu_renderer(2);

 private:
  std::shared_ptr<const PreparedScene> prepared_;
  FrameSettings settings_;
};

/// The mean absolute difference over the mean.
double absolute_error(const LinearImage& image, const LinearImage& reference) {
  double sum = 0, all = 0;
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    const Vec3 a = xyz(image.pixels[i]), b = xyz(reference.pixels[i]);
    for (const float d : {a.x - b.x, a.y - b.y, a.z - b.z}) sum += std::fabs(d);
    all += b.x + b.y + b.z;
  }
  return sum / all;
}

/// The root of the relative mean squared one.
double relative_error(const LinearImage& image, const LinearImage& reference) {
  double sum = 0;
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    const Vec3 b = xyz(reference.pixels[i]), d = xyz(image.pixels[i]) - b;
    sum += dot(d, d) / (dot(b, b) + 0.01f);
  }
  return std::sqrt(sum / static_cast<double>(image.pixels.size()));
}

class DenoisedSample : public testing::TestWithParam<const char*> {};

TEST_P(DenoisedSample, HasHalfTheErrorOfItsSixteenSamples) {
  SampleScene sample(GetParam());
  const LinearImage reference = sample.trace(256, 2).mean;
  Traced traced = sample.trace(16, 1);
  const LinearImage noisy = traced.mean;
  sample.settle(traced);
  const auto denoised = sample.renderer->denoise(traced.mean, traced.guides, go_on, {});
  ASSERT_TRUE(denoised);
  EXPECT_LT(absolute_error(*denoised, reference), 0.5 * absolute_error(noisy, reference));
  EXPECT_LT(relative_error(*denoised, reference), 0.5 * relative_error(noisy, reference));
}

INSTANTIATE_TEST_SUITE_P(Samples, DenoisedSample, testing::Values("cornell-box", "materials"), [](const auto& sample) {
  std::string name = sample.param;
  std::erase(name, '-');
  return name;
});

/// At the edge of a lamp its radiance is nearly all that a pixel has: how much of the lamp it shows is the whole
/// answer.
TEST(Edges, OfALampAreThoseOfManySamples) {
  SampleScene sample("cornell-box");
  const LinearImage reference = sample.trace(256, 2).mean;
  Traced traced = sample.trace(16, 1);
  std::vector<std::uint32_t> lamp;
  for (const std::uint32_t pixel : traced.edges) {
    if (traced.guides[pixel].direct.y > 0) lamp.push_back(pixel);
  }
  const auto error = [&](const LinearImage& image) {
    double sum = 0;
    for (const std::uint32_t pixel : lamp) sum += std::fabs(image.pixels[pixel].y - reference.pixels[pixel].y);
    return sum;
  };
  ASSERT_GT(lamp.size(), 20u);
  const double before = error(traced.mean);
  sample.settle(traced);
  EXPECT_LT(error(traced.mean), 0.5 * before);
}

TEST(Edges, StayAsTheyAreBeforeATransparentBackground) {
  SampleScene sample("materials");
  sample.see_through_the_background();
  Traced traced = sample.trace(16, 1);
  const Traced before = traced;
  sample.settle(traced);
  int clear = 0;
  for (std::size_t i = 0; i < before.mean.pixels.size(); ++i) {
    const Vec4 was = before.mean.pixels[i], is = traced.mean.pixels[i];
    EXPECT_EQ(is.w, was.w);
    if (was.w == 1) continue;
    ++clear;
    EXPECT_EQ(xyz(is), xyz(was));
  }
  EXPECT_GT(clear, 100);
}

TEST(Edges, LeaveAllPixelsChosen) {
  SampleScene sample("cornell-box");
  Traced traced = sample.trace(4, 1);
  sample.settle(traced);
  std::vector<PixelFeatures> features(kSide * kSide);
  ASSERT_TRUE(sample.renderer->render_features(0, 4, features, {}));
  const Traced again = sample.trace(4, 1);
  for (std::size_t i = 0; i < features.size(); ++i) ASSERT_EQ(features[i].albedo, again.guides[i].albedo) << i;
}

TEST(Edges, EndWhereTheyAreToldTo) {
  SampleScene sample("cornell-box");
  Traced traced = sample.trace(4, 1);
  const auto settle = [&](const std::function<Result<void>()>& at_work, const std::stop_token& stop) {
    return settle_edges(*sample.renderer, traced.edges, traced.mean, traced.guides, at_work, stop);
  };
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(settle(go_on, stop.get_token()).error().code, ErrorCode::cancelled);
  const auto refuse = [] { return Result<void>(Error{ErrorCode::time_limit_exceeded, "late", ""}); };
  EXPECT_EQ(settle(refuse, {}).error().code, ErrorCode::time_limit_exceeded);
}

/// A wall of one colour whose right half lies in the dark, without noise.
Traced even_wall() {
  Traced wall;
  wall.mean = {kSide, kSide, {}};
  for (std::uint32_t i = 0; i < kSide * kSide; ++i) {
    const float light = i % kSide < kSide / 2 ? 1.0f : 0.25f;
    wall.mean.pixels.push_back({0.5f * light, 0.25f * light, 0.125f * light, 0.75f});
    wall.guides.push_back({{0.5f, 0.25f, 0.125f}, 1, {0, 0, 1}, 3, {0, 0, 0}});
  }
  return wall;
}

TEST(Denoiser, LeavesAPictureWithoutNoiseAsItIs) {
  const Traced wall = even_wall();
  const auto denoised = make_cpu_renderer(1)->denoise(wall.mean, wall.guides, go_on, {});
  ASSERT_TRUE(denoised);
  for (std::size_t i = 0; i < wall.mean.pixels.size(); ++i) {
    const std::size_t from_edge = static_cast<std::size_t>(std::abs(static_cast<int>(i % kSide) - int{kSide} / 2));
    if (from_edge < 6) continue;  // an edge of a shadow may become softer
    EXPECT_NEAR(denoised->pixels[i].x, wall.mean.pixels[i].x, 0.02f * wall.mean.pixels[i].x) << i % kSide;
  }
}

TEST(Denoiser, LeavesAlphaAndWhatShowsNoSurfaceAsTheyAre) {
  Traced wall = even_wall();
  for (std::uint32_t i = 0; i < kSide * kSide; i += 3) {
    wall.guides[i] = Guide();
    wall.mean.pixels[i] = {7, 0, 3, 0.1f};
  }
  const auto denoised = make_cpu_renderer(1)->denoise(wall.mean, wall.guides, go_on, {});
  ASSERT_TRUE(denoised);
  for (std::uint32_t i = 0; i < kSide * kSide; ++i) {
    EXPECT_EQ(denoised->pixels[i].w, wall.mean.pixels[i].w);
    if (i % 3 == 0) {
      EXPECT_EQ(xyz(denoised->pixels[i]), (Vec3{7, 0, 3}));
    }
  }
}

TEST(Denoiser, TakesAwayASingleBrightPixel) {
  Traced wall = even_wall();
  wall.mean.pixels[20 * kSide + 10] = {500, 500, 500, 1};
  const auto denoised = make_cpu_renderer(1)->denoise(wall.mean, wall.guides, go_on, {});
  ASSERT_TRUE(denoised);
  EXPECT_LT(denoised->pixels[20 * kSide + 10].x, 1.0f);
}

TEST(Denoiser, GivesTheSameBytesOnAnyNumberOfThreadsAndNeverANaN) {
  Traced wall = even_wall();
  for (std::uint32_t i = 0; i < kSide * kSide; i += 7) wall.mean.pixels[i].x *= static_cast<float>(i % 5) * 1e18f;
  const auto one = make_cpu_renderer(1)->denoise(wall.mean, wall.guides, go_on, {});
  const auto three = make_cpu_renderer(3)->denoise(wall.mean, wall.guides, go_on, {});
  ASSERT_TRUE(one && three);
  EXPECT_EQ(std::memcmp(one->pixels.data(), three->pixels.data(), one->pixels.size() * sizeof(Vec4)), 0);
  for (const Vec4& p : one->pixels) EXPECT_TRUE(std::isfinite(p.x) && std::isfinite(p.y) && std::isfinite(p.z));
}

TEST(Denoiser, EndsWhereItIsToldTo) {
  const Traced wall = even_wall();
  const auto renderer = make_cpu_renderer(1);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(renderer->denoise(wall.mean, wall.guides, go_on, stop.get_token()).error().code, ErrorCode::cancelled);
  const auto refuse = [] { return Result<void>(Error{ErrorCode::time_limit_exceeded, "late", ""}); };
  EXPECT_EQ(renderer->denoise(wall.mean, wall.guides, refuse, {}).error().code, ErrorCode::time_limit_exceeded);
  EXPECT_EQ(renderer->denoise(wall.mean, {}, go_on, {}).error().code, ErrorCode::internal);
}

}  // namespace
}  // namespace kiln::render
