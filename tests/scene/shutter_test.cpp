// What moves in a file while the shutter is open.
#include "scene/shutter.h"

#include <gmock/gmock.h>

#include "animated_glb.h"
#include "scene/resolve_camera.h"

namespace kiln::scene::test {
namespace {

constexpr float kNear = 1e-5f;

MATCHER_P3(IsVec3, x, y, z, "") {
  return std::abs(arg.x - x) < kNear && std::abs(arg.y - y) < kNear && std::abs(arg.z - z) < kNear;
}

/// From `time_s` on for `shutter_s`.
std::shared_ptr<const Scene> open_from(const GlbBuilder& b, float time_s, float shutter_s, const Limits& limits = {}) {
  const auto scene = load(b, LoadOptions{0, time_s, {}, shutter_s}, limits);
  if (!scene) throw std::runtime_error(scene.error().message);
  return scene->scene;
}

TEST(Shutter, FindsNothingMovingInAFileAtRest) {
  GlbBuilder b;
  const int node = b.triangle();
  animate(b, node, "translation", "LINEAR", {0, 1}, {0, 0, 0, 4, 0, 0});
  const auto scene = open_from(b, 1, 5);  // behind the last key
  EXPECT_EQ(scene->motion_keys, 0u);
  EXPECT_TRUE(scene->motion_transforms.empty());
  EXPECT_EQ(scene->instances.at(0).first_motion, kNone);
  EXPECT_EQ(open_from(b, 0, 0)->motion_keys, 0u);
}

TEST(Shutter, NeedsTwoKeysForAStraightWay) {
  GlbBuilder b;
  const int moving = b.triangle();
  b.triangle();
  animate(b, moving, "translation", "LINEAR", {0, 2}, {0, 0, 0, 8, 0, 0});
  const auto scene = open_from(b, 0.5f, 1);
  ASSERT_EQ(scene->motion_keys, 2u);
  ASSERT_EQ(scene->motion_transforms.size(), 2u) << "of what moves alone";
  EXPECT_THAT(scene->place_at(scene->instances[0], 0).t, IsVec3(2, 0, 0));
  EXPECT_THAT(scene->place_at(scene->instances[0], 1).t, IsVec3(6, 0, 0));
  EXPECT_THAT(scene->instances[0].world_from_object.t, IsVec3(4, 0, 0)) << "the middle stands for all of it";
  EXPECT_EQ(scene->instances[1].first_motion, kNone);
  EXPECT_FLOAT_EQ(scene->bounds.max.x, 7) << "of all its way";
  EXPECT_FLOAT_EQ(scene->bounds.min.x, 0);
}

TEST(Shutter, NeedsMoreKeysTheFurtherSomethingTurns) {
  const auto keys = [](double angle_deg) {
    GlbBuilder b;
    animate(b, b.triangle(), "rotation", "LINEAR", {0, 1}, joined(about_z(0), about_z(angle_deg)));
    return open_from(b, 0, 1)->motion_keys;
  };
  EXPECT_EQ(keys(2), 2u);
  EXPECT_EQ(keys(15), 3u);
  EXPECT_EQ(keys(45), 5u);
  EXPECT_EQ(keys(90), 9u);
  EXPECT_EQ(keys(170), 9u);
}

TEST(Shutter, SpreadsAJumpOverASixteenthOfItsTimeAtMost) {
  GlbBuilder b;
  animate(b, b.triangle(), "translation", "STEP", {0, 0.5f}, {0, 0, 0, 16, 0, 0});
  const auto scene = open_from(b, 0, 1);
  ASSERT_EQ(scene->motion_keys, 17u);
  EXPECT_THAT(scene->place_at(scene->instances[0], 7).t, IsVec3(0, 0, 0));
  EXPECT_THAT(scene->place_at(scene->instances[0], 8).t, IsVec3(16, 0, 0));
}

TEST(Shutter, FollowsMorphTargets) {
  GlbBuilder b;
  animate(b, morphing_triangle(b), "weights", "LINEAR", {0, 1}, {0, 0, 4, 2});
  const auto scene = open_from(b, 0.25f, 0.5f);
  ASSERT_EQ(scene->motion_keys, 2u);
  const Mesh& mesh = scene->meshes.at(0);
  EXPECT_THAT(scene->positions_at(mesh, 0)[0], IsVec3(0.5f, 0, 1));
  EXPECT_THAT(scene->positions_at(mesh, 1)[0], IsVec3(1.5f, 0, 3));
  EXPECT_THAT(scene->positions[0], IsVec3(1, 0, 2));
  EXPECT_EQ(scene->instances[0].first_motion, kNone) << "its node stands still";
}

TEST(Shutter, FollowsJoints) {
  GlbBuilder b;
  const int tip = skinned_triangle(b);
  animate(b, tip, "rotation", "LINEAR", {0, 1}, joined(about_z(0), about_z(90)));
  const auto scene = open_from(b, 0, 1);
  ASSERT_EQ(scene->motion_keys, 9u);
  const Mesh& mesh = scene->meshes.at(0);
  EXPECT_THAT(scene->positions_at(mesh, 0)[2], IsVec3(0, 1, 0));
  EXPECT_THAT(scene->positions_at(mesh, 4)[2], IsVec3(-std::sqrt(0.5f), std::sqrt(0.5f), 0));
  EXPECT_THAT(scene->positions_at(mesh, 8)[2], IsVec3(-1, 0, 0));
  EXPECT_THAT(scene->positions_at(mesh, 8)[1], IsVec3(1, 0, 0));
}

/// With a normal texture that tangents are made for: vertices are split, or get the normals of their triangles.
TEST(Shutter, MovesEachSplitVertexAsTheOneOfTheFile) {
  for (const bool has_normals : {false, true}) {
    GlbBuilder b;
    b.add("images", {{"uri",
                      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMB"
                      "AQDJ/pLvAAAAAElFTkSuQmCC"}});
    b.add("textures", {{"source", 0}});
    b.add("materials", {{"normalTexture", {{"index", 0}}}});
    const int node = b.node_with(
        {{"attributes",
          {{"POSITION", b.positions({0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0})},
           {"TEXCOORD_0", b.floats({0, 0, 1, 0, 0, 1, 0, 0}, "VEC2", 2)}}},  // the second triangle is mirrored
         {"indices", b.indices({0, 1, 2, 2, 1, 3})},
         {"material", 0},
         {"targets", Json::array({{{"POSITION", b.positions({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})}}})}});
    if (has_normals)
      b.json["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] =
          b.floats({0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1}, "VEC3", 3);
    animate(b, node, "weights", "LINEAR", {0, 1}, {0, 1});
    const auto scene = open_from(b, 0, 1);
    const Mesh& mesh = scene->meshes.at(0);
    ASSERT_EQ(scene->motion_keys, 2u);
    ASSERT_EQ(mesh.vertex_count, 6u);
    ASSERT_EQ(scene->motion_positions.size(), 12u);
    const auto corner = [&](std::uint32_t i, std::uint32_t key) {
      return scene->positions_at(mesh, key)[scene->indices[i]];
    };
    for (std::uint32_t i = 0; i < 6; ++i) {
      const Vec3 at_rest = corner(i, 0), pushed = corner(i, 1);
      const bool is_last = at_rest == Vec3{1, 1, 0};
      EXPECT_EQ(pushed, (at_rest + Vec3{0, 0, is_last ? 1.0f : 0.0f}));
    }
    const Vec3 turned = scene->motion_normals[mesh.vertex_count + scene->indices[3]];
    const Vec3 expected = has_normals ? Vec3{0, 0, 1} : normalize({-1, -1, 1});
    EXPECT_THAT(turned, IsVec3(expected.x, expected.y, expected.z));
  }
}

TEST(Shutter, KeepsAThousandthOfWhatShrinksToNothing) {
  GlbBuilder b;
  animate(b, b.triangle(), "scale", "LINEAR", {0, 1, 2}, {1, 1, 1, 0, 0, 0, 0, 0, 0});
  const auto scene = open_from(b, 0, 2);
  ASSERT_EQ(scene->instances.size(), 1u);
  for (std::uint32_t key = 0; key < scene->motion_keys; ++key) {
    const Affine& place = scene->place_at(scene->instances[0], key);
    EXPECT_GT(determinant(place), 0);
    EXPECT_NEAR(place.x.x,
                std::max(1 - 2.0f * static_cast<float>(key) / static_cast<float>(scene->motion_keys - 1), 0.0f),
                1.1e-3f);
  }
  GlbBuilder flat;
  animate(flat, flat.triangle(), "scale", "LINEAR", {0, 1}, {1, 0, 1, 2, 0, 2});
  EXPECT_TRUE(open_from(flat, 0, 1)->instances.empty()) << "it never is anything";
}

TEST(Shutter, CarriesACameraOfTheFile) {
  GlbBuilder b;
  b.add("cameras", {{"type", "perspective"}, {"perspective", {{"yfov", 1}, {"znear", 1}}}});
  const int node = b.add("nodes", {{"camera", 0}});
  b.triangle();
  animate(b, node, "translation", "LINEAR", {0, 1}, {0, 0, 2, 6, 0, 2});
  const auto scene = open_from(b, 0, 0.5f);
  EXPECT_EQ(scene->motion_keys, 0u) << "nothing that it sees moves";
  const auto keys = resolve_camera_keys(*scene, {}, 1);
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2u);
  EXPECT_THAT((*keys)[0].eye, IsVec3(0, 0, 2));
  EXPECT_THAT((*keys)[1].eye, IsVec3(3, 0, 2));
  EXPECT_FLOAT_EQ((*keys)[1].half_width, std::tan(0.5f));
  CameraRequest own;
  own.placement = LookAtCamera{};
  EXPECT_TRUE(resolve_camera_keys(*scene, own, 1)->empty());
}

TEST(Shutter, RefusesMoreMotionThanTheLimits) {
  GlbBuilder b;
  const int node = morphing_triangle(b);
  animate(b, node, "translation", "LINEAR", {0, 1}, {0, 0, 0, 1, 0, 0});
  animate(b, node, "weights", "LINEAR", {0, 1}, {0, 0, 1, 1});
  const LoadOptions options{0, 0.0f, {}, 1};
  ASSERT_TRUE(load(b, options));
  Limits few;
  few.max_motion_transforms = 1;
  EXPECT_EQ(load(b, options, few).error().code, ErrorCode::limit_exceeded);
  few = {};
  few.max_vertices = 5;  // the mesh has 3, its two keys 6
  EXPECT_EQ(load(b, options, few).error().code, ErrorCode::limit_exceeded);
  few = {};
  few.max_pose_weights = 16;
  EXPECT_EQ(load(b, options, few).error().code, ErrorCode::limit_exceeded);
}

TEST(Shutter, ShowsMaterialsAndLightsOfItsMiddle) {
  GlbBuilder b;
  b.json["extensionsUsed"] = {"KHR_lights_punctual"};
  b.json["extensions"]["KHR_lights_punctual"]["lights"] = {{{"type", "point"}}};
  const int node = b.add("nodes", {{"extensions", {{"KHR_lights_punctual", {{"light", 0}}}}}});
  animate(b, node, "translation", "LINEAR", {0, 1}, {0, 0, 0, 0, 0, 6});
  EXPECT_THAT(open_from(b, 0, 1)->punctual_lights.at(0).position, IsVec3(0, 0, 3));
}

}  // namespace
}  // namespace kiln::scene::test
