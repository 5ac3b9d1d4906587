#include <gtest/gtest.h>

#include "kernels/environment.h"

#include "tests/render/sampling_test_tools.h"

namespace kiln::testing {
namespace {

constexpr float kQuarterTurn = kPi / 2;

TEST(Trigonometry, MatchesTheStandardLibrary) {
  Uniform u(1);
  for (int i = 0; i < 20000; ++i) {
    const float turns = 8 * u() - 4, angle = u() * 2 * kPi - kPi, r = std::exp(20 * u() - 10);
    EXPECT_NEAR(sin_cos_turns(turns).sin, std::sin(2 * M_PI * turns), 2e-7);
    EXPECT_NEAR(sin_cos_turns(turns).cos, std::cos(2 * M_PI * turns), 2e-7);
    EXPECT_NEAR(atan2_turns(r * std::sin(angle), r * std::cos(angle)), angle / (2 * kPi), 1.5e-7);
  }
  EXPECT_EQ(atan2_turns(0, 0), 0);
  EXPECT_EQ(atan2_turns(0, -1), 0.5f);
  EXPECT_EQ(atan2_turns(-2, 0), -0.25f);
}

TEST(Environment, KnownDirectionsLieWhereTheMappingSays) {
  const EnvironmentView e;
  const auto expect = [&](Vec3 direction, float u, float v_down) {
    const EnvironmentPoint p = environment_point(e, direction);
    EXPECT_NEAR(p.u, u, 1e-6);
    EXPECT_NEAR(p.v, v_down, 1e-6);
  };
  expect({1, 0, 0}, 0.5f, 0.5f);
  expect({0, 0, 1}, 0.75f, 0.5f);
  expect({0, 0, -1}, 0.25f, 0.5f);
  expect({0, std::sqrt(0.5f), std::sqrt(0.5f)}, 0.75f, 0.25f);
  EXPECT_NEAR(environment_point(e, {0, 1, 0}).v, 0, 1e-6);
  EXPECT_NEAR(environment_point(e, {0, -1, 0}).v, 1, 1e-6);
  const float seam = environment_point(e, {-1, 0, 1e-9f}).u;
  EXPECT_TRUE(seam < 1e-6f || seam > 1 - 1e-6f);
}

TEST(Environment, RotationTurnsThePictureCounterClockwiseSeenFromAbove) {
  EnvironmentView e;
  e.rotation_rad = kQuarterTurn;
  // Seen from +Y with +X to the right, +Z points down the page: what was at +X is now at -Z.
  EXPECT_NEAR(environment_point(e, {0, 0, -1}).u, 0.5f, 1e-6);
  const Vec3 d = environment_direction(e, {0.5f, 0.5f});
  EXPECT_NEAR(d.x, 0, 1e-6);
  EXPECT_NEAR(d.z, -1, 1e-6);
}

TEST(Environment, DirectionsGoThereAndBack) {
  Uniform u(4);
  for (int i = 0; i < 1000; ++i) {
    EnvironmentView e;
    e.rotation_rad = 20 * u() - 10;
    const Vec3 w = sample_uniform_sphere(u(), u());
    EXPECT_NEAR(length(environment_direction(e, environment_point(e, w)) - w), 0, 3e-6);
  }
}

TEST(Environment, ShowsThePixelAtItsCentreAndInterpolatesBetween) {
  const Vec3 pixels[] = {{1, 0, 0}, {2, 0, 0}, {3, 0, 0}, {4, 0, 0}, {5, 0, 0}, {6, 0, 0}, {7, 0, 0}, {8, 0, 0}};
  EnvironmentView e;
  e.pixels = pixels, e.width = 4, e.height = 2, e.intensity = 10;
  const auto at = [&](float u, float v) { return environment_radiance(e, environment_direction(e, {u, v})).x; };
  EXPECT_NEAR(at(0.125f, 0.25f), 10, 1e-3);
  EXPECT_NEAR(at(0.625f, 0.75f), 70, 1e-3);
  EXPECT_NEAR(at(0.25f, 0.25f), 15, 1e-3) << "between two columns";
  EXPECT_NEAR(at(0.125f, 0.5f), 30, 1e-3) << "between the rows";
  EXPECT_NEAR(at(0.0001f, 0.25f), 25, 0.1) << "around the seam";
  EXPECT_NEAR(at(0.125f, 0.01f), 10, 1e-2) << "clamped at the pole";
}

TEST(Environment, OnePixelIsAConstant) {
  const Vec3 pixel{1, 2, 3};
  EnvironmentView e;
  e.pixels = &pixel, e.width = 1, e.height = 1, e.intensity = 2;
  EXPECT_EQ(environment_radiance(e, {0, 1, 0}), (Vec3{2, 4, 6}));
  EXPECT_FLOAT_EQ(environment_pdf(e, {0, 1, 0}), 1 / (4 * kPi));
  const EnvironmentSample s = environment_sample(e, {0.3f, 0.6f});
  EXPECT_FLOAT_EQ(s.pdf, 1 / (4 * kPi));
  EXPECT_EQ(s.radiance, (Vec3{2, 4, 6}));
}

TEST(Environment, NoneIsBlackAndNeverDrawn) {
  EXPECT_EQ(environment_radiance(EnvironmentView{}, {0, 1, 0}), (Vec3{0, 0, 0}));
  EXPECT_EQ(environment_pdf(EnvironmentView{}, {0, 1, 0}), 0);
}

TEST(Environment, PixelSolidAnglesFillTheSphere) {
  double sum = 0;
  for (std::uint32_t y = 0; y < 7; ++y) sum += 5 * environment_pixel_solid_angle(5, environment_row(7, y));
  EXPECT_NEAR(sum, 4 * M_PI, 1e-5);
}

}  // namespace
}  // namespace kiln::testing
