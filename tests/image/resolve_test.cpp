#include "image/resolve.h"

#include <gmock/gmock.h>
#include <limits>

#include "test_images.h"

namespace kiln {
namespace {

using test::filled;
using testing::ElementsAre;

DisplaySettings plain(bool transparent = false) { return {ToneMapping::none, 0, transparent, {}, 8}; }

TEST(Resolve, DividesTheSumsBySamples) {
  const auto mean = resolve_accumulator(filled(2, 1, {8, 4, 2, 4}), 4);
  EXPECT_EQ(mean.width, 2u);
  EXPECT_EQ(mean.pixels[1].x, 2);
  EXPECT_EQ(mean.pixels[1].z, 0.5f);
  EXPECT_EQ(mean.pixels[1].w, 1);
}

TEST(Resolve, DividesEachPixelByItsOwnSamples) {
  const auto mean = resolve_accumulator(filled(2, 2, {12, 12, 12, 12}), {3, 4, 3});
  EXPECT_EQ(mean.pixels[0].x, 3);
  EXPECT_EQ(mean.pixels[2].w, 3);
  EXPECT_EQ(mean.pixels[3].x, 4);
}

TEST(Resolve, DividesAPixelThatHasEndedByItsOwnLimit) {
  const SampleCounts counts{1, 6, 4, {2, 8, 4, 8}};  // of the two that go on, one has the samples of the round
  const auto mean = resolve_accumulator(filled(2, 2, {24, 24, 24, 24}), counts);
  EXPECT_EQ(mean.pixels[0].x, 12);
  EXPECT_EQ(mean.pixels[1].x, 4);
  EXPECT_EQ(mean.pixels[2].x, 6);
  EXPECT_EQ(mean.pixels[3].x, 6);
  EXPECT_EQ(total_samples(counts, 4), 2u + 6 + 4 + 4);
}

TEST(Resolve, APixelWithoutASampleIsTransparentBlack) {
  const auto mean = resolve_accumulator(filled(2, 1, {1, 1, 1, 1}), {1, 1, 0});
  EXPECT_EQ(mean.pixels[0].x, 1);
  EXPECT_EQ(mean.pixels[1].x, 0);
  EXPECT_EQ(mean.pixels[1].w, 0);
}

TEST(Display, LeavesAlphaOutOfAnOpaquePicture) {
  const auto shown = to_display(filled(1, 1, {0.5f, 1, 0, 0.25f}), plain());
  EXPECT_EQ(shown.channels, 3u);
  EXPECT_THAT(shown.bytes, ElementsAre(188, 255, 0));
}

TEST(Display, DividesByAlphaForAStraightOne) {
  const auto shown = to_display(filled(1, 1, {0.125f, 0.25f, 0, 0.25f}), plain(true));
  EXPECT_THAT(shown.bytes, ElementsAre(188, 255, 0, 64));
}

TEST(Display, ShowsNothingWhereThereIsNoCoverage) {
  for (const float alpha : {0.0f, 0.001f, -1.0f, std::numeric_limits<float>::quiet_NaN()})
    EXPECT_THAT(to_display(filled(1, 1, {9, 9, 9, alpha}), plain(true)).bytes, ElementsAre(0, 0, 0, 0));
}

TEST(Display, ExposesInStops) {
  DisplaySettings settings = plain();
  settings.exposure_ev = 1;
  EXPECT_THAT(to_display(filled(1, 1, {0.25f, 0.5f, 0, 1}), settings).bytes, ElementsAre(188, 255, 0));
  settings.exposure_ev = -2;
  EXPECT_THAT(to_display(filled(1, 1, {2, 4, 0, 1}), settings).bytes, ElementsAre(188, 255, 0));
}

TEST(Display, RoundsToTheNearestByte) {
  // 0.5 encodes to 0.735357 * 255 = 187.516
  EXPECT_EQ(to_display(filled(1, 1, {0.4996f, 0.5f, 0, 1}), plain()).bytes[1], 188);
  EXPECT_EQ(to_display(filled(1, 1, {0.4990f, 0.5f, 0, 1}), plain()).bytes[0], 187);
}

TEST(Display, RoundsToTheNearestOf65536) {
  DisplaySettings settings = plain(true);
  settings.bit_depth = 16;
  const auto shown = to_display(filled(1, 1, {0.25f, 0.5f, 0, 0.5f}), settings);
  EXPECT_EQ(shown.bit_depth, 16u);
  // 0.5 encodes to 0.7353569 * 65535 = 48191.6 = 0xbc40
  EXPECT_THAT(shown.bytes, ElementsAre(0xbc, 0x40, 0xff, 0xff, 0, 0, 0x80, 0x00));
}

TEST(Display, BalancesTheWhiteBeforeTheToneCurve) {
  DisplaySettings settings = plain();
  settings.white_balance_k = 2856;
  const auto shown = to_display(filled(1, 1, {0.9138f, 0.4090f, 0.1155f, 1}), settings);  // incandescent
  EXPECT_NEAR(shown.bytes[0], shown.bytes[1], 2);
  EXPECT_NEAR(shown.bytes[2], shown.bytes[1], 2);
}

}  // namespace
}  // namespace kiln
