#include <cmath>
#include <gmock/gmock.h>
#include <map>

#include "glb_builder.h"

namespace kiln::scene::test {
namespace {

constexpr float kNear = 1e-5f;

MATCHER_P3(IsVec3, x, y, z, "") {
  return std::abs(arg.x - x) < kNear && std::abs(arg.y - y) < kNear && std::abs(arg.z - z) < kNear;
}

/// A triangle with UVs and normals, with `material`; a red picture is image 0 and texture 0.
GlbBuilder textured(Json material) {
  GlbBuilder b;
  b.add("images", {{"bufferView", b.view(red_png())}, {"mimeType", "image/png"}});
  b.add("textures", {{"source", 0}});
  const int positions = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0});
  const int normals = b.floats({0, 0, 1, 0, 0, 1, 0, 0, 1}, "VEC3", 3);
  const int uvs = b.floats({0, 0, 1, 0, 0, 1}, "VEC2", 2);
  b.add("materials", std::move(material));
  b.node_with({{"attributes", {{"POSITION", positions}, {"NORMAL", normals}, {"TEXCOORD_0", uvs}}}, {"material", 0}});
  return b;
}

TEST(GltfMaterials, TakeTheirDefaultsFromTheSpecification) {
  GlbBuilder b;
  b.triangle();
  const auto scene = loaded(b);
  ASSERT_EQ(scene->materials.size(), 1u);
  const Material& m = scene->materials[scene->instances[0].material];
  EXPECT_THAT(m.base_color, IsVec3(1, 1, 1));
  EXPECT_EQ(m.metallic, 1);
  EXPECT_EQ(m.roughness, 1);
  EXPECT_EQ(m.alpha_mode, AlphaMode::opaque);
}

TEST(GltfMaterials, HaveTheDefaultOneLastWhereItIsUsed) {
  GlbBuilder b = textured({{"pbrMetallicRoughness", {{"metallicFactor", 0}}}});
  b.triangle();
  const auto scene = loaded(b);
  ASSERT_EQ(scene->materials.size(), 2u);
  EXPECT_EQ(scene->instances[0].material, 0u);
  EXPECT_EQ(scene->instances[1].material, 1u);
  EXPECT_EQ(scene->materials[1].metallic, 1);
}

TEST(GltfMaterials, KeepFactorsAndModes) {
  GlbBuilder b = textured(
      {{"pbrMetallicRoughness",
        {{"baseColorFactor", {0.1, 0.2, 0.3, 0.4}}, {"metallicFactor", 0.5}, {"roughnessFactor", 0.6}}},
       {"alphaMode", "MASK"},
       {"alphaCutoff", 0.7},
       {"doubleSided", true},
       {"emissiveFactor", {1, 0.5, 0}},
       {"extensions",
        {{"KHR_materials_emissive_strength", {{"emissiveStrength", 10}}}, {"KHR_materials_ior", {{"ior", 1.3}}}}}});
  b.json["extensionsUsed"] = {"KHR_materials_emissive_strength", "KHR_materials_ior"};
  const auto scene = loaded(b);
  const Material& m = scene->materials[0];
  EXPECT_THAT(m.base_color, IsVec3(0.1f, 0.2f, 0.3f));
  EXPECT_FLOAT_EQ(m.alpha, 0.4f);
  EXPECT_FLOAT_EQ(m.metallic, 0.5f);
  EXPECT_FLOAT_EQ(m.roughness, 0.6f);
  EXPECT_EQ(m.alpha_mode, AlphaMode::mask);
  EXPECT_FLOAT_EQ(m.alpha_cutoff, 0.7f);
  EXPECT_TRUE(m.double_sided);
  EXPECT_THAT(m.emission, IsVec3(10, 5, 0));
  EXPECT_FLOAT_EQ(m.ior, 1.3f);
  EXPECT_EQ(scene->triangle_lights.size(), 1u);
}

