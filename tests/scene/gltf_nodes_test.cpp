#include <cmath>
#include <gmock/gmock.h>

#include "glb_builder.h"

namespace kiln::scene::test {
namespace {

constexpr float kNear = 1e-5f;

MATCHER_P3(IsVec3, x, y, z, "") {
  return std::abs(arg.x - x) < kNear && std::abs(arg.y - y) < kNear && std::abs(arg.z - z) < kNear;
}

TEST(GltfNodes, ComposeTranslationRotationAndScaleDownTheHierarchy) {
  GlbBuilder b;
  const int child = b.triangle();
  b.json["nodes"][child]["scale"] = {2, 3, 4};
  b.add("nodes", {{"children", {child}}, {"translation", {10, 0, 0}}, {"rotation", {0, 0, 0.70710678, 0.70710678}}});
  const auto scene = loaded(b);
  const Affine& m = scene->instances[0].world_from_object;
  EXPECT_THAT(transform_point(m, {1, 0, 0}), IsVec3(10, 2, 0));  // scaled, turned from +X to +Y, moved
  EXPECT_THAT(transform_point(scene->instances[0].object_from_world, {10, 2, 0}), IsVec3(1, 0, 0));
  EXPECT_EQ(scene->instances[0].object_id, static_cast<std::uint32_t>(child));
}

TEST(GltfNodes, ReadMatricesByColumns) {
  GlbBuilder b;
  b.json["nodes"][b.triangle()]["matrix"] = {0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 5, 6, 7, 1};
  EXPECT_THAT(transform_point(loaded(b)->instances[0].world_from_object, {1, 0, 0}), IsVec3(5, 7, 7));
}

TEST(GltfNodes, KeepTheirNamesAndThoseOfTheirMaterials) {
  GlbBuilder b;
  const int node = b.triangle();
  b.json["nodes"][node]["name"] = std::string(254, 'x') + "\u00e9\u00e9";
  b.json["materials"] = {{{"name", "red"}}, nlohmann::json::object()};
  const auto scene = loaded(b);
  ASSERT_GT(scene->object_names.size(), scene->instances[0].object_id);
  EXPECT_EQ(scene->object_names[scene->instances[0].object_id], std::string(254, 'x') + "\u00e9") << "whole characters";
  EXPECT_EQ(scene->material_names, std::vector<std::string>{"red"});
}

TEST(GltfNodes, OfTheDefaultSceneAloneAreShown) {
  GlbBuilder b;
  const int first = b.triangle(), second = b.triangle();
  b.json["scenes"] = {{{"nodes", {first}}}, {{"nodes", {second}}}};
  EXPECT_EQ(loaded(b)->instances[0].object_id, static_cast<std::uint32_t>(first));
  b.json["scene"] = 1;
  const auto scene = loaded(b);
  ASSERT_EQ(scene->instances.size(), 1u);
  EXPECT_EQ(scene->instances[0].object_id, static_cast<std::uint32_t>(second));
}

TEST(GltfNodes, FlattenedToNothingAreLeftOut) {
  GlbBuilder b;
  b.json["nodes"][b.triangle()]["scale"] = {1, 0, 1};
  b.triangle();
  EXPECT_EQ(loaded(b)->instances.size(), 1u);
}

TEST(GltfNodes, HiddenByVisibilityAreLeftOutWithAllBelow) {
  GlbBuilder b;
  b.json["extensionsUsed"] = {"KHR_node_visibility"};
  const int child = b.triangle();
  b.add("nodes", {{"children", {child}}, {"extensions", {{"KHR_node_visibility", {{"visible", false}}}}}});
  EXPECT_TRUE(loaded(b)->instances.empty());
}

TEST(GltfNodes, MayHangInALongChain) {
  GlbBuilder b;
  int below = b.triangle();
  for (int i = 0; i < 20000; ++i) below = b.add("nodes", {{"children", {below}}, {"translation", {1, 0, 0}}});
  EXPECT_FLOAT_EQ(loaded(b)->instances[0].world_from_object.t.x, 20000);
}

TEST(GltfCameras, ArePlacedByTheirNodesWithoutScale) {
  GlbBuilder b;
  b.add("cameras", {{"type", "perspective"}, {"name", "front"}, {"perspective", {{"yfov", 1.0}, {"znear", 0.1}}}});
  b.add("nodes", {{"camera", 0}, {"translation", {1, 2, 3}}, {"rotation", {0, 1, 0, 0}}, {"scale", {5, 5, 5}}});
  const auto scene = loaded(b);
  ASSERT_EQ(scene->cameras.size(), 1u);
  const SceneCamera& camera = scene->cameras[0];
  EXPECT_EQ(camera.name, "front");
  EXPECT_THAT(camera.camera.eye, IsVec3(1, 2, 3));
  EXPECT_THAT(camera.camera.forward, IsVec3(0, 0, 1));
  EXPECT_THAT(camera.camera.right, IsVec3(-1, 0, 0));
  EXPECT_FLOAT_EQ(camera.camera.half_height, std::tan(0.5f));
  EXPECT_TRUE(std::isnan(camera.camera.half_width));
  EXPECT_EQ(camera.aspect, 0);
}

TEST(GltfCameras, KeepTheirOwnAspectAndOrthographicSizes) {
  GlbBuilder b;
  b.add("cameras",
        {{"type", "perspective"}, {"perspective", {{"yfov", 1.0}, {"znear", 0.1}, {"zfar", 10}, {"aspectRatio", 2}}}});
  b.add("cameras",
        {{"type", "orthographic"}, {"orthographic", {{"xmag", 3}, {"ymag", 2}, {"znear", 0}, {"zfar", 10}}}});
  b.add("nodes", {{"camera", 1}});
  b.add("nodes", {{"camera", 0}});
  const auto scene = loaded(b);
  ASSERT_EQ(scene->cameras.size(), 2u);
  EXPECT_EQ(scene->cameras[0].index, 1u);
  EXPECT_EQ(scene->cameras[0].camera.projection, Projection::orthographic);
  EXPECT_FLOAT_EQ(scene->cameras[0].camera.half_width, 3);
  EXPECT_FLOAT_EQ(scene->cameras[0].camera.half_height, 2);
  EXPECT_FLOAT_EQ(scene->cameras[1].camera.half_width, 2 * std::tan(0.5f));
  EXPECT_FLOAT_EQ(scene->cameras[1].aspect, 2);
}

TEST(GltfLights, ShineAlongTheirNodes) {
  GlbBuilder b;
  b.json["extensionsUsed"] = {"KHR_lights_punctual"};
  b.json["extensions"]["KHR_lights_punctual"]["lights"] = {
      {{"type", "spot"},
       {"color", {1, 0.5, 0}},
       {"intensity", 4},
       {"range", 9},
       {"spot", {{"innerConeAngle", 0.1}, {"outerConeAngle", 0.4}}}},
      {{"type", "directional"}},
      {{"type", "point"}, {"intensity", 0}}};
  const auto light = [](int i) { return Json{{"KHR_lights_punctual", {{"light", i}}}}; };
  b.add("nodes",
        {{"extensions", light(0)}, {"translation", {1, 2, 3}}, {"rotation", {0, 1, 0, 0}}, {"scale", {3, 3, 3}}});
  b.add("nodes", {{"extensions", light(1)}});
  b.add("nodes", {{"extensions", light(2)}});
  const auto scene = loaded(b);
  ASSERT_EQ(scene->punctual_lights.size(), 2u);  // the dark one is left out
  const PunctualLight& spot = scene->punctual_lights[0];
  EXPECT_EQ(spot.kind, PunctualKind::spot);
  EXPECT_THAT(spot.position, IsVec3(1, 2, 3));
  EXPECT_THAT(spot.direction, IsVec3(0, 0, 1));
  EXPECT_THAT(spot.intensity, IsVec3(4, 2, 0));
  EXPECT_FLOAT_EQ(spot.range, 9);
  EXPECT_FLOAT_EQ(spot.cos_inner, std::cos(0.1f));
  EXPECT_FLOAT_EQ(spot.cos_outer, std::cos(0.4f));
  EXPECT_EQ(scene->punctual_lights[1].kind, PunctualKind::directional);
  EXPECT_THAT(scene->punctual_lights[1].intensity, IsVec3(1, 1, 1));
}

}  // namespace
}  // namespace kiln::scene::test
