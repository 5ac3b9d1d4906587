#include "scene/distribution.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "kernels/inversion.h"

namespace kiln::scene {
namespace {

struct Distribution {
  explicit Distribution(const std::vector<float>& weights) : cumulative(weights.size()), guide(weights.size()) {
    sum = build_distribution(weights, cumulative, guide);
  }
  DistributionView view() const {
    return {cumulative.data(), guide.data(), static_cast<std::uint32_t>(cumulative.size())};
  }

  std::vector<float> cumulative;
  std::vector<std::uint32_t> guide;
  double sum = 0;
};

TEST(Distribution, HasChancesInProportionToTheWeights) {
  const std::vector<float> weights{3, 0, 1, 0.5f, 8, 0, 2.5f};
  const Distribution d(weights);
  EXPECT_EQ(d.sum, 15);
  for (std::uint32_t i = 0; i < weights.size(); ++i) EXPECT_NEAR(chance_of(d.view(), i), weights[i] / 15.0, 1e-7) << i;
}

TEST(Distribution, NeverDrawsAWeightOfZero) {
  std::vector<float> weights(1001, 0.1f);
  for (std::size_t i = 0; i < weights.size(); i += 3) weights[i] = 0;
  weights.resize(1100);
  const Distribution d(weights);
  for (std::uint32_t i = 0; i < weights.size(); ++i) EXPECT_EQ(chance_of(d.view(), i) > 0, weights[i] > 0) << i;
  for (int k = 0; k < 4096; ++k) EXPECT_GT(weights[draw_by_inversion(d.view(), static_cast<float>(k) / 4096).index], 0);
  EXPECT_GT(weights[draw_by_inversion(d.view(), 0.99999994f).index], 0);
}

/// The chances are what the draws do, number by number: all that there are, of the smallest step.
TEST(Distribution, EveryChanceIsAWholeNumberOfSteps) {
  std::vector<float> weights;
  for (int i = 0; i < 100'000; ++i) weights.push_back(std::exp2(static_cast<float>(i % 40) - 20));
  const Distribution d(weights);
  double before = 0;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    const double steps = static_cast<double>(chance_of(d.view(), i)) / kInversionStep;
    EXPECT_EQ(steps, std::floor(steps)) << i;
    before += weights[i];
    ASSERT_NEAR(d.cumulative[i], before / d.sum, 0.51 * kInversionStep) << i;
  }
  EXPECT_EQ(d.cumulative.back(), 1);
}

/// Wherever in its guide a number falls, it finds the item whose share it lies in, and its place there.
TEST(Distribution, DrawsTheItemThatTheNumberFallsTo) {
  const std::vector<float> weights{1, 0, 5, 2, 1e-3f, 1e-3f, 9, 0.2f};
  const Distribution d(weights);
  for (int k = 0; k < 1 << 16; ++k) {
    const float u = (static_cast<float>(k) + 0.5f) / (1 << 16);
    const InversionDraw draw = draw_by_inversion(d.view(), u);
    const float before = chance_before(d.view(), draw.index);
    ASSERT_TRUE(u >= before && u < d.cumulative[draw.index]) << u;
    ASSERT_EQ(draw.chance, chance_of(d.view(), draw.index));
    ASSERT_NEAR(before + draw.u * draw.chance, u, 1e-6) << u;
    ASSERT_TRUE(draw.u >= 0 && draw.u < 1);
  }
}

TEST(Distribution, IsUniformWhereAllWeightsAreZero) {
  const Distribution d(std::vector<float>(5, 0.0f));
  EXPECT_EQ(d.sum, 0);
  for (std::uint32_t i = 0; i < 5; ++i) EXPECT_NEAR(chance_of(d.view(), i), 0.2, 1e-7);
}

TEST(Distribution, OfOneItemAlwaysDrawsIt) {
  const Distribution d({0.3f});
  for (const float u : {0.0f, 0.5f, 0.99999994f}) {
    EXPECT_EQ(draw_by_inversion(d.view(), u).index, 0u);
    EXPECT_EQ(draw_by_inversion(d.view(), u).u, u);
  }
}

TEST(Distribution, CountsWhatIsNoWeightAsZero) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const Distribution d({nan, 1, -4, infinity, 3});
  EXPECT_EQ(d.sum, 4);
  EXPECT_EQ(chance_of(d.view(), 1), 0.25f);
  EXPECT_EQ(chance_of(d.view(), 4), 0.75f);
}

}  // namespace
}  // namespace kiln::scene
