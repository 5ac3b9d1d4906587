#include "scene/meshopt_vertices.h"

#include <cstdint>
#include <cstring>
#include <gmock/gmock.h>

#include "glb_builder.h"

namespace kiln::scene::test {
namespace {

constexpr std::size_t kCount = 20, kStride = 16;

/// Written by meshoptimizer 1.3 at its highest level: a channel of words, one of shorts and two of bytes.
constexpr std::uint8_t kPacked[] = {
    0xa1, 0x66, 0xb7, 0xe1, 0xa9, 0x00, 0x62, 0x8c, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04, 0x01, 0x00, 0x04, 0x02, 0x01,
    0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x0f, 0x00, 0x03, 0x01, 0x03, 0x01, 0x00, 0x58, 0x58, 0x58, 0x58, 0x58,
    0x58, 0x58, 0x58, 0x58, 0x58, 0x58, 0x58, 0x58, 0x58, 0x58, 0x58, 0x58, 0x58, 0x58, 0x05, 0x2a, 0xaa, 0xaa, 0xaa,
    0xaa, 0x00, 0x00, 0x00, 0x00, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99,
    0x99, 0x99, 0x99, 0x99, 0x99, 0x05, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0x00, 0x00, 0x00, 0x01, 0x82, 0xc1, 0x76, 0x75,
    0x76, 0x75, 0x76, 0x00, 0x4a, 0xde, 0x8d, 0x06, 0x9a, 0xd1, 0x3d, 0x56, 0xea, 0x81, 0x12, 0xa6, 0xc5, 0x31, 0x62,
    0xf6, 0x75, 0x1e, 0xb2, 0x00, 0x00, 0x01, 0x02, 0x01, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00, 0x80, 0x3f,
    0x00, 0x00, 0xe8, 0xfd, 0x00, 0xc8, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x42, 0x01, 0x00, 0x00};

std::vector<std::byte> packed() {
  const auto* bytes = reinterpret_cast<const std::byte*>(kPacked);
  return {bytes, bytes + sizeof kPacked};
}

/// What was encoded, element by element.
std::vector<std::byte> plain() {
  std::vector<std::byte> out(kCount * kStride);
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const std::uint32_t word = 0x3f800000 ^ (i & 3) << 20 ^ (i % 5 == 0 ? 0x40u : 0u), last = 5 + (i >> 3);
    const std::uint16_t shorts[2] = {static_cast<std::uint16_t>(i * 300), static_cast<std::uint16_t>(65000 - 77 * i)};
    const std::uint8_t bytes[4] = {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i % 7 == 0 ? 200 : 3), 0,
                                   static_cast<std::uint8_t>(i * i * 37)};
    std::byte* at = &out[i * kStride];
    std::memcpy(at, &word, 4);
    std::memcpy(at + 4, shorts, 4);
    std::memcpy(at + 8, bytes, 4);
    std::memcpy(at + 12, &last, 4);
  }
  return out;
}

TEST(MeshoptVertices, OfVersionOneDecodeToWhatWasEncoded) {
  const auto decoded = decode_vertices_v1(packed(), kCount, kStride);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, plain());
}

TEST(MeshoptVertices, ThatEndTooEarlyOrTooLateAreRefused) {
  for (std::size_t bytes = 0; bytes < sizeof kPacked; ++bytes) {
    const std::vector<std::byte> all = packed();
    EXPECT_FALSE(decode_vertices_v1(std::span(all).first(bytes), kCount, kStride)) << bytes;
  }
  std::vector<std::byte> longer = packed();
  longer.insert(longer.begin() + 100, std::byte{0});
  EXPECT_FALSE(decode_vertices_v1(longer, kCount, kStride));
  EXPECT_FALSE(decode_vertices_v1(packed(), kCount + 16, kStride));
}

TEST(MeshoptVertices, OfUnknownChannelsAreRefused) {
  for (const int mode : {3, 0x10, 0x11}) {
    std::vector<std::byte> bytes = packed();
    bytes.back() = static_cast<std::byte>(mode);
    EXPECT_FALSE(decode_vertices_v1(bytes, kCount, kStride)) << mode;
  }
}

