#include "scene/gltf_animation_pointers.h"

#include <cmath>
#include <gmock/gmock.h>

#include "glb_builder.h"

namespace kiln::scene::test {
namespace {

using Floats = std::vector<float>;

/// A lit triangle of a material with layers and a texture, a camera and a light.
GlbBuilder scene_file() {
  GlbBuilder b;
  b.json["extensionsUsed"] = {"KHR_animation_pointer", "KHR_lights_punctual", "KHR_materials_clearcoat",
                              "KHR_texture_transform", "KHR_node_visibility", "KHR_materials_ior"};
  b.add("images", {{"bufferView", b.view(red_png())}, {"mimeType", "image/png"}});
  b.add("textures", {{"source", 0}});
  const Json transform = {{"KHR_texture_transform", Json::object()}};
  b.add(
      "materials",
      {{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}, {"extensions", transform}}}}},
       {"extensions", {{"KHR_materials_clearcoat", {{"clearcoatFactor", 1}}}, {"KHR_materials_ior", {{"ior", 1.5}}}}}});
  b.json["extensions"]["KHR_lights_punctual"]["lights"] = {{{"type", "point"}, {"intensity", 1}}};
  b.add("cameras", {{"type", "perspective"}, {"perspective", {{"yfov", 1}, {"znear", 0.1}}}});
  const int positions = b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0}), uvs = b.floats({0, 0, 1, 0, 0, 1}, "VEC2", 2);
  b.node_with({{"attributes", {{"POSITION", positions}, {"TEXCOORD_0", uvs}}}, {"material", 0}});
  b.add("nodes", {{"camera", 0}, {"extensions", {{"KHR_lights_punctual", {{"light", 0}}}}}});
  b.json["nodes"][0]["extensions"]["KHR_node_visibility"]["visible"] = true;
  return b;
}

/// Moves what `pointer` says from the first of the values at 0 s to the second at 1 s.
void animate(GlbBuilder& b, const std::string& pointer, const char* type, const Floats& values,
             const char* interpolation = "LINEAR") {
  const int keys = std::string(interpolation) == "CUBICSPLINE" ? 6 : 2;
  const int input = b.floats({0, 1}, "SCALAR", 1);
  b.json["accessors"][input]["min"] = {0};
  b.json["accessors"][input]["max"] = {1};
  const int output = b.floats(values, type, static_cast<int>(values.size()) / keys);
  Json& animation = b.json["animations"][0];
  animation["samplers"].push_back({{"input", input}, {"output", output}, {"interpolation", interpolation}});
  animation["channels"].push_back(
      {{"sampler", animation["samplers"].size() - 1},
       {"target", {{"path", "pointer"}, {"extensions", {{"KHR_animation_pointer", {{"pointer", pointer}}}}}}}});
}

std::shared_ptr<const Scene> at(const GlbBuilder& b, float time_s) {
  const auto scene = load(b, LoadOptions{0, time_s, {}});
  if (!scene) throw std::runtime_error(scene.error().message);
  return scene->scene;
}

TEST(AnimationPointer, MovesFactorsOfMaterials) {
  GlbBuilder b = scene_file();
  animate(b, "/materials/0/pbrMetallicRoughness/baseColorFactor", "VEC4", {0, 0, 0, 1, 1, 0.5f, 0.25f, 0});
  animate(b, "/materials/0/emissiveFactor", "VEC3", {0, 0, 0, 1, 0, 0});
  animate(b, "/materials/0/extensions/KHR_materials_clearcoat/clearcoatRoughnessFactor", "SCALAR", {0, 1});
  animate(b, "/materials/0/extensions/KHR_materials_ior/ior", "SCALAR", {2, 0});
  const auto half = at(b, 0.5f);
  EXPECT_FLOAT_EQ(half->materials[0].base_color.x, 0.5f);
  EXPECT_FLOAT_EQ(half->materials[0].base_color.y, 0.25f);
  EXPECT_FLOAT_EQ(half->materials[0].alpha, 0.5f);
  EXPECT_FLOAT_EQ(half->materials[0].emission.x, 0.5f);
  EXPECT_EQ(half->triangle_lights.size(), 1u);
  EXPECT_FLOAT_EQ(half->material_layers[0].clearcoat_roughness, 0.5f);
  EXPECT_FLOAT_EQ(half->materials[0].ior, 1);
  EXPECT_TRUE(at(b, 0)->triangle_lights.empty());
  EXPECT_FLOAT_EQ(loaded(b)->materials[0].base_color.x, 1) << "at rest";
}

TEST(AnimationPointer, MovesTextures) {
  GlbBuilder b = scene_file();
  const std::string place = "/materials/0/pbrMetallicRoughness/baseColorTexture/extensions/KHR_texture_transform";
  animate(b, place + "/offset", "VEC2", {0, 0, 1, -1});
  animate(b, place + "/scale", "VEC2", {1, 1, 3, 5});
  const TextureSlot slot = at(b, 0.5f)->materials[0].base_color_texture;
  EXPECT_FLOAT_EQ(slot.tx, 0.5f);
  EXPECT_FLOAT_EQ(slot.ty, -0.5f);
  EXPECT_FLOAT_EQ(slot.m00, 2);
  EXPECT_FLOAT_EQ(slot.m11, 3);
}

