#include <gtest/gtest.h>
#include <string>

#include "image/decode.h"
#include "test_images.h"

namespace kiln {
namespace {

using test::bytes_of;
using test::kNoLimit;

constexpr std::string_view kHeader = "#?RADIANCE\nGAMMA=1\nFORMAT=32-bit_rle_rgbe\n\n";

std::vector<std::byte> hdr(std::string_view resolution, std::string_view data) {
  return bytes_of(std::string(kHeader) + std::string(resolution) + "\n" + std::string(data));
}

/// Exponent 129: mantissa 128 is 1.
std::string pixel(int r, int g, int b, int e = 129) {
  return {static_cast<char>(r), static_cast<char>(g), static_cast<char>(b), static_cast<char>(e)};
}

TEST(RadianceHdr, ReadsFlatPixels) {
  const auto image =
      decode_radiance(hdr("-Y 1 +X 3", pixel(128, 64, 32) + pixel(128, 0, 255, 130) + pixel(9, 9, 9, 0)), kNoLimit);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->width, 3u);
  EXPECT_EQ(image->height, 1u);
  EXPECT_TRUE(image->pixels[0] == (Vec3{1, 0.5f, 0.25f}));
  EXPECT_TRUE(image->pixels[1] == (Vec3{2, 0, 3.984375f}));
  EXPECT_TRUE(image->pixels[2] == (Vec3{0, 0, 0}));  // exponent 0 is black whatever the mantissas
}

TEST(RadianceHdr, ReadsNewRunLengths) {
  std::string line = {2, 2, 0, 9};
  line += std::string("\x89\x80", 2);                                   // red: a run of 9
  line += std::string("\x09\x01\x02\x03\x04\x05\x06\x07\x08\x09", 10);  // green: 9 literals
  line += std::string("\x84\x40\x85\x20", 4);                           // blue: runs of 4 and 5
  line += std::string("\x89\x81", 2);
  const auto image = decode_radiance(hdr("-Y 1 +X 9", line), kNoLimit);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_TRUE(image->pixels[0] == (Vec3{1, 1 / 128.0f, 0.5f}));
  EXPECT_TRUE(image->pixels[8] == (Vec3{1, 9 / 128.0f, 0.25f}));
}

TEST(RadianceHdr, ReadsOldRunLengths) {
  // One pixel, 3 repeats of it, another pixel; then 1 + 258 = 259 wide: 2 + 256 * 1.
  const auto image =
      decode_radiance(hdr("-Y 1 +X 5", pixel(128, 0, 0) + pixel(1, 1, 1, 3) + pixel(0, 128, 0)), kNoLimit);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->pixels[3].x, 1);
  EXPECT_EQ(image->pixels[4].y, 1);
  const auto wide =
      decode_radiance(hdr("-Y 1 +X 259", pixel(128, 0, 0) + pixel(1, 1, 1, 2) + pixel(1, 1, 1, 1)), kNoLimit);
  ASSERT_TRUE(wide) << wide.error().message;
  EXPECT_EQ(wide->pixels[258].x, 1);
}

TEST(RadianceHdr, ReadsAllEightOrientations) {
  // A 2 x 2 picture: a b over c d. Each row: the resolution line, and the order in which the file has the pixels.
  struct Case {
    const char* resolution;
    const char* order;
  };
  for (const Case c :
       {Case{"-Y 2 +X 2", "abcd"}, Case{"-Y 2 -X 2", "badc"}, Case{"+Y 2 +X 2", "cdab"}, Case{"+Y 2 -X 2", "dcba"},
        Case{"+X 2 -Y 2", "acbd"}, Case{"+X 2 +Y 2", "cadb"}, Case{"-X 2 -Y 2", "bdac"}, Case{"-X 2 +Y 2", "dbca"}}) {
    std::string data;
    for (const char* p = c.order; *p; ++p) data += pixel(*p, 0, 0, 136);
    const auto image = decode_radiance(hdr(c.resolution, data), kNoLimit);
    ASSERT_TRUE(image) << c.resolution << ": " << image.error().message;
    std::string seen;
    for (const Vec3 p : image->pixels) seen += static_cast<char>(p.x);
    EXPECT_EQ(seen, "abcd") << c.resolution;
  }
}

TEST(RadianceHdr, KnowsWidthFromHeight) {
  for (const char* resolution : {"-Y 3 +X 2", "+X 2 -Y 3"}) {
    const auto info = probe_image(hdr(resolution, ""));
    ASSERT_TRUE(info);
    EXPECT_EQ(info->kind, ImageKind::radiance_hdr);
    EXPECT_EQ(info->width, 2u);
    EXPECT_EQ(info->height, 3u);
  }
}

TEST(RadianceHdr, RefusesWhatItCannotRead) {
  const auto code = [](const std::vector<std::byte>& bytes) { return decode_radiance(bytes, 1000).error().code; };
  EXPECT_EQ(code(hdr("-Y 1 +Y 3", "")), ErrorCode::invalid_image);
  EXPECT_EQ(code(hdr("-Y 0 +X 3", "")), ErrorCode::invalid_image);
  EXPECT_EQ(code(hdr("-Y -1 +X 3", "")), ErrorCode::invalid_image);
  EXPECT_EQ(code(hdr("nonsense", "")), ErrorCode::invalid_image);
  EXPECT_EQ(code(hdr("-Y 1 +X 1", pixel(1, 1, 1, 1))), ErrorCode::invalid_image);  // a repeat of nothing
  EXPECT_EQ(code(hdr("-Y 1 +X 2", pixel(2, 9, 9) + pixel(1, 1, 1, 200))), ErrorCode::invalid_image);
  EXPECT_EQ(code(hdr("-Y 1 +X 9", std::string("\x02\x02\x00\x08", 4))), ErrorCode::invalid_image);  // another width
  EXPECT_EQ(code(bytes_of("#?RADIANCE\nFORMAT=32-bit_rle_xyze\n\n-Y 1 +X 1\n....")), ErrorCode::invalid_image);
  EXPECT_EQ(code(hdr("-Y 2147483647 +X 2147483647", "")), ErrorCode::limit_exceeded);
  EXPECT_EQ(code(hdr("-Y 99999999999999999999 +X 1", "")), ErrorCode::invalid_image);
}

TEST(RadianceHdr, NeedsEveryByte) {
  std::string line = {2, 2, 0, 9};
  for (int channel = 0; channel < 4; ++channel) line += std::string("\x84\x80\x05\x01\x02\x03\x04\x05", 8);
  const auto whole = hdr("-Y 2 +X 9", line + line);
  ASSERT_TRUE(decode_radiance(whole, kNoLimit));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode_radiance(std::span(whole).first(size), kNoLimit)) << size;
}

}  // namespace
}  // namespace kiln