/// Red, a bluish half, another, white: as meshoptimizer 1.3 encodes them with 8, 6, 16 and 10 bits.
TEST(MeshoptColors, AreUnmixedAtAnyNumberOfBits) {
  const float expected[4][4] = {{1, 0, 0, 1}, {0, 0.5f, 1, 0.25f}, {0.2f, 0.4f, 0.6f, 0.8f}, {1, 1, 1, 1}};
  const std::uint8_t narrow[2][16] = {{64, 127, 193, 255, 128, 129, 0, 160, 102, 205, 0, 230, 255, 0, 0, 255},
                                      {16, 31, 241, 63, 32, 225, 0, 40, 26, 244, 0, 57, 63, 0, 0, 63}};
  for (const auto& encoded : narrow) {
    std::vector<std::byte> data(16);
    std::memcpy(data.data(), encoded, 16);
    decode_color_filter(data, 4);
    for (std::size_t i = 0; i < 16; ++i)
      EXPECT_NEAR(std::to_integer<int>(data[i]), 255 * expected[i / 4][i % 4], &encoded == &narrow[0] ? 2 : 6) << i;
  }
  const std::uint8_t wide[2][32] = {{0,   64,  255, 127, 1, 192, 255, 255, 0,   128, 1, 128, 0, 0, 0,   160,
                                     102, 102, 205, 204, 0, 0,   102, 230, 255, 255, 0, 0,   0, 0, 255, 255},
                                    {0,   1, 255, 1,   1, 255, 255, 3, 0,   2, 1, 254, 0, 0, 128, 2,
                                     154, 1, 52,  255, 0, 0,   153, 3, 255, 3, 0, 0,   0, 0, 255, 3}};
  for (const auto& encoded : wide) {
    std::vector<std::byte> data(32);
    std::memcpy(data.data(), encoded, 32);
    decode_color_filter(data, 8);
    for (std::size_t i = 0; i < 16; ++i) {
      std::uint16_t value = 0;
      std::memcpy(&value, &data[2 * i], 2);
      EXPECT_NEAR(value, 65535 * expected[i / 4][i % 4], &encoded == &wide[0] ? 3 : 140) << i;
    }
  }
}

/// The stream as the vertices of a file: words are x, the rest is read as other numbers.
GlbBuilder file_of_version_one(const char* extension) {
  GlbBuilder b;
  b.json["extensionsUsed"] = b.json["extensionsRequired"] = {extension};
  const int view = b.view(packed());
  Json compressed = b.json["bufferViews"][view];
  compressed["mode"] = "ATTRIBUTES";
  compressed["byteStride"] = kStride;
  compressed["count"] = kCount;
  b.json["bufferViews"][view] = {{"buffer", 1},
                                 {"byteLength", kCount * kStride},
                                 {"byteStride", kStride},
                                 {"extensions", {{extension, compressed}}}};
  b.json["buffers"] = {{{"byteLength", sizeof kPacked}},
                       {{"byteLength", kCount * kStride}, {"extensions", {{extension, {{"fallback", true}}}}}}};
  const int positions =
      b.add("accessors", {{"bufferView", view}, {"type", "VEC3"}, {"componentType", kFloat}, {"count", kCount}});
  b.bound(positions);
  b.node_with({{"attributes", {{"POSITION", positions}}}, {"mode", 5}});
  return b;
}

TEST(MeshoptVertices, OfVersionOneBelongToTheKhronosExtension) {
  const auto scene = load(file_of_version_one("KHR_meshopt_compression"));
  ASSERT_TRUE(scene) << scene.error().message;
  float x = 0;
  std::memcpy(&x, &plain()[kStride], 4);
  EXPECT_EQ((*scene)->positions[1].x, x);
  const auto older = load(file_of_version_one("EXT_meshopt_compression"));
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().pointer, "/bufferViews/0/extensions/EXT_meshopt_compression");
}

}  // namespace
}  // namespace kiln::scene::test
