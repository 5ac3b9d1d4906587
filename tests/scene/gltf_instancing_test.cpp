#include <cmath>
#include <functional>
#include <gmock/gmock.h>

#include "glb_builder.h"
#include "scene/inspect.h"

namespace kiln::scene::test {
namespace {

constexpr float kNear = 1e-3f;

MATCHER_P3(IsVec3, x, y, z, "") {
  return std::abs(arg.x - x) < kNear && std::abs(arg.y - y) < kNear && std::abs(arg.z - z) < kNear;
}

/// The triangle, as often as `attributes` says; the node is the first.
GlbBuilder instanced(const std::function<Json(GlbBuilder&)>& attributes) {
  GlbBuilder b;
  b.json["extensionsUsed"] = b.json["extensionsRequired"] = {"EXT_mesh_gpu_instancing"};
  const int node = b.triangle();
  b.json["nodes"][node]["extensions"]["EXT_mesh_gpu_instancing"]["attributes"] = attributes(b);
  return b;
}

Json two_places(GlbBuilder& b) { return {{"TRANSLATION", b.floats({1, 0, 0, 0, 2, 0}, "VEC3", 3)}}; }

TEST(Instancing, PlacesTheMeshRelativeToItsNode) {
  GlbBuilder b = instanced([](GlbBuilder& builder) {
    return Json{{"TRANSLATION", builder.floats({1, 0, 0, 0, 2, 0}, "VEC3", 3)},
                {"SCALE", builder.floats({1, 1, 1, 2, 3, 4}, "VEC3", 3)},
                {"ROTATION", builder.floats({0, 0, 0, 1, 0, 0, 0.70710678f, 0.70710678f}, "VEC4", 4)},
                {"_ID", builder.accessor(std::vector<std::uint16_t>{7, 0, 8, 0}, "SCALAR", kUnsignedShort, 2, 4)}};
  });
  b.json["nodes"][0]["translation"] = {10, 0, 0};
  const auto scene = loaded(b);
  ASSERT_EQ(scene->instances.size(), 2u);
  EXPECT_EQ(scene->meshes.size(), 1u);
  EXPECT_THAT(transform_point(scene->instances[0].world_from_object, {1, 0, 0}), IsVec3(12, 0, 0));
  // Scaled, turned from +X to +Y, moved; then the node.
  EXPECT_THAT(transform_point(scene->instances[1].world_from_object, {1, 0, 0}), IsVec3(10, 4, 0));
  EXPECT_THAT(transform_point(scene->instances[1].object_from_world, {10, 4, 0}), IsVec3(1, 0, 0));
  for (const Instance& instance : scene->instances) EXPECT_EQ(instance.object_id, 0u);
}

TEST(Instancing, TurnsByNormalizedIntegers) {
  const GlbBuilder bytes = instanced([](GlbBuilder& b) {
    const int turns = b.accessor(std::vector<std::int8_t>{0, 0, 90, 90}, "VEC4", kByte, 1);
    b.json["accessors"][turns]["normalized"] = true;
    return Json{{"ROTATION", turns}};
  });
  EXPECT_THAT(transform_point(loaded(bytes)->instances[0].world_from_object, {1, 0, 0}), IsVec3(0, 1, 0));
  const GlbBuilder shorts = instanced([](GlbBuilder& b) {
    const int turns = b.accessor(std::vector<std::int16_t>{23170, 0, 0, 23170}, "VEC4", kShort, 1);
    b.json["accessors"][turns]["normalized"] = true;
    return Json{{"ROTATION", turns}};
  });
  EXPECT_THAT(transform_point(loaded(shorts)->instances[0].world_from_object, {0, 1, 0}), IsVec3(0, 0, 1));
}

TEST(Instancing, CountsInBoundsLightsAndTheInspection) {
  GlbBuilder b = instanced(two_places);
  b.add("materials", {{"emissiveFactor", {1, 1, 1}}});
  b.json["meshes"][0]["primitives"][0]["material"] = 0;
  const auto scene = loaded(b);
  EXPECT_THAT(scene->bounds.min, IsVec3(0, 0, 0));
  EXPECT_THAT(scene->bounds.max, IsVec3(2, 3, 0));
  EXPECT_EQ(scene->triangle_lights.size(), 2u);
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "scene", std::ios::binary) << b.glb();
  const auto summary = inspect_file(folder.path() / "scene", "model/gltf-binary");
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->triangles, 2u);
  EXPECT_EQ(summary->unique_triangles, 1u);
  EXPECT_EQ(summary->instances, 2u);
  EXPECT_THAT(summary->extensions_unsupported, testing::IsEmpty());
}

