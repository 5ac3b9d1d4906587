#include "scene/texture_levels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/rng.h"
#include "kernels/texture.h"

namespace kiln::scene {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr std::uint64_t kNoLimit = 1u << 30;

std::uint32_t grey(std::uint32_t code) { return 0xff000000u | code * 0x010101u; }

/// A scene with one material that shows the texture as its base colour.
Scene scene_with(std::uint32_t width, std::uint32_t height, const std::vector<std::uint32_t>& texels, bool srgb,
                 AlphaMode mode = AlphaMode::opaque) {
  Scene scene;
  scene.texels = texels;
  Texture texture;
  texture.width = width, texture.height = height, texture.srgb = srgb;
  scene.textures = {texture};
  Material m;
  m.base_color_texture.texture = 0;
  m.alpha_mode = mode;
  scene.materials = {m};
  return scene;
}

/// All levels but the first, one after the other.
std::vector<std::uint32_t> coarse_of(const Scene& scene, std::size_t texture = 0) {
  return {scene.texels.begin() + static_cast<std::ptrdiff_t>(scene.textures[texture].first_coarse_texel),
          scene.texels.end()};
}

std::vector<std::uint32_t> levels_of(std::uint32_t width, std::uint32_t height,
                                     const std::vector<std::uint32_t>& texels, bool srgb = false,
                                     AlphaMode mode = AlphaMode::opaque) {
  Scene scene = scene_with(width, height, texels, srgb, mode);
  EXPECT_TRUE(add_texture_levels(scene, kNoLimit));
  return coarse_of(scene);
}

std::vector<std::uint32_t> checker(std::uint32_t side) {
  std::vector<std::uint32_t> texels;
  for (std::uint32_t i = 0; i < side * side; ++i) texels.push_back((i + i / side) % 2 == 0 ? grey(0) : grey(255));
  return texels;
}

TEST(TextureLevels, OfACheckerAreItsMeanInLinearLight) {
  const auto colors = levels_of(8, 8, checker(8), true), numbers = levels_of(8, 8, checker(8), false);
  EXPECT_EQ(colors.size(), 16u + 4 + 1);
  EXPECT_THAT(colors, Each(grey(188)));  // sRGB of 1/2
  EXPECT_THAT(numbers, Each(grey(128)));
}

TEST(TextureLevels, CountWhatOddSidesCover) {
  const std::vector<std::uint32_t> row{grey(0), grey(50), grey(100), grey(150), grey(200)};
  // (0 + 50 + 100/2) / 2.5 and (100/2 + 150 + 200) / 2.5, and the mean of all
  EXPECT_THAT(levels_of(5, 1, row), ElementsAre(grey(40), grey(160), grey(100)));
  EXPECT_THAT(levels_of(1, 5, row), ElementsAre(grey(40), grey(160), grey(100)));
  EXPECT_THAT(levels_of(3, 3, {grey(0), grey(9), grey(18), grey(27), grey(36), grey(45), grey(54), grey(63), grey(72)}),
              ElementsAre(grey(36)));
}

TEST(TextureLevels, OfARowHaveOneRow) {
  const std::vector<std::uint32_t> row{grey(0),   grey(20),  grey(40),  grey(60),
                                       grey(100), grey(120), grey(140), grey(160)};
  EXPECT_THAT(levels_of(8, 1, row),
              ElementsAre(grey(10), grey(50), grey(110), grey(150), grey(30), grey(130), grey(80)));
  EXPECT_THAT(levels_of(2, 4, row), ElementsAre(grey(30), grey(130), grey(80)));
}

TEST(TextureLevels, KeepTheMeanOfAnySize) {
  for (const auto& [width, height] : {std::pair{13u, 7u}, {1u, 31u}, {17u, 2u}, {64u, 64u}, {100u, 3u}}) {
    for (const bool srgb : {false, true}) {
      std::vector<std::uint32_t> texels;
      for (std::uint32_t i = 0; i < width * height; ++i) texels.push_back(hash_u32(i));
      double mean[4] = {};
      for (const std::uint32_t texel : texels) {
        const Vec4 v = decode_texel(texel, srgb);
        mean[0] += v.x, mean[1] += v.y, mean[2] += v.z, mean[3] += v.w;
      }
      const Vec4 last = decode_texel(levels_of(width, height, texels, srgb).back(), srgb);
      const double n = width * height;
      EXPECT_NEAR(last.x, mean[0] / n, 0.01) << width << " x " << height;
      EXPECT_NEAR(last.y, mean[1] / n, 0.01) << width << " x " << height;
      EXPECT_NEAR(last.z, mean[2] / n, 0.01) << width << " x " << height;
      EXPECT_NEAR(last.w, mean[3] / n, 0.01) << width << " x " << height;
    }
  }
}

TEST(TextureLevels, OfCutOutColoursCountByAlpha) {
  const std::vector<std::uint32_t> texels{0xff0000ffu, 0x0000ff00u, 0x0000ff00u, 0x0000ff00u};  // red, and clear green
  for (const AlphaMode mode : {AlphaMode::mask, AlphaMode::blend})
    EXPECT_THAT(levels_of(2, 2, texels, true, mode), ElementsAre(0x400000ffu));
  EXPECT_EQ(levels_of(2, 2, texels, false, AlphaMode::opaque)[0], 0x4000bf40u);
  EXPECT_EQ(levels_of(2, 2, {0x0000ff00u, 0x0000ff00u, 0x0000ff00u, 0x0000ff00u}, true, AlphaMode::mask)[0],
            0x0000ff00u)
      << "what is all clear keeps its colour";
}

TEST(TextureLevels, OfNormalsAreSumsOfVectors) {
  const std::uint32_t left = 0xffb4801au, right = 0xffb480e6u;  // x -0.8 and 0.8, z 0.41
  EXPECT_THAT(levels_of(2, 1, {left, right}), ElementsAre(0xffb48080u));
}

TEST(TextureLevels, AreSharedBySamplersAndNotByColoursAndNumbers) {
  Scene scene = scene_with(8, 8, checker(8), true);
  scene.textures.resize(3, scene.textures[0]);
  scene.textures[1].wrap_u = Wrap::clamp_to_edge;
  scene.textures[2].srgb = false;
  Material& m = scene.materials[0];
  m.emissive_texture.texture = 1, m.normal_texture.texture = 2;
  ASSERT_TRUE(add_texture_levels(scene, kNoLimit));
  EXPECT_EQ(scene.textures[0].first_coarse_texel, 64u);
  EXPECT_EQ(scene.textures[1].first_coarse_texel, 64u);
  EXPECT_EQ(scene.textures[2].first_coarse_texel, 64u + 21);
  EXPECT_EQ(scene.texels.size(), 64u + 2 * 21);
  EXPECT_EQ(scene.texels[64], grey(188));
  EXPECT_EQ(scene.texels[64 + 21], grey(128));
  for (const Texture& t : scene.textures) EXPECT_EQ(t.level_count, 4u);
}

TEST(TextureLevels, AreMadeOfWhatIsShownAndMayHaveThem) {
  Scene unshown = scene_with(8, 8, checker(8), true);
  unshown.materials[0].base_color_texture.texture = kNone;
  Scene unwanted = scene_with(8, 8, checker(8), true);
  unwanted.textures[0].may_have_levels = false;
  Scene small = scene_with(1, 1, {grey(7)}, true);
  for (Scene* scene : {&unshown, &unwanted, &small}) {
    const std::size_t before = scene->texels.size();
    ASSERT_TRUE(add_texture_levels(*scene, kNoLimit));
    EXPECT_EQ(scene->texels.size(), before);
    EXPECT_EQ(scene->textures[0].level_count, 1u);
    EXPECT_FALSE(scene->materials[0].has_levels);
  }
  Scene layered = scene_with(8, 8, checker(8), true);
  layered.materials[0].base_color_texture.texture = kNone;
  layered.materials[0].layers = 0;
  layered.material_layers.emplace_back().sheen_roughness_texture.texture = 0;
  ASSERT_TRUE(add_texture_levels(layered, kNoLimit));
  EXPECT_TRUE(layered.materials[0].has_levels);
}

TEST(TextureLevels, AreCopiedFromAnotherSceneWhereThatHasThem) {
  Scene first = scene_with(4, 4, checker(4), true);
  first.texels.insert(first.texels.begin(), 7, grey(9));
  first.textures[0].first_texel = 7;
  ASSERT_TRUE(add_texture_levels(first, kNoLimit));
  for (std::size_t i = 7 + 16; i < first.texels.size(); ++i)
    first.texels[i] = grey(77);  // told apart from what is made

  const LevelSource source{&first, {{0, 7}}};
  Scene same = scene_with(4, 4, checker(4), true), cut_out = scene_with(4, 4, checker(4), true, AlphaMode::mask);
  Scene numbers = scene_with(4, 4, checker(4), false);
  ASSERT_TRUE(add_texture_levels(same, kNoLimit, source));
  EXPECT_THAT(coarse_of(same), Each(grey(77)));
  for (Scene* other : {&cut_out, &numbers}) {
    ASSERT_TRUE(add_texture_levels(*other, kNoLimit, source));
    EXPECT_THAT(coarse_of(*other), Each(testing::Ne(grey(77))));
  }
}

TEST(TextureLevels, CountAsTexels) {
  Scene scene = scene_with(8, 8, checker(8), true);
  const auto refused = add_texture_levels(scene, 64 + 20);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(scene.texels.size(), 64u);
  EXPECT_TRUE(add_texture_levels(scene, 64 + 21));
}

}  // namespace
}  // namespace kiln::scene
