#include "image/cryptomatte.h"

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>

#include "image/feature_layers.h"

namespace kiln {
namespace {

using image::float_of_hash;
using image::murmur3_32;
using testing::ElementsAre;

// Published test vectors of MurmurHash3_x86_32.
TEST(Murmur3, GivesTheKnownAnswers) {
  EXPECT_EQ(murmur3_32(""), 0u);
  EXPECT_EQ(murmur3_32("", 1), 0x514e28b7u);
  EXPECT_EQ(murmur3_32("", 0xffffffff), 0x81f16f39u);
  EXPECT_EQ(murmur3_32("hello"), 0x248bfa47u);
  EXPECT_EQ(murmur3_32("hello, world"), 0x149bbb7fu);
  EXPECT_EQ(murmur3_32("The quick brown fox jumps over the lazy dog"), 0x2e4ff723u);
  EXPECT_EQ(murmur3_32("aaaa", 0x9747b28c), 0x5a97808au);
  EXPECT_EQ(murmur3_32("aaa", 0x9747b28c), 0x283e0130u);
}

TEST(Cryptomatte, IdsAreThoseOfTheSpecificationsOwnTools) {
  EXPECT_FLOAT_EQ(float_of_hash(murmur3_32("hello")), 6.0705627102400005616e-17f);
  EXPECT_FLOAT_EQ(float_of_hash(murmur3_32("cube")), -4.08461912519e+15f);
  EXPECT_FLOAT_EQ(float_of_hash(murmur3_32("sphere")), 2.79018604383e+15f);
  EXPECT_FLOAT_EQ(float_of_hash(murmur3_32("plane")), 3.66557617593e-11f);
}

TEST(Cryptomatte, NoHashIsAnUnusualNumber) {
  for (const std::uint32_t hash : {0u, 1u, 0x80000000u, 0x7f800000u, 0xffffffffu, 0x7fc00000u}) {
    const float id = float_of_hash(hash);
    EXPECT_TRUE(std::isnormal(id)) << hash;
  }
}

Scene named_scene() {
  Scene scene;
  scene.object_names = {"left", "", "say \"hi\"\n", "left"};
  scene.material_names = {"red"};
  return scene;
}

PixelFeatures seeing(std::initializer_list<SeenId> objects, std::initializer_list<SeenId> materials = {}) {
  PixelFeatures f;
  std::ranges::copy(objects, f.objects);
  std::ranges::copy(materials, f.materials);
  for (const SeenId& s : objects) f.coverage += s.coverage;
  return f;
}

const std::vector<float>& numbers(const ImageLayers& all, std::size_t i) {
  return std::get<std::vector<float>>(all.layers[i].values);
}

std::string attribute(const ImageLayers& all, std::string_view ending) {
  for (const auto& [key, value] : all.attributes) {
    if (key.ends_with(ending)) return value;
  }
  return "none";
}

TEST(Cryptomatte, RanksWhatIsSeenByItsShareAndJoinsEqualNames) {
  const Scene scene = named_scene();
  FeatureLayers layers({Aov::cryptomatte_object}, scene, 2);
  const std::vector<PixelFeatures> pixels{seeing({{0, 0.25f}, {1, 0.4f}, {3, 0.25f}}), seeing({})};
  layers.add(pixels);
  const ImageLayers all = layers.finish();
  ASSERT_EQ(all.layers.size(), 3u);
  EXPECT_EQ(all.layers[0].name, "cryptomatte_object00");
  EXPECT_EQ(all.layers[2].name, "cryptomatte_object02");
  EXPECT_THAT(all.layers[0].channels, ElementsAre("R", "G", "B", "A"));
  const float left = float_of_hash(murmur3_32("left")), second = float_of_hash(murmur3_32("object 1"));
  EXPECT_THAT(numbers(all, 0), ElementsAre(left, 0.5f, second, 0.4f, 0, 0, 0, 0));
  EXPECT_THAT(numbers(all, 1), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0));
}

TEST(Cryptomatte, TheManifestHasWhatIsInThePicture) {
  const Scene scene = named_scene();
  FeatureLayers layers({Aov::cryptomatte_object, Aov::cryptomatte_material}, scene, 1);
  const std::vector<PixelFeatures> pixels{seeing({{2, 1.0f}}, {{0, 1.0f}})};
  layers.add(pixels);
  const ImageLayers all = layers.finish();
  EXPECT_EQ(all.layers.size(), 6u);
  EXPECT_EQ(attribute(all, "/hash"), "MurmurHash3_32");
  EXPECT_EQ(attribute(all, "/conversion"), "uint32_to_float32");
  EXPECT_EQ(attribute(all, "/name"), "cryptomatte_object");
  EXPECT_TRUE(attribute(all, "/manifest").starts_with(R"({"say \"hi\"\u000a":")")) << attribute(all, "/manifest");
  EXPECT_EQ(all.attributes.back().second.substr(0, 8), R"({"red":")");
  for (const auto& [key, value] : all.attributes) {
    EXPECT_TRUE(key.starts_with("cryptomatte/")) << key;
    EXPECT_EQ(key.find('/', 12), 12u + 7) << "seven digits: " << key;
  }
}

TEST(FeatureLayers, HoldWhatWasAskedFor) {
  PixelFeatures f = seeing({{4, 0.25f}, {2, 0.5f}}, {{7, 0.75f}});
  f.albedo = {0.1f, 0.2f, 0.3f};
  f.normal = {0, 1, 0};
  f.position = {5, 6, 7};
  f.depth_m = 8;
  const Scene scene;
  FeatureLayers layers(
      {Aov::alpha, Aov::albedo, Aov::normal, Aov::depth, Aov::position, Aov::object_id, Aov::material_id}, scene, 2);
  const std::vector<PixelFeatures> pixels{f, PixelFeatures()};
  layers.add(pixels);
  const ImageLayers all = layers.finish();
  ASSERT_EQ(all.layers.size(), 7u);
  EXPECT_THAT(numbers(all, 0), ElementsAre(0.75f, 0));
  EXPECT_THAT(numbers(all, 1), ElementsAre(0.1f, 0.2f, 0.3f, 0, 0, 0));
  EXPECT_THAT(numbers(all, 2), ElementsAre(0, 1, 0, 0, 0, 0));
  EXPECT_THAT(numbers(all, 3), ElementsAre(8, 1e10f));
  EXPECT_THAT(numbers(all, 4), ElementsAre(5, 6, 7, 0, 0, 0));
  EXPECT_EQ(all.layers[5].name, "object_id");
  EXPECT_THAT(std::get<std::vector<std::uint32_t>>(all.layers[5].values), ElementsAre(3, 0));
  EXPECT_THAT(std::get<std::vector<std::uint32_t>>(all.layers[6].values), ElementsAre(8, 0));
}

}  // namespace
}  // namespace kiln
