#include "image/tone_map.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace kiln {
namespace {

constexpr ToneMapping kAll[] = {ToneMapping::pbr_neutral, ToneMapping::agx, ToneMapping::aces, ToneMapping::none};

Vec3 gray(float v) { return {v, v, v}; }

void expect_near(Vec3 a, Vec3 b, float tolerance) {
  EXPECT_NEAR(a.x, b.x, tolerance);
  EXPECT_NEAR(a.y, b.y, tolerance);
  EXPECT_NEAR(a.z, b.z, tolerance);
}

TEST(Srgb, HasTheValuesOfTheStandard) {
  EXPECT_EQ(srgb_encode(0), 0);
  EXPECT_NEAR(srgb_encode(0.0031308f), 0.040449936f, 1e-6f);
  EXPECT_NEAR(srgb_encode(0.18f), 0.46135613f, 1e-6f);
  EXPECT_NEAR(srgb_encode(0.5f), 0.73535698f, 1e-6f);
  EXPECT_NEAR(srgb_encode(1), 1, 1e-6f);
  EXPECT_NEAR(srgb_decode(0.5f), 0.21404114f, 1e-6f);
}

TEST(Srgb, DecodesEveryByteToWhereItCameFrom) {
  for (int byte = 0; byte < 256; ++byte) {
    const float v = static_cast<float>(byte) / 255;
    EXPECT_EQ(std::lround(srgb_encode(srgb_decode(v)) * 255), byte);
  }
}

TEST(PbrNeutral, TakesTheFresnelOffsetFromBaseColoursAndLeavesTheRest) {
  expect_near(tone_map(gray(0.18f), ToneMapping::pbr_neutral), gray(0.14f), 1e-6f);
  expect_near(tone_map({0.5f, 0.3f, 0.1f}, ToneMapping::pbr_neutral), {0.46f, 0.26f, 0.06f}, 1e-6f);
  // Below 0.08 the offset is x - 6.25 x^2, so that black stays black.
  expect_near(tone_map(gray(0.04f), ToneMapping::pbr_neutral), gray(6.25f * 0.04f * 0.04f), 1e-6f);
}

TEST(PbrNeutral, CompressesFromPointEightOn) {
  expect_near(tone_map(gray(0.8f), ToneMapping::pbr_neutral), gray(0.76f), 1e-6f);
  // peak 0.96: 1 - 0.24^2 / (0.96 + 0.24 - 0.76) = 0.869091
  expect_near(tone_map(gray(1), ToneMapping::pbr_neutral), gray(0.8690909f), 1e-5f);
}

TEST(PbrNeutral, DesaturatesBrightColoursTowardsWhite) {
  const Vec3 dim = tone_map({0.5f, 0, 0}, ToneMapping::pbr_neutral);
  const Vec3 bright = tone_map({50, 0, 0}, ToneMapping::pbr_neutral);
  EXPECT_EQ(dim.y, 0);
  EXPECT_GT(bright.y, 0.8f);
  EXPECT_GT(bright.x, bright.y);
}

TEST(Agx, PutsMiddleGreyWhereItsSigmoidDoes) {
  // log2(0.18) lies at 0.60606 of the 16.5 stops; there the polynomial is 0.4966, shown with exponent 2.2.
  expect_near(tone_map(gray(0.18f), ToneMapping::agx), gray(0.2145f), 2e-3f);
}

TEST(Agx, CoversSixteenStopsAndAHalf) {
  EXPECT_LT(tone_map(gray(std::exp2(-12.47393f)), ToneMapping::agx).x, 1e-4f);
  EXPECT_GT(tone_map(gray(std::exp2(4.026069f)), ToneMapping::agx).x, 0.97f);
}

TEST(Aces, HasTheFitsOwnValues) {
  // The rows of both matrices sum to one but for rounding, so grey stays grey: (v (v + 0.0245786) - 0.000090537) / ...
  const float v = 0.18f;
  const float expected = (v * (v + 0.0245786f) - 0.000090537f) / (v * (0.983729f * v + 0.4329510f) + 0.238081f);
  expect_near(tone_map(gray(v), ToneMapping::aces), gray(expected), 1e-4f);
  EXPECT_NEAR(tone_map(gray(1e4f), ToneMapping::aces).x, 1, 1e-2f);
}

TEST(ToneMap, ClipsWithoutACurve) { expect_near(tone_map({-1, 0.25f, 3}, ToneMapping::none), {0, 0.25f, 1}, 0); }

TEST(ToneMap, KeepsBlackBlack) {
  for (const auto curve : kAll) expect_near(tone_map({0, 0, 0}, curve), {0, 0, 0}, 1e-3f);
}

TEST(ToneMap, GivesDisplayValuesForAnyInput) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
  for (const auto curve : kAll)
    for (const Vec3 c : {gray(kInfinity), gray(kNan), gray(-kInfinity), gray(1e30f), Vec3{kNan, 1, -5}}) {
      const Vec3 shown = tone_map(c, curve);
      for (const float v : {shown.x, shown.y, shown.z}) {
        EXPECT_GE(v, 0);
        EXPECT_LE(v, 1);
      }
    }
}

TEST(ToneMap, NeverDarkensWhereTheSceneBrightens) {
  for (const auto curve : kAll) {
    float before = 0;
    for (float ev = -14; ev < 8; ev += 0.05f) {
      const float now = tone_map(gray(std::exp2(ev)), curve).y;
      EXPECT_GE(now, before - 1e-6f) << static_cast<int>(curve) << " at " << ev;
      before = now;
    }
  }
}

}  // namespace
}  // namespace kiln
