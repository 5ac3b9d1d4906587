#include <gmock/gmock.h>

#include "glb_builder.h"

namespace kiln::scene::test {
namespace {

/// Two triangles: the first is material 0, and 1 as "red" or 2 as "blue" and "sky"; the second is always material 0.
GlbBuilder with_variants() {
  GlbBuilder b;
  for (const char* name : {"plain", "red", "blue"}) b.add("materials", {{"name", name}});
  b.json["extensionsUsed"] = {"KHR_materials_variants"};
  b.json["extensionsRequired"] = {"KHR_materials_variants"};
  b.json["extensions"]["KHR_materials_variants"]["variants"] = {
      {{"name", "red"}}, {{"name", "blue"}}, {{"name", "sky"}}, {{"name", "unused"}}};
  Json primitive = {{"attributes", {{"POSITION", b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0})}}}, {"material", 0}};
  b.node_with(primitive);
  b.node_with(primitive);
  b.json["meshes"][0]["primitives"][0]["extensions"]["KHR_materials_variants"]["mappings"] = {
      {{"material", 1}, {"variants", {0}}}, {{"material", 2}, {"variants", {1, 2}}}};
  return b;
}

std::vector<std::uint32_t> materials_as(const GlbBuilder& b, const std::optional<std::string>& variant) {
  const auto scene = load(b, LoadOptions{0, {}, variant});
  if (!scene) throw std::runtime_error(scene.error().message);
  std::vector<std::uint32_t> materials;
  for (const Instance& instance : scene->scene->instances) materials.push_back(instance.material);
  return materials;
}

TEST(Variants, GiveEachPrimitiveTheMaterialOfItsMapping) {
  const GlbBuilder b = with_variants();
  EXPECT_THAT(materials_as(b, {}), testing::ElementsAre(0, 0));
  EXPECT_THAT(materials_as(b, "red"), testing::ElementsAre(1, 0));
  EXPECT_THAT(materials_as(b, "blue"), testing::ElementsAre(2, 0));
  EXPECT_THAT(materials_as(b, "sky"), testing::ElementsAre(2, 0));
  EXPECT_THAT(materials_as(b, "unused"), testing::ElementsAre(0, 0));
}

TEST(Variants, BringTheTexturesOfTheirMaterials) {
  GlbBuilder b = with_variants();
  b.add("images", {{"bufferView", b.view(red_png())}, {"mimeType", "image/png"}});
  b.add("textures", {{"source", 0}});
  const int uv = b.floats({0, 0, 1, 0, 0, 1}, "VEC2", 2);
  b.json["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = uv;
  b.json["materials"][1]["pbrMetallicRoughness"]["baseColorTexture"]["index"] = 0;
  EXPECT_TRUE(load(b, LoadOptions{})->scene->textures.empty());
  EXPECT_EQ(load(b, LoadOptions{0, {}, "red"})->scene->textures.size(), 1u);
}

TEST(Variants, MakeTheTangentsThatTheirMaterialsNeed) {
  GlbBuilder b = with_variants();
  b.add("images", {{"bufferView", b.view(red_png())}, {"mimeType", "image/png"}});
  b.add("textures", {{"source", 0}});
  const int uv = b.floats({0, 0, 1, 0, 0, 1}, "VEC2", 2);
  b.json["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = uv;
  b.json["materials"][2]["normalTexture"]["index"] = 0;
  EXPECT_TRUE(load(b, LoadOptions{})->scene->tangents.empty());
  EXPECT_FALSE(load(b, LoadOptions{0, {}, "sky"})->scene->tangents.empty());
}

TEST(Variants, ThatAreNotThereAreRefusedWithAListOfThoseThatAre) {
  const auto missing = load(with_variants(), LoadOptions{0, {}, "green"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::unknown_variant);
  EXPECT_EQ(missing.error().pointer, "/variant");
  EXPECT_EQ(missing.error().message,
            "the scene has no variant \"green\"; it has \"red\", \"blue\", \"sky\", \"unused\"");
  EXPECT_EQ(load(GlbBuilder(), LoadOptions{0, {}, "red"}).error().message,
            "the scene has no variant \"red\"; it has none");
}

TEST(Variants, ThatAreNotThereAreRefusedInAFewWordsHoweverManyAndLongTheyAre) {
  GlbBuilder b = with_variants();
  Json& variants = b.json["extensions"]["KHR_materials_variants"]["variants"];
  for (int i = 0; i < 1000; ++i) variants.push_back({{"name", "another"}});
  std::string umlauts;
  for (int i = 0; i < 500; ++i) umlauts += "a\u00e4";  // an odd number of bytes, so that a cut may fall into one
  variants[0]["name"] = umlauts;
  const std::string message = load(b, LoadOptions{0, {}, "green"}).error().message;
  EXPECT_LT(message.size(), 400u);
  EXPECT_NO_THROW(Json(message).dump()) << "it is not cut within a character";
  EXPECT_THAT(message, testing::EndsWith("and others"));
}

TEST(Variants, MustBeMappedToMaterialsThatAreThereAndOnce) {
  for (const Json& mappings : {Json{{{"material", 3}, {"variants", {0}}}}, Json{{{"material", 1}, {"variants", {4}}}},
                               Json{{{"material", 1}, {"variants", {0}}}, {{"material", 2}, {"variants", {0}}}}}) {
    GlbBuilder b = with_variants();
    b.json["meshes"][0]["primitives"][0]["extensions"]["KHR_materials_variants"]["mappings"] = mappings;
    const auto scene = load(b);
    ASSERT_FALSE(scene);
    EXPECT_EQ(scene.error().code, ErrorCode::invalid_scene);
  }
}

TEST(PosesOfAFile, CopyTheirPicturesFromOneThatHasThem) {
  GlbBuilder b = with_variants();
  b.add("images", {{"bufferView", b.view(red_png())}, {"mimeType", "image/png"}});
  b.add("textures", {{"source", 0}});
  const int uv = b.floats({0, 0, 1, 0, 0, 1}, "VEC2", 2);
  b.json["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = uv;
  b.json["materials"][1]["emissiveTexture"]["index"] = 0;
  const auto first = load(b, LoadOptions{0, {}, "red"});
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_THAT(first->scene->texels, testing::ElementsAre(0xff0000ffu));

  Scene other = *first->scene;
  other.texels = {0u, 0xff00ff00u};  // told apart from what decoding gives
  const GltfScene decoded{std::make_shared<const Scene>(other), {{0, TexelRange{1, 1, 1}}}, {}};
  const auto second = load(b, LoadOptions{0, {}, "red"}, {}, &decoded);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT(second->scene->texels, testing::ElementsAre(0xff00ff00u));
  EXPECT_EQ(second->images.at(0).first_texel, 0u);

  Limits limits;
  limits.max_texels = 0;
  const auto too_large = load(b, LoadOptions{0, {}, "red"}, limits, &decoded);
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace kiln::scene::test
