#include "image/white_balance.h"

#include <cmath>
#include <gtest/gtest.h>

namespace kiln {
namespace {

/// Linear Rec. 709 of luminance 1.
Vec3 light_of(Vec2 white) {
  const Vec3 xyz{white.x / white.y, 1, (1 - white.x - white.y) / white.y};
  return {3.2409699f * xyz.x - 1.5373832f * xyz.y - 0.4986108f * xyz.z,
          -0.9692436f * xyz.x + 1.8759675f * xyz.y + 0.0415551f * xyz.z,
          0.0556301f * xyz.x - 0.2039770f * xyz.y + 1.0569715f * xyz.z};
}

TEST(WhiteBalance, KnowsTheStandardIlluminants) {
  const struct {
    float temperature_k;
    Vec2 white;
  } illuminants[] = {{2856, {0.44757f, 0.40745f}},   // A
                     {5003, {0.34567f, 0.35850f}},   // D50
                     {6504, {0.31272f, 0.32903f}},   // D65
                     {7504, {0.29902f, 0.31485f}}};  // D75
  for (const auto& [temperature_k, white] : illuminants) {
    const Vec2 found = white_of_temperature(temperature_k);
    EXPECT_NEAR(found.x, white.x, 5e-4f) << temperature_k;
    EXPECT_NEAR(found.y, white.y, 5e-4f) << temperature_k;
  }
}

TEST(WhiteBalance, ChangesNothingAt6504K) {
  for (const Vec3 color : {Vec3{1, 0, 0}, Vec3{0, 1, 0}, Vec3{0, 0, 1}, Vec3{0.2f, 0.5f, 0.8f}}) {
    EXPECT_LT(length(white_balance(6504) * color - color), 2e-3f);
  }
}

TEST(WhiteBalance, MakesALightOfThatTemperatureNeutralAndKeepsItsLuminance) {
  for (const float temperature_k : {2000.0f, 3200.0f, 4500.0f, 5600.0f, 9000.0f, 20000.0f}) {
    const Vec3 grey = white_balance(temperature_k) * light_of(white_of_temperature(temperature_k));
    EXPECT_NEAR(grey.x, 1, 2e-3f) << temperature_k;
    EXPECT_NEAR(grey.y, 1, 2e-3f) << temperature_k;
    EXPECT_NEAR(grey.z, 1, 2e-3f) << temperature_k;
  }
}

TEST(WhiteBalance, GoesFromRedToBlueWithoutAStepOnTheWay) {
  Vec2 last = white_of_temperature(2000);
  for (float temperature_k = 2050; temperature_k <= 20000; temperature_k += 50) {
    const Vec2 white = white_of_temperature(temperature_k);
    EXPECT_LT(white.x, last.x) << temperature_k;
    EXPECT_LT(last.x - white.x, 0.007f) << temperature_k;
    last = white;
  }
}

// D50 to D65, as Bruce Lindbloom's tables of the Bradford adaptation have it, between linear Rec. 709.
TEST(WhiteBalance, IsTheBradfordAdaptation) {
  const Vec3 grey = white_balance(5003) * Vec3{1, 1, 1};
  const Vec3 xyz{0.9555766f * 0.95047f - 0.0230393f + 0.0631636f * 1.08883f,
                 -0.0282895f * 0.95047f + 1.0099416f + 0.0210077f * 1.08883f,
                 0.0122982f * 0.95047f - 0.0204830f + 1.3299098f * 1.08883f};
  EXPECT_NEAR(0.2126390f * grey.x + 0.7151687f * grey.y + 0.0721923f * grey.z, xyz.y, 2e-3f);
  EXPECT_NEAR(0.4123908f * grey.x + 0.3575843f * grey.y + 0.1804808f * grey.z, xyz.x, 2e-3f);
  EXPECT_NEAR(0.0193308f * grey.x + 0.1191948f * grey.y + 0.9505322f * grey.z, xyz.z, 4e-3f);
}

}  // namespace
}  // namespace kiln
