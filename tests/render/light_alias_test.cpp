#include <gtest/gtest.h>

#include "kernels/alias.h"

#include "scene/alias_table.h"
#include "tests/render/sampling_test_tools.h"

namespace kiln::testing {
namespace {

TEST(AliasDraw, FollowsTheWeights) {
  const std::vector<float> weights{1, 0, 5, 0.25f, 3, 0, 0.75f};
  const std::vector<AliasEntry> table = build_alias_table(weights);
  Uniform u(3);
  constexpr int kDraws = 100000;
  std::vector<double> observed(weights.size()), expected;
  for (const float w : weights) expected.push_back(w / 10 * kDraws);
  for (int i = 0; i < kDraws; ++i)
    observed[draw_alias(table.data(), static_cast<std::uint32_t>(table.size()), u(), u()).index] += 1;
  EXPECT_EQ(observed[1] + observed[5], 0) << "weight 0 is never drawn";
  EXPECT_TRUE(is_plausible(chi_square_p_value(observed, expected), 1));
}

TEST(AliasDraw, LeavesAUniformNumber) {
  const std::vector<float> weights{1, 2, 3, 10};
  const std::vector<AliasEntry> table = build_alias_table(weights);
  Uniform u(13);
  std::vector<double> observed(20), expected(20, 5000);
  for (int i = 0; i < 100000; ++i) {
    const float rest = draw_alias(table.data(), 4, u(), u()).u;
    ASSERT_TRUE(rest >= 0 && rest < 1);
    observed[static_cast<std::size_t>(rest * 20)] += 1;
  }
  EXPECT_TRUE(is_plausible(chi_square_p_value(observed, expected), 1));
}

TEST(AliasDraw, IsExactForMoreItemsThanAFloatHasDigits) {
  // Pairs of weights 1 and 3: with one float of 24 bits a pair of 2^23 items would see two values only.
  constexpr std::uint32_t kCount = 1u << 23;
  std::vector<AliasEntry> table(kCount);
  for (std::uint32_t i = 0; i < kCount; ++i)
    table[i] = i % 2 == 0 ? AliasEntry{0.5f, i + 1, 0.5f / kCount} : AliasEntry{1, i, 1.5f / kCount};
  Uniform u(17);
  constexpr int kDraws = 200000;
  std::vector<double> observed(2);
  for (int i = 0; i < kDraws; ++i) observed[draw_alias(table.data(), kCount, u(), u()).index % 2] += 1;
  EXPECT_TRUE(is_plausible(chi_square_p_value(observed, {0.25 * kDraws, 0.75 * kDraws}), 1));
}

TEST(AliasDraw, StaysInRangeAtTheEdges) {
  const std::vector<AliasEntry> table = build_alias_table(std::vector<float>{1, 1, 1});
  EXPECT_EQ(draw_alias(table.data(), 3, 0, 0).index, 0u);
  EXPECT_EQ(draw_alias(table.data(), 3, 0.99999994f, 0.99999994f).index, 2u);
  EXPECT_EQ(draw_alias(table.data(), 1, 0.99999994f, 0.99999994f).index, 0u);
}

}  // namespace
}  // namespace kiln::testing
