#include "kernels/texture.h"

#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace kiln {
namespace {

/// A row of four texels whose red is 0, 51, 102, 255 of 255, in two equal rows.
constexpr std::array<std::uint32_t, 8> kTexels{0xff000000, 0xff000033, 0xff000066, 0xff0000ff,
                                               0xff000000, 0xff000033, 0xff000066, 0xff0000ff};

float red_at(float u, Wrap wrap, Filter filter, float v = 0.5f) {
  SceneView scene;
  scene.texels = kTexels.data();
  Texture texture;
  texture.width = 4, texture.height = 2;
  texture.wrap_u = texture.wrap_v = wrap;
  texture.filter = filter;
  return sample_texture(scene, texture, {u, v}).x;
}

TEST(Texture, NearestTakesTheTexelThatHoldsThePoint) {
  EXPECT_FLOAT_EQ(red_at(0.01f, Wrap::repeat, Filter::nearest), 0);
  EXPECT_FLOAT_EQ(red_at(0.26f, Wrap::repeat, Filter::nearest), 0.2f);
  EXPECT_FLOAT_EQ(red_at(0.74f, Wrap::repeat, Filter::nearest), 0.4f);
  EXPECT_FLOAT_EQ(red_at(0.99f, Wrap::repeat, Filter::nearest), 1);
}

TEST(Texture, LinearMeetsTexelCentresAndMixesBetweenThem) {
  EXPECT_FLOAT_EQ(red_at(0.375f, Wrap::repeat, Filter::linear), 0.2f);
  EXPECT_FLOAT_EQ(red_at(0.5f, Wrap::repeat, Filter::linear), 0.3f);
}

TEST(Texture, WrapsAsTheSamplerSays) {
  EXPECT_FLOAT_EQ(red_at(1.26f, Wrap::repeat, Filter::nearest), 0.2f);
  EXPECT_FLOAT_EQ(red_at(-0.01f, Wrap::repeat, Filter::nearest), 1);
  EXPECT_FLOAT_EQ(red_at(1.01f, Wrap::mirrored_repeat, Filter::nearest), 1);
  EXPECT_FLOAT_EQ(red_at(-0.26f, Wrap::mirrored_repeat, Filter::nearest), 0.2f);
  EXPECT_FLOAT_EQ(red_at(2.26f, Wrap::mirrored_repeat, Filter::nearest), 0.2f);
  EXPECT_FLOAT_EQ(red_at(7, Wrap::clamp_to_edge, Filter::nearest), 1);
  EXPECT_FLOAT_EQ(red_at(-7, Wrap::clamp_to_edge, Filter::nearest), 0);
}

TEST(Texture, MixesAcrossTheSeamOnlyWhenItRepeats) {
  EXPECT_NEAR(red_at(0, Wrap::repeat, Filter::linear), 0.5f, 1e-6f);
  EXPECT_NEAR(red_at(1, Wrap::mirrored_repeat, Filter::linear), 1, 1e-6f);
  EXPECT_NEAR(red_at(1, Wrap::clamp_to_edge, Filter::linear), 1, 1e-6f);
}

TEST(Texture, TakesHugeAndUndefinedCoordinates) {
  for (const float u : {1e30f, -1e30f, std::numeric_limits<float>::infinity(), std::nanf("")}) {
    for (const Wrap wrap : {Wrap::repeat, Wrap::mirrored_repeat, Wrap::clamp_to_edge}) {
      for (const Filter filter : {Filter::nearest, Filter::linear}) {
        const float red = red_at(u, wrap, filter, u);
        EXPECT_TRUE(red >= 0 && red <= 1) << u;
      }
    }
  }
}

TEST(Texture, DecodesSrgbAsTheStandardSays) {
  for (int i = 0; i < 256; ++i) {
    const double c = i / 255.0, exact = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    const Vec4 decoded = decode_texel(static_cast<std::uint32_t>(i) * 0x01010101u, true);
    EXPECT_NEAR(decoded.x, exact, 1e-4 * exact) << i;
    EXPECT_EQ(decoded.x, decoded.z);
    EXPECT_FLOAT_EQ(decoded.w, static_cast<float>(c)) << "alpha is linear";
  }
  EXPECT_EQ(decode_texel(0xffffffffu, true).x, 1.0f);
}

TEST(Texture, TransformsCoordinatesByTheSlot) {
  TextureSlot slot;
  slot.m00 = 0, slot.m01 = 2, slot.m10 = -3, slot.m11 = 0, slot.tx = 0.5f, slot.ty = 0.25f;
  const Vec2 uv = slot_uv(slot, {0.1f, 0.2f});
  EXPECT_FLOAT_EQ(uv.x, 0.9f);
  EXPECT_FLOAT_EQ(uv.y, -0.05f);
}

}  // namespace
}  // namespace kiln