TEST(Instancing, FollowsTheNodeAndIsHeldInViewWhileThatMoves) {
  GlbBuilder b = instanced(two_places);
  const int times = b.floats({0, 1}, "SCALAR", 1), moves = b.floats({0, 0, 0, 0, 0, 5}, "VEC3", 3);
  b.json["accessors"][times]["min"] = {0};
  b.json["accessors"][times]["max"] = {1};
  b.add("animations",
        {{"samplers", Json::array({{{"input", times}, {"output", moves}}})},
         {"channels", Json::array({{{"sampler", 0}, {"target", {{"node", 0}, {"path", "translation"}}}}})}});
  const auto moved = load(b, LoadOptions{0, 1.0f, {}});
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_THAT(moved->scene->bounds.max, IsVec3(2, 3, 5));
  EXPECT_THAT(moved->framing.min, IsVec3(0, 0, 0));
  EXPECT_THAT(moved->framing.max, IsVec3(2, 3, 5));
}

TEST(Instancing, LeavesOutWhatIsFlattenedToNothing) {
  const GlbBuilder b = instanced([](GlbBuilder& builder) {
    return Json{{"SCALE", builder.floats({0, 1, 1, 1, 1, 1}, "VEC3", 3)}};
  });
  EXPECT_EQ(loaded(b)->instances.size(), 1u);
}

TEST(Instancing, IsLimitedEvenWhereNothingIsSeen) {
  Limits limits;
  limits.max_instances = 1;
  for (const float size : {0.0f, 1.0f}) {
    const auto scene = load(instanced([&](GlbBuilder& b) {
                              return Json{{"SCALE", b.floats({size, 1, 1, size, 1, 1}, "VEC3", 3)}};
                            }),
                            limits);
    ASSERT_FALSE(scene);
    EXPECT_EQ(scene.error().code, ErrorCode::limit_exceeded);
    EXPECT_EQ(scene.error().pointer, "/nodes/0");
  }
}

TEST(Instancing, IsRefusedByItsPlaceWhereItIsWrong) {
  const std::string place = "/nodes/0/extensions/EXT_mesh_gpu_instancing";
  const auto refused = [](const std::function<void(GlbBuilder&, Json & extension)>& break_it) {
    GlbBuilder b = instanced(two_places);
    break_it(b, b.json["nodes"][0]["extensions"]["EXT_mesh_gpu_instancing"]);
    const auto scene = load(b);
    return scene ? "loaded" : scene.error().pointer;
  };
  EXPECT_EQ(refused([](GlbBuilder& b, Json&) { b.json["nodes"][0].erase("mesh"); }), place);
  EXPECT_EQ(refused([](GlbBuilder&, Json& e) { e.erase("attributes"); }), place + "/attributes");
  EXPECT_EQ(refused([](GlbBuilder&, Json& e) { e["attributes"] = Json::object(); }), place + "/attributes");
  EXPECT_EQ(refused([](GlbBuilder&, Json& e) { e["attributes"]["SCALE"] = 99; }), place + "/attributes/SCALE");
  EXPECT_EQ(refused([](GlbBuilder& b, Json& e) {
              e["attributes"]["ROTATION"] = b.floats({1, 1, 1, 1, 1, 1}, "VEC3", 3);
            }),
            place + "/attributes/ROTATION");
  EXPECT_EQ(refused([](GlbBuilder& b, Json& e) {
              e["attributes"]["SCALE"] = b.floats({1, 1, 1}, "VEC3", 3);
            }),
            place + "/attributes/TRANSLATION");
  EXPECT_EQ(refused([](GlbBuilder& b, Json&) {
              b.json["nodes"][0]["scale"] = {1e30, 1, 1};
              b.json["nodes"][0]["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]["TRANSLATION"] =
                  b.floats({1e30f, 0, 0}, "VEC3", 3);
            }),
            "/nodes/0");
}

}  // namespace
}  // namespace kiln::scene::test