TEST(GltfMaterials, AreUnlitWhereTheFileSaysSo) {
  GlbBuilder b = textured({{"emissiveFactor", {1, 1, 1}}, {"extensions", {{"KHR_materials_unlit", Json::object()}}}});
  b.json["extensionsUsed"] = {"KHR_materials_unlit"};
  const Material m = loaded(b)->materials[0];
  EXPECT_TRUE(m.unlit);
  EXPECT_THAT(m.emission, IsVec3(0, 0, 0));  // the extension knows the base colour only
}

TEST(GltfMaterials, WithoutExtensionsHaveNoLayers) {
  const auto scene = loaded(textured({{"pbrMetallicRoughness", {{"metallicFactor", 0}}}}));
  EXPECT_EQ(scene->materials[0].layers, kNone);
  EXPECT_TRUE(scene->material_layers.empty());
}

TEST(GltfMaterials, KeepTheFactorsOfTheirLayers) {
  const std::vector<std::pair<std::string, Json>> extensions{
      {"KHR_materials_specular", {{"specularFactor", 0.25}, {"specularColorFactor", {1, 2, 0.5}}}},
      {"KHR_materials_clearcoat", {{"clearcoatFactor", 0.75}, {"clearcoatRoughnessFactor", 0.125}}},
      {"KHR_materials_sheen", {{"sheenColorFactor", {0.5, 0.25, 1}}, {"sheenRoughnessFactor", 0.375}}},
      {"KHR_materials_anisotropy", {{"anisotropyStrength", 0.625}, {"anisotropyRotation", 1.5707963267948966}}},
      {"KHR_materials_iridescence",
       {{"iridescenceFactor", 0.875}, {"iridescenceIor", 1.75}, {"iridescenceThicknessMaximum", 500}}}};
  Json material = {{"normalTexture", {{"index", 0}}}, {"extensions", Json::object()}};  // to make tangents for
  for (const auto& [name, value] : extensions) material["extensions"][name] = value;
  GlbBuilder b = textured(material);
  for (const auto& [name, value] : extensions) b.json["extensionsUsed"].push_back(name);
  const auto scene = loaded(b);
  ASSERT_EQ(scene->material_layers.size(), 1u);
  EXPECT_EQ(scene->materials[0].layers, 0u);
  const MaterialLayers& l = scene->material_layers[0];
  EXPECT_EQ(l.specular, 0.25f);
  EXPECT_THAT(l.specular_color, IsVec3(1, 2, 0.5f));
  EXPECT_EQ(l.clearcoat, 0.75f);
  EXPECT_EQ(l.clearcoat_roughness, 0.125f);
  EXPECT_THAT(l.sheen_color, IsVec3(0.5f, 0.25f, 1));
  EXPECT_EQ(l.sheen_roughness, 0.375f);
  EXPECT_EQ(l.anisotropy, 0.625f);
  EXPECT_NEAR(l.anisotropy_direction.x, 0, 1e-6f);
  EXPECT_NEAR(l.anisotropy_direction.y, 1, 1e-6f);
  EXPECT_EQ(l.iridescence, 0.875f);
  EXPECT_EQ(l.iridescence_ior, 1.75f);
  EXPECT_EQ(l.film_thinnest_nm, 100);
  EXPECT_EQ(l.film_thickest_nm, 500);
}

TEST(GltfMaterials, ReadTheTexturesOfTheirLayersAsColoursOrNumbers) {
  const Json moved = {{"index", 0}, {"extensions", {{"KHR_texture_transform", {{"offset", {0.5, 0.25}}}}}}};
  GlbBuilder b = textured(
      {{"normalTexture", {{"index", 0}}},
       {"extensions",
        {{"KHR_materials_clearcoat", {{"clearcoatNormalTexture", {{"index", 0}, {"scale", 0.5}}}}},
         {"KHR_materials_sheen", {{"sheenColorTexture", moved}, {"sheenRoughnessTexture", {{"index", 0}}}}}}}});
  b.json["extensionsUsed"] = {"KHR_materials_clearcoat", "KHR_materials_sheen", "KHR_texture_transform"};
  const auto scene = loaded(b);
  ASSERT_EQ(scene->material_layers.size(), 1u);
  const MaterialLayers& l = scene->material_layers[0];
  EXPECT_TRUE(scene->textures[l.sheen_color_texture.texture].srgb);
  EXPECT_EQ(l.sheen_color_texture.tx, 0.5f);
  EXPECT_EQ(l.sheen_color_texture.ty, 0.25f);
  EXPECT_FALSE(scene->textures[l.sheen_roughness_texture.texture].srgb);
  EXPECT_EQ(l.clearcoat_normal_texture.texture, l.sheen_roughness_texture.texture);
  EXPECT_EQ(l.clearcoat_normal_scale, 0.5f);
  EXPECT_EQ(l.clearcoat_texture.texture, kNone);
}

