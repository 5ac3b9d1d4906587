#include "scene/alias_table.h"

#include <gtest/gtest.h>
#include <limits>

#include "kernels/alias.h"

namespace kiln {
namespace {

/// What the table really draws: each slot with 1/n, its item with `keep`, its alias with the rest.
std::vector<double> drawn(const std::vector<AliasEntry>& table) {
  std::vector<double> p(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    p[i] += table[i].keep / static_cast<double>(table.size());
    p[table[i].alias] += (1.0 - table[i].keep) / static_cast<double>(table.size());
  }
  return p;
}

TEST(AliasTable, DrawsInProportionToTheWeights) {
  const std::vector<float> weights{3, 0, 1, 0.5f, 8, 0, 2.5f};
  const auto table = build_alias_table(weights);
  ASSERT_EQ(table.size(), weights.size());
  const auto p = drawn(table);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    EXPECT_NEAR(p[i], weights[i] / 15.0, 1e-7) << i;
    EXPECT_NEAR(table[i].probability, weights[i] / 15.0, 1e-7) << i;
  }
}

TEST(AliasTable, NeverDrawsAWeightOfZero) {
  std::vector<float> weights(1001, 0.1f);
  for (std::size_t i = 0; i < weights.size(); i += 3) weights[i] = 0;
  const auto table = build_alias_table(weights);
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (weights[i] == 0) {
      EXPECT_EQ(table[i].keep, 0) << i;
    }
    EXPECT_GT(weights[table[i].keep < 1 ? table[i].alias : i], 0) << i;
  }
}

TEST(AliasTable, HoldsManyWeightsOfVeryDifferentSize) {
  std::vector<float> weights;
  for (int i = 0; i < 100'000; ++i) weights.push_back(std::exp2(static_cast<float>(i % 40) - 20));
  const auto table = build_alias_table(weights);
  const auto p = drawn(table);
  double sum = 0, largest_error = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    sum += table[i].probability;
    largest_error = std::max(largest_error, std::fabs(p[i] - table[i].probability) / table[i].probability);
  }
  EXPECT_NEAR(sum, 1, 1e-6);
  EXPECT_LT(largest_error, 1e-3);
}

TEST(AliasTable, IsUniformWhereAllWeightsAreZero) {
  for (const AliasEntry& e : build_alias_table(std::vector<float>(5, 0.0f))) {
    EXPECT_EQ(e.keep, 1);
    EXPECT_FLOAT_EQ(e.probability, 0.2f);
  }
}

TEST(AliasTable, IsEmptyWithoutWeights) { EXPECT_TRUE(build_alias_table({}).empty()); }

TEST(AliasTable, CountsWhatIsNoWeightAsZero) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const auto table = build_alias_table(std::vector<float>{nan, 1, -4, infinity, 3});
  const auto p = drawn(table);
  EXPECT_NEAR(p[1], 0.25, 1e-7);
  EXPECT_NEAR(p[4], 0.75, 1e-7);
  EXPECT_EQ(p[0] + p[2] + p[3], 0);
}

TEST(AliasTable, IsReadByTheKernelsAsItIsMeant) {
  const std::vector<float> weights{1, 0, 5, 2};
  const auto table = build_alias_table(weights);
  std::vector<int> hits(4);
  constexpr int kDraws = 80'000;
  for (int i = 0; i < kDraws; ++i)
    ++hits[draw_alias(table.data(), 4, (static_cast<float>(i) + 0.5f) / kDraws, 0.5f).index];
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(hits[i], kDraws * weights[i] / 8, 4) << i;
}

}  // namespace
}  // namespace kiln
