#include "kernels/sampler.h"

#include <array>
#include <gtest/gtest.h>
#include <set>

namespace kiln {
namespace {

/// The first points of the Sobol sequence with the direction numbers of Joe and Kuo, in eighths.
TEST(Sobol, GivesThePublishedPoints) {
  constexpr std::array<std::array<std::uint32_t, 3>, 8> kEighths{
      {{0, 0, 0}, {4, 4, 4}, {6, 2, 2}, {2, 6, 6}, {3, 3, 5}, {7, 7, 1}, {5, 1, 7}, {1, 5, 3}}};
  constexpr std::array<std::uint32_t, 8> kFromGrayCode{0, 1, 3, 2, 6, 7, 5, 4};  // the published order
  for (std::size_t i = 0; i < kEighths.size(); ++i) {
    const SobolPoint p = sobol_point(kFromGrayCode[i]);
    EXPECT_EQ(reverse_bits(kFromGrayCode[i]) >> 29, kEighths[i][0]) << i;
    EXPECT_EQ(reverse_bits(p.d1) >> 29, kEighths[i][1]) << i;
    EXPECT_EQ(reverse_bits(p.d2) >> 29, kEighths[i][2]) << i;
  }
}

/// How many of the 2^(a + b) boxes of 2^-a by 2^-b hold a point, for 2^(a + b) points.
std::size_t boxes_hit(int a, int b, std::uint32_t first, float Vec4::*s, float Vec4::*t) {
  std::set<std::uint32_t> boxes;
  for (std::uint32_t i = 0; i < (1u << (a + b)); ++i) {
    const Vec4 u = sample_4d(make_sampler(7, {1234, 77}, first + i), 3);
    boxes.insert((static_cast<std::uint32_t>(u.*s * static_cast<float>(1 << a)) << b) |
                 static_cast<std::uint32_t>(u.*t * static_cast<float>(1 << b)));
  }
  return boxes.size();
}

TEST(Sampler, FillsEveryElementaryBoxOfItsFirstTwoDimensions) {
  for (int a = 0; a <= 8; ++a) EXPECT_EQ(boxes_hit(a, 8 - a, 0, &Vec4::x, &Vec4::y), 256u) << a;
  for (int a = 0; a <= 6; ++a) EXPECT_EQ(boxes_hit(a, 6 - a, 64, &Vec4::x, &Vec4::y), 64u) << a;
}

TEST(Sampler, StratifiesEachDimensionAlone) {
  for (const auto dimension : {&Vec4::x, &Vec4::y, &Vec4::z, &Vec4::w}) {
    EXPECT_EQ(boxes_hit(10, 0, 0, dimension, &Vec4::x), 1024u);
  }
}

TEST(Sampler, StaysInTheUnitIntervalAndOnTheMeanOfOneHalf) {
  std::array<double, 4> sum{};
  constexpr std::uint32_t kPixels = 256, kGroups = 16;
  for (std::uint32_t pixel = 0; pixel < kPixels; ++pixel) {
    for (std::uint32_t group = 0; group < kGroups; ++group) {
      const Vec4 u = sample_4d(make_sampler(1, {37 * pixel, pixel}, 5), group);
      const std::array<float, 4> values{u.x, u.y, u.z, u.w};
      for (std::size_t k = 0; k < 4; ++k) {
        ASSERT_GE(values[k], 0.0f);
        ASSERT_LT(values[k], 1.0f);
        sum[k] += values[k];
      }
    }
  }
  for (const double s : sum) EXPECT_NEAR(s / (kPixels * kGroups), 0.5, 0.02);  // 4 sigma of white noise
}

TEST(Sampler, IsAPureFunctionOfSeedPixelSampleAndGroup) {
  const auto first = [](std::uint64_t seed, std::uint32_t pixel, std::uint32_t sample, std::uint32_t group) {
    return sample_4d(make_sampler(seed, {pixel, 0}, sample), group).x;
  };
  const float base = first(1, 2, 3, 4);
  EXPECT_EQ(base, first(1, 2, 3, 4));
  EXPECT_NE(base, first(std::uint64_t{1} << 40, 2, 3, 4));
  EXPECT_NE(base, first(1, 3, 3, 4));
  EXPECT_NE(base, first(1, 2, 4, 4));
  EXPECT_NE(base, first(1, 2, 3, 5));
  EXPECT_NE(base, first(1, 2, 3 + 65536, 4));
}

}  // namespace
}  // namespace kiln