TEST(GltfTextures, AreDecodedOnceForAllThatShowThem) {
  GlbBuilder b = textured(
      {{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}, {"metallicRoughnessTexture", {{"index", 0}}}}},
       {"normalTexture", {{"index", 0}}},
       {"emissiveTexture", {{"index", 0}}}});
  const auto scene = loaded(b);
  EXPECT_THAT(scene->texels, testing::ElementsAre(0xff0000ffu));
  ASSERT_EQ(scene->textures.size(), 2u);  // as colours and as numbers
  const Material& m = scene->materials[0];
  EXPECT_TRUE(scene->textures[m.base_color_texture.texture].srgb);
  EXPECT_FALSE(scene->textures[m.metallic_roughness_texture.texture].srgb);
  EXPECT_EQ(m.emissive_texture.texture, m.base_color_texture.texture);
  EXPECT_EQ(m.normal_texture.texture, m.metallic_roughness_texture.texture);
}

TEST(GltfTextures, OfUnusedMaterialsAreLeftOut) {
  GlbBuilder b = textured({{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}});
  b.json["meshes"][0]["primitives"][0].erase("material");
  EXPECT_TRUE(loaded(b)->texels.empty());
}

TEST(GltfTextures, KeepTheirSamplers) {
  GlbBuilder b = textured({{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}});
  b.add("samplers", {{"wrapS", 33071}, {"wrapT", 33648}, {"magFilter", 9728}});
  b.json["textures"][0]["sampler"] = 0;
  const auto scene = loaded(b);
  ASSERT_EQ(scene->textures.size(), 1u);
  EXPECT_EQ(scene->textures[0].wrap_u, Wrap::clamp_to_edge);
  EXPECT_EQ(scene->textures[0].wrap_v, Wrap::mirrored_repeat);
  EXPECT_EQ(scene->textures[0].filter, Filter::nearest);
}

TEST(GltfTextures, HaveNoLevelsWhereTheirSamplerHasNoMipmaps) {
  for (const auto& [min_filter, may] :
       std::map<int, bool>{{9728, false}, {9729, false}, {9984, true}, {9985, true}, {9986, true}, {9987, true}}) {
    GlbBuilder b = textured({{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}});
    b.add("samplers", {{"minFilter", min_filter}});
    b.json["textures"][0]["sampler"] = 0;
    EXPECT_EQ(loaded(b)->textures[0].may_have_levels, may) << min_filter;
    b.json["samplers"][0].erase("minFilter");
    EXPECT_TRUE(loaded(b)->textures[0].may_have_levels);
  }
}

TEST(GltfTextures, AreScaledThenTurnedThenMoved) {
  const Json transform = {{"offset", {0.25, 0.5}}, {"rotation", 1.5707963267948966}, {"scale", {2, 3}}};
  GlbBuilder b =
      textured({{"pbrMetallicRoughness",
                 {{"baseColorTexture", {{"index", 0}, {"extensions", {{"KHR_texture_transform", transform}}}}}}}});
  b.json["extensionsUsed"] = {"KHR_texture_transform"};
  const TextureSlot slot = loaded(b)->materials[0].base_color_texture;
  const auto map = [&](float u, float v) {
    return Vec2{slot.m00 * u + slot.m01 * v + slot.tx, slot.m10 * u + slot.m11 * v + slot.ty};
  };
  // A quarter turn counter-clockwise, v pointing down: +u becomes -v, +v becomes +u.
  EXPECT_NEAR(map(1, 0).x, 0.25, kNear);
  EXPECT_NEAR(map(1, 0).y, 0.5 - 2, kNear);
  EXPECT_NEAR(map(0, 1).x, 0.25 + 3, kNear);
  EXPECT_NEAR(map(0, 1).y, 0.5, kNear);
}

