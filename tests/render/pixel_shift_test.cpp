#include <gtest/gtest.h>
#include <set>

#include "kernels/sampler.h"

/// How sample points are spread over the pixels of a picture.
namespace kiln {
namespace {

/// The first samples of the pixels of a square of the film.
struct Share {
  std::uint32_t x, y, side;
  std::uint32_t samples;
};

template <class Use>
void for_points(const Share& share, std::uint32_t group, Use use) {
  for (std::uint32_t i = 0; i < share.side * share.side; ++i) {
    const FilmPlace pixel{share.x + i % share.side, share.y + i / share.side};
    for (std::uint32_t sample = 0; sample < share.samples; ++sample)
      use(sample_4d(make_sampler(5, pixel, sample), group));
  }
}

/// How many boxes of 2^-a by 2^-b hold one of the points.
std::size_t boxes_hit(const Share& share, std::uint32_t group, int a, int b, float Vec4::*s, float Vec4::*t) {
  std::set<std::uint32_t> boxes;
  for_points(share, group, [&](Vec4 u) {
    boxes.insert((static_cast<std::uint32_t>(u.*s * static_cast<float>(1 << a)) << b) |
                 static_cast<std::uint32_t>(u.*t * static_cast<float>(1 << b)));
  });
  return boxes.size();
}

int log2_of(std::uint32_t n) { return n < 2 ? 0 : 1 + log2_of(n / 2); }

TEST(PixelsOfASquare, ShareOutEveryElementaryBoxOfTwoDimensions) {
  for (const std::uint32_t samples : {1u, 4u, 16u, 64u, 256u}) {
    for (const std::uint32_t side : {2u, 4u, 8u, 16u, 32u, 64u}) {
      const Share share{64 + 64 - side, 128 + (side < 64 ? side : 0), side, samples};
      const int bits = log2_of(side * side * samples);
      if (side * side * samples > 1u << 12) continue;
      for (int a = 0; a <= bits; ++a) {
        ASSERT_EQ(boxes_hit(share, side + samples, a, bits - a, &Vec4::x, &Vec4::y), 1u << bits)
            << side << " pixels square, " << samples << " samples, " << a;
      }
    }
  }
}

TEST(PixelsOfASquare, ShareOutTheOtherDimensionsOneByOne) {
  for (const auto dimension : {&Vec4::z, &Vec4::w}) {
    for (const std::uint32_t samples : {1u, 4u, 16u, 64u}) {
      const Share share{8, 16, 8, samples};
      EXPECT_EQ(boxes_hit(share, 2, log2_of(64 * samples), 0, dimension, &Vec4::x), 64 * samples);
    }
  }
  for (int a = 0; a <= 8; ++a) EXPECT_EQ(boxes_hit({16, 32, 16, 1}, 3, a, 8 - a, &Vec4::z, &Vec4::w), 256u) << a;
}

TEST(PixelsOfASquare, ShareNothingAcrossGroups) {
  double product = 0;
  for (std::uint32_t pixel = 0; pixel < 64 * 64; ++pixel) {
    const Sampler sampler = make_sampler(1, {pixel % 64, pixel / 64}, 0);
    product += (sample_4d(sampler, 1).x - 0.5) * (sample_4d(sampler, 2).x - 0.5);
  }
  EXPECT_NEAR(product / 4096 * 12, 0, 0.0625);  // 4 sigma of white noise
}

TEST(PixelsOfATile, AreOthersThanThoseOfTheNext) {
  double product = 0;
  for (std::uint32_t pixel = 0; pixel < 64 * 64; ++pixel) {
    const FilmPlace here{pixel % 64, pixel / 64}, beside{64 + pixel % 64, pixel / 64};
    product += (sample_4d(make_sampler(1, here, 0), 0).x - 0.5) * (sample_4d(make_sampler(1, beside, 0), 0).x - 0.5);
  }
  EXPECT_NEAR(product / 4096 * 12, 0, 0.0625);
}

}  // namespace
}  // namespace kiln
