#include <ImfChannelList.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfOutputFile.h>
#include <ImfTileDescription.h>
#include <ImfTiledOutputFile.h>
#include <cstring>
#include <gtest/gtest.h>

#include "image/decode.h"
#include "image/exr_stream.h"
#include "test_images.h"

namespace kiln {
namespace {

namespace Imf = OPENEXR_IMF_NAMESPACE;
using IMATH_NAMESPACE::Box2i;
using IMATH_NAMESPACE::V2i;
using test::kNoLimit;

/// Pixel (x, y) of the data window has the value x + 100 y in the first channel, one more in each further one.
std::vector<std::byte> write_exr(Imf::Header header, std::initializer_list<const char*> channels, bool tiled = false) {
  const Box2i window = header.dataWindow();
  const int width = window.max.x - window.min.x + 1, height = window.max.y - window.min.y + 1;
  std::vector<std::vector<float>> planes;
  Imf::FrameBuffer frame;
  for (const char* name : channels) {
    header.channels().insert(name, Imf::Channel(Imf::FLOAT));
    auto& plane = planes.emplace_back();
    for (int y = window.min.y; y <= window.max.y; ++y)
      for (int x = window.min.x; x <= window.max.x; ++x)
        plane.push_back(static_cast<float>(x + 100 * y) + static_cast<float>(planes.size() - 1));
  }
  std::size_t i = 0;
  for (const char* name : channels)
    frame.insert(name, Imf::Slice::Make(Imf::FLOAT, planes[i++].data(), window, sizeof(float), sizeof(float) * width));
  image::MemoryOutput stream;
  if (tiled) {
    header.setTileDescription(Imf::TileDescription(4, 4));
    Imf::TiledOutputFile file(stream, header, 0);
    file.setFrameBuffer(frame);
    file.writeTiles(0, file.numXTiles() - 1, 0, file.numYTiles() - 1);
  } else {
    Imf::OutputFile file(stream, header, 0);
    file.setFrameBuffer(frame);
    file.writePixels(height);
  }
  return stream.take();
}

Imf::Header header_of(Box2i display, Box2i data) {
  return Imf::Header(display, data, 1, {0, 0}, 1, Imf::INCREASING_Y, Imf::ZIP_COMPRESSION);
}

TEST(OpenExr, ReadsScanlinesAndTilesAlike) {
  for (const bool tiled : {false, true}) {
    const auto bytes = write_exr(Imf::Header(10, 6), {"R", "G", "B"}, tiled);
    const auto image = decode_radiance(bytes, kNoLimit);
    ASSERT_TRUE(image) << image.error().message;
    ASSERT_EQ(image->width, 10u);
    ASSERT_EQ(image->height, 6u);
    EXPECT_TRUE(image->pixels[0] == (Vec3{0, 1, 2}));
    EXPECT_TRUE(image->pixels[5 * 10 + 9] == (Vec3{509, 510, 511}));
  }
}

TEST(OpenExr, ReadsLuminanceAsGrey) {
  const auto image = decode_radiance(write_exr(Imf::Header(3, 2), {"Y"}), kNoLimit);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_TRUE(image->pixels[4] == (Vec3{101, 101, 101}));
}

TEST(OpenExr, ShowsTheDisplayWindow) {
  // The data stand out to the left and above, and are missing on the right.
  const auto bytes = write_exr(header_of({V2i(0, 0), V2i(3, 1)}, {V2i(-2, -1), V2i(1, 4)}), {"R", "G", "B"});
  const auto info = probe_image(bytes);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->width, 4u);
  EXPECT_EQ(info->height, 2u);
  const auto image = decode_radiance(bytes, kNoLimit);
  ASSERT_TRUE(image) << image.error().message;
  ASSERT_EQ(image->pixels.size(), 8u);
  EXPECT_EQ(image->pixels[0].x, 0);
  EXPECT_EQ(image->pixels[1].x, 1);
  EXPECT_EQ(image->pixels[2].x, 0);
  EXPECT_EQ(image->pixels[2].y, 0);  // black, not the 3 that data would have
  EXPECT_EQ(image->pixels[5].x, 101);
}

TEST(OpenExr, ShowsBlackWhereTheWindowsDoNotMeet) {
  const auto bytes = write_exr(header_of({V2i(0, 0), V2i(1, 1)}, {V2i(5, 5), V2i(8, 8)}), {"R", "G", "B"});
  const auto image = decode_radiance(bytes, kNoLimit);
  ASSERT_TRUE(image) << image.error().message;
  for (const Vec3 p : image->pixels) EXPECT_TRUE(p == (Vec3{0, 0, 0}));
}

TEST(OpenExr, RefusesOtherChannels) {
  const auto image = decode_radiance(write_exr(Imf::Header(3, 2), {"R", "depth"}), kNoLimit);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::invalid_image);
}

TEST(OpenExr, ChecksTheSizeBeforeItAllocates) {
  const auto bytes = write_exr(Imf::Header(10, 6), {"R", "G", "B"});
  EXPECT_EQ(decode_radiance(bytes, 59).error().code, ErrorCode::limit_exceeded);
  EXPECT_TRUE(decode_radiance(bytes, 60));
  // Both windows say 2^30 x 2^30.
  auto huge = bytes;
  const std::int32_t most = (1 << 30) - 1;
  for (const char* name : {"dataWindow", "displayWindow"}) {
    const auto at = test::text_of(huge).find(name) + std::strlen(name) + 1 + 6 + 4 + 8;
    std::memcpy(huge.data() + at, &most, 4);
    std::memcpy(huge.data() + at + 4, &most, 4);
  }
  EXPECT_FALSE(decode_radiance(huge, kNoLimit));
  EXPECT_FALSE(probe_image(huge));
}

TEST(OpenExr, RefusesAnAttributeThatClaimsMoreThanTheFileHas) {
  auto bytes = write_exr(Imf::Header(10, 6), {"R", "G", "B"});
  const auto at = test::text_of(bytes).find("compression") + 12 + 12;
  const std::uint32_t claim = 0x7ffffff0;
  std::memcpy(bytes.data() + at, &claim, 4);
  const auto image = decode_radiance(bytes, kNoLimit);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::invalid_image);
}

TEST(OpenExr, RefusesFilesOfSeveralParts) {
  auto bytes = write_exr(Imf::Header(4, 4), {"R", "G", "B"});
  bytes[5] |= std::byte{0x10};
  EXPECT_EQ(decode_radiance(bytes, kNoLimit).error().code, ErrorCode::invalid_image);
}

TEST(OpenExr, NeedsEveryByte) {
  for (const bool tiled : {false, true}) {
    const auto whole = write_exr(Imf::Header(6, 5), {"R", "G", "B"}, tiled);
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_FALSE(decode_radiance(std::span(whole).first(size), kNoLimit)) << size;
  }
}

TEST(OpenExr, SurvivesAnyByteChanged) {
  const auto whole = write_exr(Imf::Header(6, 5), {"R", "G", "B"});
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const int flip : {0x01, 0x80, 0xff}) {
      auto bytes = whole;
      bytes[i] ^= static_cast<std::byte>(flip);
      const auto image = decode_radiance(bytes, 1 << 16);
      if (image) {
        EXPECT_EQ(image->pixels.size(), std::size_t{image->width} * image->height);
      }
    }
}

}  // namespace
}  // namespace kiln
