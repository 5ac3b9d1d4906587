#include <gtest/gtest.h>

#include "kernels/environment.h"
#include "kernels/sampler.h"

#include "render/scene_view.h"
#include "scene/environment.h"
#include "tests/render/sampling_test_tools.h"

namespace kiln::testing {
namespace {

EnvironmentImage image_of(std::uint32_t width, std::uint32_t height, std::vector<Vec3> pixels) {
  EnvironmentImage image;
  image.width = width, image.height = height, image.pixels = std::move(pixels);
  build_environment_table(image);
  return image;
}

/// Dim noise with a few bright spots, two of them beside the seam and the pole.
EnvironmentImage spotted_image() {
  Uniform u(9);
  std::vector<Vec3> pixels(16 * 8);
  for (Vec3& p : pixels) p = Vec3{u(), u(), u()} * 0.2f;
  pixels[3 * 16] = {30, 20, 10};
  pixels[7] = {5, 5, 9};
  pixels[5 * 16 + 9] = {0, 12, 0};
  return image_of(16, 8, pixels);
}

EnvironmentView view_of(const EnvironmentImage& image, float rotation_rad = 0.3f) {
  EnvironmentView e = render::make_environment_view(image);
  e.rotation_rad = rotation_rad;
  return e;
}

TEST(EnvironmentSampling, DensityIntegratesToOne) {
  const EnvironmentImage image = spotted_image();
  const EnvironmentView e = view_of(image);
  const double sum = integrate_directions(AngleGrid{64, 128}, 8, [&](Vec3 w) { return environment_pdf(e, w); });
  EXPECT_NEAR(sum, 1, 5e-3);
}

TEST(EnvironmentSampling, DirectionsFollowTheDensity) {
  const EnvironmentImage image = spotted_image();
  const EnvironmentView e = view_of(image);
  Uniform u(21);
  const auto draw = [&] {
    const Vec3 w = environment_sample(e, {u(), u()}).direction;
    return Vec3{w.x, w.z, std::fmin(w.y, 1.0f)};  // the grid's pole is the picture's
  };
  const auto density = [&](Vec3 w) { return environment_pdf(e, {w.x, w.z, w.y}); };
  const double p = direction_p_value(AngleGrid{16, 40}, 24, 60000, draw, density);
  EXPECT_TRUE(is_plausible(p, 1)) << p;
}

TEST(EnvironmentSampling, SamplesAgreeWithLookups) {
  const EnvironmentImage image = spotted_image();
  const EnvironmentView e = view_of(image, -1.1f);
  Uniform u(5);
  int agreeing = 0;
  for (int i = 0; i < 1000; ++i) {
    const EnvironmentSample s = environment_sample(e, {u(), u()});
    EXPECT_NEAR(length(s.direction), 1, 1e-5);
    EXPECT_NEAR(max_component(s.radiance - environment_radiance(e, s.direction)), 0, 0.05);
    agreeing += std::fabs(s.pdf / environment_pdf(e, s.direction) - 1) < 1e-3;
  }
  EXPECT_GE(agreeing, 995);  // rounding may move a direction over the edge of its pixel
}

TEST(EnvironmentSampling, EstimatesTheSameIrradianceAsBruteForce) {
  const EnvironmentImage image = spotted_image();
  const EnvironmentView e = view_of(image);
  const Vec3 n = normalize(Vec3{-1, 0.5f, -0.2f});
  const auto integrand = [&](Vec3 w) { return environment_radiance(e, w).y * max_of(dot(w, n), 0); };
  const double brute = integrate_directions(AngleGrid{64, 128}, 6, integrand);
  Uniform u(8);
  double sum = 0;
  constexpr int kSamples = 100000;
  for (int i = 0; i < kSamples; ++i) {
    const EnvironmentSample s = environment_sample(e, {u(), u()});
    sum += s.radiance.y * max_of(dot(s.direction, n), 0) / s.pdf;
  }
  EXPECT_NEAR(sum / kSamples / brute, 1, 0.01);
}

/// A floor under a bright quarter of a hemisphere that fades out: what the points of a pixel have by being spread
/// evenly must not get lost on the way to directions. Independent numbers would miss by 1 / sqrt(64) of the spread,
/// some 9 %.
TEST(EnvironmentSampling, KeepsPointsThatAreSpreadEvenlySo) {
  std::vector<Vec3> pixels;
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 64; ++x) {
      const float up = std::cos(kPi * (static_cast<float>(y) + 0.5f) / 32), around = static_cast<float>(x - 20) / 10;
      pixels.push_back(Vec3{1, 1, 1} * (max_of(up, 0) * (0.1f + 3 * std::exp(-around * around))));
    }
  const EnvironmentImage image = image_of(64, 32, pixels);
  const EnvironmentView e = view_of(image);
  const Vec3 n = normalize(Vec3{0.6f, 1, 0.5f});
  const double truth = integrate_directions(
      AngleGrid{64, 128}, 6, [&](Vec3 w) { return environment_radiance(e, w).y * max_of(dot(w, n), 0); });
  double squares = 0;
  constexpr std::uint32_t kPixels = 256, kSamples = 64;
  for (std::uint32_t pixel = 0; pixel < kPixels; ++pixel) {
    double sum = 0;
    for (std::uint32_t k = 0; k < kSamples; ++k) {
      const Vec4 u = sample_4d(make_sampler(3, {pixel * 16, 0}, k), 1);
      const EnvironmentSample s = environment_sample(e, {u.x, u.y});
      sum += s.radiance.y * max_of(dot(s.direction, n), 0) / s.pdf;
    }
    squares += std::pow(sum / kSamples / truth - 1, 2);
  }
  EXPECT_LT(std::sqrt(squares / kPixels), 0.02);
}

TEST(EnvironmentSampling, WhateverIsLitHasADensity) {
  std::vector<Vec3> pixels(16 * 8);
  pixels[4 * 16] = {0, 0, 1};  // one pixel, at the seam
  const EnvironmentImage image = image_of(16, 8, pixels);
  const EnvironmentView e = view_of(image, 0);
  Uniform u(6);
  int lit = 0;
  for (int i = 0; i < 20000; ++i) {
    const Vec3 w = sample_uniform_sphere(u(), u());
    if (max_component(environment_radiance(e, w)) <= 1e-4f) continue;
    ++lit;
    EXPECT_GT(environment_pdf(e, w), 0);
  }
  EXPECT_GT(lit, 300);
}

TEST(EnvironmentSampling, ProbabilitiesAreThoseOfTheInterpolatedLight) {
  const EnvironmentImage image = spotted_image();
  const EnvironmentView e = view_of(image);
  std::vector<double> power;
  double sum = 0;
  for (std::uint32_t y = 0; y < 8; ++y)
    for (std::uint32_t x = 0; x < 16; ++x) {
      constexpr int kFine = 20;
      double mean = 0;
      for (int i = 0; i < kFine * kFine; ++i) {
        const float u = (static_cast<float>(i % kFine) + 0.5f) / kFine,
                    v = (static_cast<float>(i / kFine) + 0.5f) / kFine;
        const EnvironmentPoint p{(static_cast<float>(x) + u) / 16, (static_cast<float>(y) + v) / 8};
        mean += luminance(environment_radiance_at(e, p)) / (kFine * kFine);
      }
      power.push_back(mean * (std::cos(M_PI * y / 8) - std::cos(M_PI * (y + 1) / 8)));
      sum += power.back();
    }
  for (std::uint32_t i = 0; i < power.size(); ++i) {
    const float chance = chance_of(environment_rows(e), i / 16) * chance_of(environment_columns(e, i / 16), i % 16);
    EXPECT_NEAR(chance / (power[i] / sum), 1, 0.01) << i;
  }
}

}  // namespace
}  // namespace kiln::testing