TEST(AnimationPointer, MovesLensesAndLights) {
  GlbBuilder b = scene_file();
  animate(b, "/cameras/0/perspective/yfov", "SCALAR", {1, 0.5f});
  animate(b, "/extensions/KHR_lights_punctual/lights/0/intensity", "SCALAR", {1, 5});
  animate(b, "/extensions/KHR_lights_punctual/lights/0/color", "VEC3", {1, 1, 1, 0, 0, 0});
  const auto half = at(b, 0.5f);
  EXPECT_FLOAT_EQ(half->cameras[0].camera.half_height, std::tan(0.375f));
  EXPECT_FLOAT_EQ(half->punctual_lights[0].intensity.x, 1.5f);
}

TEST(AnimationPointer, MovesAndHidesNodes) {
  GlbBuilder b = scene_file();
  animate(b, "/nodes/0/translation", "VEC3", {0, 0, 0, 4, 0, 0});
  animate(b, "/nodes/0/extensions/KHR_node_visibility/visible", "SCALAR", {1, 0}, "STEP");
  EXPECT_FLOAT_EQ(at(b, 0.5f)->instances.at(0).world_from_object.t.x, 2);
  EXPECT_TRUE(at(b, 1)->instances.empty());
}

TEST(AnimationPointer, KeepsTheVariantThatIsShown) {
  GlbBuilder b = scene_file();
  b.json["extensionsUsed"].push_back("KHR_materials_variants");
  b.json["extensions"]["KHR_materials_variants"]["variants"] = {{{"name", "other"}}};
  const int other = b.add("materials", {{"pbrMetallicRoughness", {{"metallicFactor", 0.5}}}});
  b.json["meshes"][0]["primitives"][0]["extensions"]["KHR_materials_variants"]["mappings"] = {
      {{"material", other}, {"variants", {0}}}};
  animate(b, "/materials/1/pbrMetallicRoughness/roughnessFactor", "SCALAR", {0, 1});
  const auto scene = load(b, LoadOptions{0, 0.5f, "other"});
  ASSERT_TRUE(scene) << scene.error().message;
  const Material& shown = scene->scene->materials[scene->scene->instances[0].material];
  EXPECT_FLOAT_EQ(shown.metallic, 0.5f);
  EXPECT_FLOAT_EQ(shown.roughness, 0.5f);
}

TEST(AnimationPointer, BringsWhatASplineOvershootsBackIntoRange) {
  GlbBuilder b = scene_file();
  animate(b, "/materials/0/pbrMetallicRoughness/metallicFactor", "SCALAR", {0, 1, 40, -40, 1, 0}, "CUBICSPLINE");
  EXPECT_EQ(at(b, 0.25f)->materials[0].metallic, 1);
}

TEST(AnimationPointer, ThatDoesNotChangeThePictureIsLeftOut) {
  GlbBuilder b = scene_file();
  animate(b, "/materials/0/occlusionTexture/strength", "SCALAR", {0, 1});
  animate(b, "/cameras/0/perspective/znear", "SCALAR", {1, 2});
  animate(b, "/materials/0/extensions/X_unknown/factor", "SCALAR", {1, 2});
  EXPECT_EQ(at(b, 1)->materials[0].metallic, 1);
}

TEST(AnimationPointer, IsRefusedByItsPlaceWhereItIsWrong) {
  const std::string place = "/animations/0/channels/0";
  const auto refused = [](const std::string& pointer, const char* type, const Floats& values) {
    GlbBuilder b = scene_file();
    animate(b, pointer, type, values);
    const auto scene = load(b);
    return scene ? "loaded" : scene.error().pointer;
  };
  const std::string text = place + "/target/extensions/KHR_animation_pointer/pointer";
  EXPECT_EQ(refused("/materials/0/alphaCutoff", "SCALAR", {0, 1}), "loaded");
  EXPECT_EQ(refused("materials", "SCALAR", {0, 1}), text);
  EXPECT_EQ(refused("/materials/1/alphaCutoff", "SCALAR", {0, 1}), text);
  EXPECT_EQ(refused("/materials/0/normalTexture/scale", "SCALAR", {0, 1}), text);
  EXPECT_EQ(refused("/nodes/9/translation", "VEC3", {0, 0, 0, 1, 1, 1}), text);
  EXPECT_EQ(refused("/materials/0/alphaCutoff", "VEC2", {0, 1, 0, 1}), place + "/sampler");
  EXPECT_EQ(refused("/materials/00000000000000000000/alphaCutoff", "SCALAR", {0, 1}), "loaded");  // nothing known
}

}  // namespace
}  // namespace kiln::scene::test
