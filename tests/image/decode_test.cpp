#include "image/decode.h"

#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <spng.h>
#include <turbojpeg.h>
#include <webp/encode.h>

#include "test_images.h"

namespace kiln {
namespace {

using test::bytes_of;
using test::kNoLimit;

std::vector<std::byte> copy_of(const void* data, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  return {first, first + size};
}

struct PngSpec {
  spng_color_type color;
  std::uint8_t depth;
  std::uint8_t interlace = 0;
};

/// Writes raw samples with libspng, with a palette and transparency where given.
std::vector<std::byte> write_png(std::uint32_t width, std::uint32_t height, PngSpec spec,
                                 const std::vector<std::uint8_t>& samples, const spng_plte* palette = nullptr,
                                 const spng_trns* transparency = nullptr) {
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(SPNG_CTX_ENCODER), spng_ctx_free);
  spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header{width, height, spec.depth, static_cast<std::uint8_t>(spec.color), 0, 0, spec.interlace};
  spng_set_ihdr(context.get(), &header);
  if (palette) {
    spng_plte copy = *palette;
    spng_set_plte(context.get(), &copy);
  }
  if (transparency) {
    spng_trns copy = *transparency;
    spng_set_trns(context.get(), &copy);
  }
  EXPECT_EQ(spng_encode_image(context.get(), samples.data(), samples.size(), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE), 0);
  std::size_t size = 0;
  int error = 0;
  void* buffer = spng_get_png_buffer(context.get(), &size, &error);
  auto bytes = copy_of(buffer, size);
  std::free(buffer);
  return bytes;
}

std::vector<std::byte> write_jpeg(int width, int height, TJPF format, const std::vector<std::uint8_t>& samples,
                                  TJSAMP sampling) {
  const tjhandle handle = tjInitCompress();
  unsigned char* data = nullptr;
  unsigned long size = 0;
  EXPECT_EQ(tjCompress2(handle, samples.data(), width, 0, height, format, &data, &size, sampling, 95, 0), 0);
  auto bytes = copy_of(data, size);
  tjFree(data);
  tjDestroy(handle);
  return bytes;
}

std::vector<std::byte> write_webp(int width, int height, const std::vector<std::uint8_t>& rgba) {
  std::uint8_t* data = nullptr;
  const std::size_t size = WebPEncodeLosslessRGBA(rgba.data(), width, height, width * 4, &data);
  auto bytes = copy_of(data, size);
  WebPFree(data);
  return bytes;
}

std::vector<std::uint32_t> texels_of(const std::vector<std::byte>& bytes) {
  const auto image = decode_image(bytes, kNoLimit);
  EXPECT_TRUE(image) << (image ? "" : image.error().message);
  return image ? image->texels : std::vector<std::uint32_t>{};
}

/// Every kind, small, whole.
std::vector<std::vector<std::byte>> one_of_each_kind() {
  std::vector<std::uint8_t> rgba(12 * 9 * 4), rgb(12 * 9 * 3);
  for (std::size_t i = 0; i < rgba.size(); ++i) rgba[i] = static_cast<std::uint8_t>(i * 7);
  for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<std::uint8_t>(i * 5);
  return {write_png(12, 9, {SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 8}, rgba), write_jpeg(12, 9, TJPF_RGB, rgb, TJSAMP_420),
          write_webp(12, 9, rgba)};
}

TEST(Png, ReadsRgbAndRgba) {
  EXPECT_EQ(texels_of(write_png(2, 1, {SPNG_COLOR_TYPE_TRUECOLOR, 8}, {1, 2, 3, 4, 5, 6})),
            (std::vector<std::uint32_t>{0xff030201, 0xff060504}));
  EXPECT_EQ(texels_of(write_png(1, 2, {SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 8}, {1, 2, 3, 4, 5, 6, 7, 8})),
            (std::vector<std::uint32_t>{0x04030201, 0x08070605}));
}

TEST(Png, ReadsGreyOfEveryDepth) {
  EXPECT_EQ(texels_of(write_png(2, 1, {SPNG_COLOR_TYPE_GRAYSCALE, 8}, {0, 0x80})),
            (std::vector<std::uint32_t>{0xff000000, 0xff808080}));
  EXPECT_EQ(texels_of(write_png(8, 1, {SPNG_COLOR_TYPE_GRAYSCALE, 1}, {0b10000000}))[0], 0xffffffffu);
  EXPECT_EQ(texels_of(write_png(2, 1, {SPNG_COLOR_TYPE_GRAYSCALE, 4}, {0x5f})),
            (std::vector<std::uint32_t>{0xff555555, 0xffffffff}));
  EXPECT_EQ(texels_of(write_png(1, 1, {SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, 8}, {0x33, 0x44})),
            (std::vector<std::uint32_t>{0x44333333}));
}

TEST(Png, RoundsSixteenBitsToEight) {
  // 0x00ff is 0.99 of an 8-bit step: 1, where the high byte alone would be 0. The host writes little-endian samples.
  const std::vector<std::uint8_t> samples{0xff, 0x00, 0x00, 0x80, 0xff, 0xff};
  EXPECT_EQ(texels_of(write_png(1, 1, {SPNG_COLOR_TYPE_TRUECOLOR, 16}, samples)),
            (std::vector<std::uint32_t>{0xffff8001}));
}

TEST(Png, ReadsPalettesAndTheirTransparency) {
  spng_plte palette{};
  palette.n_entries = 2;
  palette.entries[0] = {10, 20, 30, 255};
  palette.entries[1] = {40, 50, 60, 255};
  spng_trns transparency{};
  transparency.n_type3_entries = 1;
  transparency.type3_alpha[0] = 7;
  EXPECT_EQ(texels_of(write_png(2, 1, {SPNG_COLOR_TYPE_INDEXED, 8}, {0, 1}, &palette, &transparency)),
            (std::vector<std::uint32_t>{0x071e140a, 0xff3c3228}));
}

TEST(Png, ReadsAColourThatStandsForTransparent) {
  spng_trns transparency{};
  transparency.red = 1;
  transparency.green = 2;
  transparency.blue = 3;
  EXPECT_EQ(texels_of(write_png(2, 1, {SPNG_COLOR_TYPE_TRUECOLOR, 8}, {1, 2, 3, 1, 2, 4}, nullptr, &transparency)),
            (std::vector<std::uint32_t>{0x00030201, 0xff040201}));
}

TEST(Jpeg, ReadsColourAndGrey) {
  const std::vector<std::uint8_t> red = [] {
    std::vector<std::uint8_t> v;
    for (int i = 0; i < 64; ++i) v.insert(v.end(), {200, 40, 30});
    return v;
  }();
  for (const std::uint32_t texel : texels_of(write_jpeg(8, 8, TJPF_RGB, red, TJSAMP_444))) {
    EXPECT_NEAR(texel & 0xff, 200, 3);
    EXPECT_NEAR((texel >> 8) & 0xff, 40, 3);
    EXPECT_NEAR((texel >> 16) & 0xff, 30, 3);
    EXPECT_EQ(texel >> 24, 255u);
  }
  for (const std::uint32_t texel :
       texels_of(write_jpeg(8, 8, TJPF_GRAY, std::vector<std::uint8_t>(64, 99), TJSAMP_GRAY)))
    EXPECT_EQ(texel, 0xff636363u);
}

TEST(Jpeg, RefusesCmyk) {
  const auto bytes = write_jpeg(8, 8, TJPF_CMYK, std::vector<std::uint8_t>(256, 99), TJSAMP_444);
  const auto image = decode_image(bytes, kNoLimit);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::invalid_image);
  EXPECT_NE(image.error().message.find("CMYK"), std::string::npos);
}

