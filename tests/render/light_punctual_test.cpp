#include "kernels/light_punctual.h"

#include <gtest/gtest.h>

namespace kiln::testing {
namespace {

PunctualLight light_of(PunctualKind kind) {
  PunctualLight light;
  light.kind = kind;
  light.position = {1, 2, 3};
  light.direction = {0, -1, 0};
  light.intensity = {8, 4, 2};
  return light;
}

TEST(PunctualLight, APointFallsOffWithTheSquareOfTheDistance) {
  const PunctualLight light = light_of(PunctualKind::point);
  for (const float d : {0.5f, 1.0f, 4.0f, 100.0f}) {
    const PunctualIllumination at = illuminate(light, {1, 2, 3 - d});
    EXPECT_NEAR(at.wi.z, 1, 1e-6);
    EXPECT_FLOAT_EQ(at.distance, d);
    EXPECT_NEAR(at.irradiance.x * d * d, 8, 1e-4);
    EXPECT_NEAR(at.irradiance.z * d * d, 2, 1e-4);
  }
}

TEST(PunctualLight, TheRangeEndsItSmoothly) {
  PunctualLight light = light_of(PunctualKind::point);
  light.range = 10;
  EXPECT_EQ(illuminate(light, {11, 2, 3}).irradiance.x, 0);
  EXPECT_EQ(illuminate(light, {30, 2, 3}).irradiance.x, 0);
  EXPECT_NEAR(illuminate(light, {6, 2, 3}).irradiance.x, 8.0 / 25 * (1 - 0.0625), 1e-5);  // (1 - (d/range)^4) / d^2
  EXPECT_NEAR(illuminate(light, {1.1f, 2, 3}).irradiance.x * 0.01, 8, 1e-3);
}

TEST(PunctualLight, ASpotIsFullInsideAndDarkOutsideItsCone) {
  PunctualLight light = light_of(PunctualKind::spot);
  light.cos_inner = std::cos(0.3f), light.cos_outer = std::cos(0.6f);
  const auto at_angle = [&](float angle) {  // two metres away
    return illuminate(light, light.position + Vec3{std::sin(angle), -std::cos(angle), 0} * 2).irradiance.x * 4;
  };
  EXPECT_NEAR(at_angle(0), 8, 1e-4);
  EXPECT_NEAR(at_angle(0.29f), 8, 1e-4);
  EXPECT_EQ(at_angle(0.61f), 0);
  EXPECT_EQ(at_angle(kPi), 0);
  const double middle = (std::cos(0.45) - std::cos(0.6)) / (std::cos(0.3) - std::cos(0.6));
  EXPECT_NEAR(at_angle(0.45f), 8 * middle * middle, 1e-3);
}

TEST(PunctualLight, ASpotWithEqualAnglesIsAHardCone) {
  EXPECT_EQ(spot_falloff(0.5f, 0.6f, 0.6f), 0);
  EXPECT_EQ(spot_falloff(0.7f, 0.6f, 0.6f), 1);
}

TEST(PunctualLight, ADirectionalOneIsTheSameEverywhere) {
  const PunctualLight light = light_of(PunctualKind::directional);
  for (const Vec3 p : {Vec3{0, 0, 0}, Vec3{1e4f, -7, 3}}) {
    const PunctualIllumination at = illuminate(light, p);
    EXPECT_EQ(at.wi, (Vec3{0, 1, 0}));
    EXPECT_EQ(at.irradiance, (Vec3{8, 4, 2}));
    EXPECT_GE(at.distance, 1e30f);
  }
}

TEST(PunctualLight, GivesNothingAtItsOwnPlace) {
  const PunctualLight light = light_of(PunctualKind::point);
  EXPECT_EQ(illuminate(light, light.position).irradiance, (Vec3{0, 0, 0}));
}

}  // namespace
}  // namespace kiln::testing