TEST(GltfTextures, TakeTheUvSetOfTheirTransform) {
  const Json transform = {{"texCoord", 0}};
  GlbBuilder b = textured(
      {{"emissiveTexture", {{"index", 0}, {"texCoord", 7}, {"extensions", {{"KHR_texture_transform", transform}}}}}});
  b.json["extensionsUsed"] = {"KHR_texture_transform"};
  EXPECT_EQ(loaded(b)->materials[0].emissive_texture.uv_set, 0u);
}

TEST(GltfTextures, StayWhiteWhereTheirPictureIsInAnUnknownExtension) {
  GlbBuilder b = textured({{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}});
  b.json["textures"][0] = {{"extensions", {{"X_texture_new", {{"source", 0}}}}}};
  b.json["extensionsUsed"] = {"X_texture_new"};
  EXPECT_EQ(loaded(b)->materials[0].base_color_texture.texture, kNone);
}

TEST(GltfTextures, InBasisUniversalShowTheirFallbackOrAreRefusedByName) {
  GlbBuilder b = textured({{"emissiveTexture", {{"index", 0}}}});
  b.json["extensionsUsed"] = {"KHR_texture_basisu"};
  b.json["textures"][0]["extensions"]["KHR_texture_basisu"]["source"] = 0;
  EXPECT_NE(loaded(b)->materials[0].emissive_texture.texture, kNone);
  b.json["textures"][0].erase("source");
  const auto scene = load(b);
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().code, ErrorCode::unsupported_extension);
  EXPECT_EQ(scene.error().pointer, "/textures/0");
  EXPECT_NE(scene.error().message.find("KHR_texture_basisu"), std::string::npos);
}

TEST(GltfTextures, ThatAreBrokenAreRefusedByTheirPlace) {
  GlbBuilder b = textured({{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}});
  auto broken = red_png();
  broken.resize(broken.size() / 2);
  b.json["images"][0]["bufferView"] = b.view(broken);
  const auto scene = load(b);
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().code, ErrorCode::invalid_image);
  EXPECT_EQ(scene.error().pointer, "/images/0");
}

TEST(GltfTangents, AreMadeWhereANormalTextureNeedsThem) {
  const auto scene = loaded(textured({{"normalTexture", {{"index", 0}, {"scale", 0.5}}}}));
  ASSERT_TRUE(scene->meshes[0].has_tangents);
  ASSERT_EQ(scene->tangents.size(), scene->positions.size());
  EXPECT_THAT(xyz(scene->tangents[0]), IsVec3(1, 0, 0));
  EXPECT_EQ(scene->tangents[0].w, -1);  // v points down in the picture, up on the triangle
  EXPECT_FLOAT_EQ(scene->materials[0].normal_scale, 0.5f);
}

TEST(GltfTangents, AreNotMadeWhereNothingNeedsThem) {
  EXPECT_TRUE(loaded(textured({{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}}))->tangents.empty());
}

TEST(GltfTangents, OfTheFileAreKept) {
  GlbBuilder b = textured({{"normalTexture", {{"index", 0}}}});
  b.json["meshes"][0]["primitives"][0]["attributes"]["TANGENT"] =
      b.floats({0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, "VEC4", 4);
  const auto scene = loaded(b);
  EXPECT_THAT(xyz(scene->tangents[1]), IsVec3(0, 1, 0));
  EXPECT_EQ(scene->tangents[1].w, 1);
}

TEST(GltfTangents, NeedFlatNormalsWhereTheFileHasNone) {
  GlbBuilder b = textured({{"normalTexture", {{"index", 0}}}});
  b.json["meshes"][0]["primitives"][0]["attributes"].erase("NORMAL");
  const auto scene = loaded(b);
  EXPECT_TRUE(scene->meshes[0].has_normals);
  EXPECT_THAT(scene->normals[0], IsVec3(0, 0, 1));
}

}  // namespace
}  // namespace kiln::scene::test