TEST(WebP, ReadsRgba) {
  EXPECT_EQ(texels_of(write_webp(2, 1, {1, 2, 3, 4, 5, 6, 7, 255})),
            (std::vector<std::uint32_t>{0x04030201, 0xff070605}));
}

TEST(DecodeImage, GoesByTheFirstBytes) {
  const auto kinds = {ImageKind::png, ImageKind::jpeg, ImageKind::webp};
  std::size_t i = 0;
  const auto pictures = one_of_each_kind();
  for (const ImageKind kind : kinds) {
    const auto info = probe_image(pictures[i++]);
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->kind, kind);
    EXPECT_EQ(info->width, 12u);
    EXPECT_EQ(info->height, 9u);
  }
  EXPECT_EQ(probe_image(bytes_of("GIF89a")).error().code, ErrorCode::invalid_image);
  EXPECT_EQ(decode_image({}, kNoLimit).error().code, ErrorCode::invalid_image);
  EXPECT_EQ(decode_radiance(pictures[0], kNoLimit).error().code, ErrorCode::invalid_image);
}

TEST(DecodeImage, ChecksTheSizeBeforeItAllocates) {
  for (const auto& bytes : one_of_each_kind()) {
    EXPECT_TRUE(decode_image(bytes, 108));
    const auto refused = decode_image(bytes, 107);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
    EXPECT_NE(refused.error().message.find("12 x 9"), std::string::npos);
  }
  // A PNG header that says 2^16 x 2^16, its checksum right, and nothing else.
  const auto bomb = bytes_of(std::string_view("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\x01\0\0\0\x01\0\0\x08\x06\0\0\0", 29));
  std::vector<std::byte> with_checksum = bomb;
  std::uint32_t crc = 0xffffffffu;
  for (std::size_t i = 12; i < 29; ++i) {
    crc ^= std::to_integer<std::uint32_t>(bomb[i]);
    for (int k = 0; k < 8; ++k) crc = crc & 1 ? (crc >> 1) ^ 0xedb88320u : crc >> 1;
  }
  crc = ~crc;
  for (int shift = 24; shift >= 0; shift -= 8) with_checksum.push_back(static_cast<std::byte>(crc >> shift));
  EXPECT_EQ(decode_image(with_checksum, 1 << 26).error().code, ErrorCode::limit_exceeded);
}

TEST(DecodeImage, RefusesEveryTruncationThatLosesPixels) {
  for (const auto& whole : one_of_each_kind()) {
    ASSERT_TRUE(decode_image(whole, kNoLimit));
    // The end markers (PNG: 12 bytes, JPEG: 2, WebP: padding) hold no pixels, and the last bytes before them may be
    // checksums or padding bits.
    for (std::size_t size = 0; size + 24 < whole.size(); ++size)
      EXPECT_FALSE(decode_image(std::span(whole).first(size), kNoLimit)) << size << " of " << whole.size();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto image = decode_image(std::span(whole).first(size), kNoLimit);
      if (image) {
        EXPECT_EQ(image->texels.size(), 108u);
      }
    }
  }
}

TEST(DecodeImage, SurvivesAnyByteChanged) {
  for (const auto& whole : one_of_each_kind())
    for (std::size_t i = 0; i < whole.size(); ++i)
      for (const int flip : {0x01, 0x80, 0xff}) {
        auto bytes = whole;
        bytes[i] ^= static_cast<std::byte>(flip);
        const auto image = decode_image(bytes, 1 << 16);
        if (image) {
          EXPECT_EQ(image->texels.size(), std::size_t{image->width} * image->height);
        }
      }
}

}  // namespace
}  // namespace kiln
