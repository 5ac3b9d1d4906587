#include "kernels/pixel_filter.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

namespace kiln {
namespace {

constexpr int kCount = 100'000;

float number(int i) { return (static_cast<float>(i) + 0.5f) / kCount; }

/// How much of the window lies below `x`: its integral from -1, over that to 1.
double distribution(double x) {
  constexpr double pi = std::numbers::pi;
  return 0.5 + (0.35875 * x + 0.48829 * std::sin(pi * x) / pi + 0.14128 * std::sin(2 * pi * x) / (2 * pi) +
                0.01168 * std::sin(3 * pi * x) / (3 * pi)) /
                   (2 * 0.35875);
}

TEST(BlackmanHarris, IsDrawnByTheInverseOfItsDistribution) {
  double worst = 0;
  for (int i = 0; i < kCount; ++i) {
    worst = std::max(worst, std::abs(distribution(sample_blackman_harris(number(i))) - number(i)));
  }
  EXPECT_LT(worst, 5e-5);
}

TEST(BlackmanHarris, RisesFromOneEndToTheOther) {
  float before = -1;
  for (int i = 0; i < kCount; ++i) {
    const float x = sample_blackman_harris(number(i));
    ASSERT_GT(x, before) << number(i);
    before = x;
  }
  EXPECT_LT(before, 1);
  EXPECT_GT(sample_blackman_harris(0.99999994f), 0.95f);
  EXPECT_LE(sample_blackman_harris(0.99999994f), 1);
  EXPECT_GE(sample_blackman_harris(0), -1);
}

TEST(BlackmanHarris, IsSymmetricAroundThePixelsCentre) {
  EXPECT_EQ(sample_blackman_harris(0.5f), 0);
  for (const float u : {0.0078125f, 0.125f, 0.25f, 0.4375f}) {
    EXPECT_EQ(sample_blackman_harris(u), -sample_blackman_harris(1 - u));
  }
}

TEST(BlackmanHarris, HasTheVarianceOfTheWindow) {
  double expected = 0, weight = 0, variance = 0;
  for (int i = 0; i < kCount; ++i) {
    const double x = 2.0 * number(i) - 1, pi = std::numbers::pi;
    const double w =
        0.35875 + 0.48829 * std::cos(pi * x) + 0.14128 * std::cos(2 * pi * x) + 0.01168 * std::cos(3 * pi * x);
    expected += w * x * x, weight += w;
    variance += std::pow(sample_blackman_harris(number(i)), 2);
  }
  EXPECT_NEAR(variance / kCount, expected / weight, 2e-5);
}

}  // namespace
}  // namespace kiln
