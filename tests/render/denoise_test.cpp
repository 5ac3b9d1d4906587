#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

#include "image/resolve.h"
#include "render/cpu_renderer.h"
#include "render_scenes.h"
#include "scene/environment.h"
#include "scene/resolve_camera.h"
#include "scene/samples.h"

namespace kiln::render {
namespace {

constexpr std::uint32_t kSide = 80;

/// A picture with what denoise() needs.
struct Traced {
  LinearImage mean;
  std::vector<Guide> guides;
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

  Traced trace(std::uint32_t samples, std::uint64_t seed) {
    settings_.seed = seed;
    EXPECT_TRUE(renderer->begin(prepared_, settings_));
    EXPECT_TRUE(renderer->render({0, kSide * kSide, 0, samples}, {}));
    Traced traced{resolve_accumulator(*renderer->read_accumulator(), samples), {}};
    std::vector<PixelFeatures> features(kSide * kSide);
    EXPECT_TRUE(renderer->render_features(0, samples, features, {}));
    for (const PixelFeatures& f : features) {
      traced.guides.push_back({f.albedo, f.coverage, f.normal, f.coverage > 0 ? f.depth_m : 0, f.direct});
    }
    return traced;
  }

  std::unique_ptr<Renderer> renderer = make_cpu_renderer(2);

 private:
  std::shared_ptr<const PreparedScene> prepared_;
  FrameSettings settings_;
};

Result<void> go_on() { return {}; }

/// The mean absolute difference over the mean.
double error_of(const LinearImage& image, const LinearImage& reference) {
  double sum = 0, all = 0;
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    const Vec3 a = xyz(image.pixels[i]), b = xyz(reference.pixels[i]);
    for (const float d : {a.x - b.x, a.y - b.y, a.z - b.z}) sum += std::fabs(d);
    all += b.x + b.y + b.z;
  }
  return sum / all;
}

TEST(Denoiser, HalvesTheErrorOfSixteenSamples) {
  SampleScene sample("spheres-in-studio");
  const Traced noisy = sample.trace(16, 1), reference = sample.trace(192, 2);
  const auto denoised = sample.renderer->denoise(noisy.mean, noisy.guides, go_on, {});
  ASSERT_TRUE(denoised);
  EXPECT_LT(error_of(*denoised, reference.mean), 0.5 * error_of(noisy.mean, reference.mean));
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
