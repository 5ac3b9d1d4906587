#include <cmath>
#include <gmock/gmock.h>
#include <numbers>

#include "animated_glb.h"

namespace kiln::scene::test {
namespace {

constexpr float kNear = 1e-5f;

MATCHER_P3(IsVec3, x, y, z, "") {
  return std::abs(arg.x - x) < kNear && std::abs(arg.y - y) < kNear && std::abs(arg.z - z) < kNear;
}

std::shared_ptr<const Scene> at(const GlbBuilder& b, float time_s) {
  const auto scene = load(b, LoadOptions{0, time_s, {}});
  if (!scene) throw std::runtime_error(scene.error().message);
  return scene->scene;
}

/// Where the first instance has the point `p` of its mesh.
Vec3 moved(const GlbBuilder& b, float time_s, Vec3 p = {0, 0, 0}) {
  return transform_point(at(b, time_s)->instances.at(0).world_from_object, p);
}

/// The point that +X is turned to by an angle about Z.
auto at_angle(double angle_deg) {
  const double a = angle_deg * std::numbers::pi / 180;
  return IsVec3(static_cast<float>(std::cos(a)), static_cast<float>(std::sin(a)), 0.0f);
}

TEST(AnimationStep, HoldsEachValueUntilTheNextKey) {
  GlbBuilder b;
  animate(b, b.triangle(), "translation", "STEP", {1, 2, 4}, {1, 0, 0, 2, 0, 0, 3, 0, 0});
  EXPECT_THAT(moved(b, 1), IsVec3(1, 0, 0));
  EXPECT_THAT(moved(b, 1.999f), IsVec3(1, 0, 0));
  EXPECT_THAT(moved(b, 2), IsVec3(2, 0, 0));
  EXPECT_THAT(moved(b, 3.5f), IsVec3(2, 0, 0));
  EXPECT_THAT(moved(b, 4), IsVec3(3, 0, 0));
}

TEST(AnimationLinear, RunsStraightFromKeyToKey) {
  GlbBuilder b;
  animate(b, b.triangle(), "translation", "LINEAR", {1, 2, 4}, {1, 0, 0, 2, 5, 0, 4, 5, -8});
  EXPECT_THAT(moved(b, 1), IsVec3(1, 0, 0));
  EXPECT_THAT(moved(b, 1.25f), IsVec3(1.25f, 1.25f, 0));
  EXPECT_THAT(moved(b, 2), IsVec3(2, 5, 0));
  EXPECT_THAT(moved(b, 3), IsVec3(3, 5, -4));
  EXPECT_THAT(moved(b, 4), IsVec3(4, 5, -8));
}

TEST(Animation, IsHeldBeforeItsFirstKeyAndAfterItsLast) {
  for (const char* interpolation : {"STEP", "LINEAR"}) {
    GlbBuilder b;
    animate(b, b.triangle(), "translation", interpolation, {1, 2}, {1, 0, 0, 2, 0, 0});
    EXPECT_THAT(moved(b, 0), IsVec3(1, 0, 0));
    EXPECT_THAT(moved(b, 1e6f), IsVec3(2, 0, 0));
  }
}

TEST(Animation, MayHaveASingleKey) {
  GlbBuilder b;
  animate(b, b.triangle(), "translation", "LINEAR", {3}, {7, 0, 0});
  for (const float time_s : {0.0f, 3.0f, 9.0f}) EXPECT_THAT(moved(b, time_s), IsVec3(7, 0, 0));
}

TEST(Animation, IsLinearWhereItDoesNotSay) {
  GlbBuilder b;
  animate(b, b.triangle(), "translation", "LINEAR", {0, 1}, {0, 0, 0, 2, 0, 0});
  b.json["animations"][0]["samplers"][0].erase("interpolation");
  EXPECT_THAT(moved(b, 0.5f), IsVec3(1, 0, 0));
}

TEST(AnimationLinear, TurnsAtAConstantSpeed) {
  GlbBuilder b;
  animate(b, b.triangle(), "rotation", "LINEAR", {0, 3}, joined(about_z(0), about_z(120)));
  EXPECT_THAT(moved(b, 0, {1, 0, 0}), at_angle(0));
  EXPECT_THAT(moved(b, 0.75f, {1, 0, 0}), at_angle(30));
  EXPECT_THAT(moved(b, 1.5f, {1, 0, 0}), at_angle(60));
  EXPECT_THAT(moved(b, 3, {1, 0, 0}), at_angle(120));
}

TEST(AnimationLinear, TurnsTheShorterWay) {
  Floats negated = about_z(90);
  for (float& c : negated) c = -c;  // the same rotation, on the other side of the sphere
  GlbBuilder b;
  animate(b, b.triangle(), "rotation", "LINEAR", {0, 1}, joined(about_z(0), negated));
  EXPECT_THAT(moved(b, 0.5f, {1, 0, 0}), at_angle(45));
  GlbBuilder back;
  animate(back, back.triangle(), "rotation", "LINEAR", {0, 1}, joined(about_z(350), about_z(10)));
  EXPECT_THAT(moved(back, 0.25f, {1, 0, 0}), at_angle(355));
}

TEST(AnimationLinear, TurnsByNothingBetweenEqualRotations) {
  GlbBuilder b;
  animate(b, b.triangle(), "rotation", "LINEAR", {0, 1}, joined(about_z(40), about_z(40)));
  EXPECT_THAT(moved(b, 0.3f, {1, 0, 0}), at_angle(40));
}

TEST(AnimationLinear, TurnsHalfARoundSomeWayWithoutLosingItsLength) {
  GlbBuilder b;
  animate(b, b.triangle(), "rotation", "LINEAR", {0, 1}, {0, 0, 0, 1, 0, 0, 1, 0});
  EXPECT_THAT(moved(b, 0.5f, {1, 0, 0}), IsVec3(0, 1, 0));
}

TEST(AnimationCubicSpline, PassesItsKeysAndFollowsItsTangents) {
  GlbBuilder b;
  // In-tangent, value, out-tangent of each key. x(t) = t^3 over two seconds, whose tangents are 3 t^2; y stays.
  animate(b, b.triangle(), "translation", "CUBICSPLINE", {0, 2},
          {9, 9, 9, 0, 5, 0, 0, 0, 0, 12, 0, 0, 8, 5, 0, 9, 9, 9});
  for (const float t : {0.0f, 0.5f, 1.0f, 1.75f, 2.0f}) EXPECT_THAT(moved(b, t), IsVec3(t * t * t, 5, 0));
  EXPECT_THAT(moved(b, 3), IsVec3(8, 5, 0));
}

TEST(AnimationCubicSpline, EasesBetweenKeysWithFlatTangents) {
  GlbBuilder b;
  animate(b, b.triangle(), "translation", "CUBICSPLINE", {1, 5},
          {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0});
  EXPECT_THAT(moved(b, 0), IsVec3(0, 0, 0));
  EXPECT_THAT(moved(b, 2), IsVec3(16 * (3.0f / 16 - 2.0f / 64), 0, 0));
  EXPECT_THAT(moved(b, 3), IsVec3(8, 0, 0));
}

TEST(AnimationCubicSpline, TurnsWithUnitQuaternions) {
  GlbBuilder b;
  const Floats none{0, 0, 0, 0};
  const Floats key0 = joined(joined(none, about_z(0)), none), key1 = joined(joined(none, about_z(90)), none);
  const int node = b.triangle();
  b.json["nodes"][node]["scale"] = {2, 2, 2};
  animate(b, node, "rotation", "CUBICSPLINE", {0, 1}, joined(key0, key1));
  const Vec3 half = moved(b, 0.5f, {0.5f, 0, 0});
  EXPECT_THAT(half, at_angle(45));  // by symmetry; the mean of the two quaternions is shorter than 1
  EXPECT_THAT(moved(b, 1, {0.5f, 0, 0}), at_angle(90));
}

TEST(Animation, ReadsNormalizedIntegers) {
  GlbBuilder b;
  const int node = b.triangle();
  const auto accessor = [&](auto values, int type) {
    const int index = b.accessor(values, "VEC4", type, 2);
    b.json["accessors"][index]["normalized"] = true;
    return index;
  };
  const auto expect_half_way_to_a_half_turn = [&](int values) {
    GlbBuilder file = b;
    animate_with(file, node, "rotation", "LINEAR", {0, 1}, values);
    EXPECT_THAT(moved(file, 0.5f, {1, 0, 0}), at_angle(90));
  };
  using std::vector;
  expect_half_way_to_a_half_turn(accessor(vector<std::int8_t>{0, 0, 0, 127, 0, 0, 127, 0}, kByte));
  expect_half_way_to_a_half_turn(accessor(vector<std::uint8_t>{0, 0, 0, 255, 0, 0, 255, 0}, kUnsignedByte));
  expect_half_way_to_a_half_turn(accessor(vector<std::int16_t>{0, 0, 0, 32767, 0, 0, 32767, 0}, kShort));
  expect_half_way_to_a_half_turn(accessor(vector<std::uint16_t>{0, 0, 0, 65535, 0, 0, 65535, 0}, kUnsignedShort));
}

TEST(Animation, MovesWhatItsChannelsNameAndLeavesTheRestAlone) {
  GlbBuilder b;
  const int moving = b.triangle();
  b.json["nodes"][moving]["translation"] = {9, 9, 9};
  b.json["nodes"][moving]["scale"] = {2, 2, 2};
  b.json["nodes"][b.triangle()]["translation"] = {5, 0, 0};
  animate(b, moving, "translation", "LINEAR", {0, 1}, {0, 0, 0, 0, 2, 0});
  animate(b, moving, "rotation", "LINEAR", {0, 2}, joined(about_z(0), about_z(180)));
  const auto scene = at(b, 1);
  EXPECT_THAT(transform_point(scene->instances[0].world_from_object, {1, 0, 0}), IsVec3(0, 4, 0));
  EXPECT_THAT(scene->instances[1].world_from_object.t, IsVec3(5, 0, 0));
  EXPECT_THAT(loaded(b)->instances[0].world_from_object.t, IsVec3(9, 9, 9)) << "at rest";
}

TEST(Animation, CarriesWhatHangsBelow) {
  GlbBuilder b;
  const int child = b.triangle();
  b.json["nodes"][child]["translation"] = {1, 0, 0};
  const int parent = b.add("nodes", {{"children", {child}}});
  animate(b, parent, "rotation", "LINEAR", {0, 1}, joined(about_z(0), about_z(90)));
  EXPECT_THAT(moved(b, 1), IsVec3(0, 1, 0));
}

TEST(Animation, IsTheOneThatIsAskedFor) {
  GlbBuilder b;
  const int node = b.triangle();
  animate(b, node, "translation", "STEP", {0}, {1, 0, 0});
  Json second = b.json["animations"][0];
  b.json["animations"].clear();
  animate(b, node, "translation", "STEP", {0}, {2, 0, 0});
  b.json["animations"].push_back(second);
  const auto of = [&](std::uint32_t animation) {
    return load(b, LoadOptions{animation, 0.0f, {}})->scene->instances[0].world_from_object.t.x;
  };
  EXPECT_EQ(of(0), 2);
  EXPECT_EQ(of(1), 1);
}

TEST(Animation, OfCamerasAndLightsMovesThem) {
  GlbBuilder b;
  b.json["extensionsUsed"] = {"KHR_lights_punctual"};
  b.json["extensions"]["KHR_lights_punctual"]["lights"] = {{{"type", "point"}}};
  b.add("cameras", {{"type", "perspective"}, {"perspective", {{"yfov", 1}, {"znear", 1}}}});
  const int node = b.add("nodes", {{"camera", 0}, {"extensions", {{"KHR_lights_punctual", {{"light", 0}}}}}});
  animate(b, node, "translation", "LINEAR", {0, 1}, {0, 0, 0, 0, 0, 6});
  const auto scene = at(b, 0.5f);
  EXPECT_THAT(scene->cameras.at(0).camera.eye, IsVec3(0, 0, 3));
  EXPECT_THAT(scene->punctual_lights.at(0).position, IsVec3(0, 0, 3));
}

TEST(AnimationOfWeights, BendsTheMesh) {
  GlbBuilder b;
  const int node = morphing_triangle(b);
  b.json["nodes"][node]["weights"] = {5, 5};
  animate(b, node, "weights", "LINEAR", {0, 1}, {0, 0, 4, 2});
  EXPECT_THAT(at(b, 0)->positions.at(0), IsVec3(0, 0, 0));
  EXPECT_THAT(at(b, 0.25f)->positions.at(0), IsVec3(0.5f, 0, 1));
  EXPECT_THAT(at(b, 2)->positions.at(0), IsVec3(2, 0, 4));
}

TEST(AnimationOfWeights, FollowsSplines) {
  GlbBuilder b;
  // In-tangents, values and out-tangents of both weights for each key; the first weight is t^3.
  animate(b, morphing_triangle(b), "weights", "CUBICSPLINE", {0, 2}, {0, 0, 0, 3, 0, 0, 12, 0, 8, 3, 0, 0});
  EXPECT_THAT(at(b, 1)->positions.at(0), IsVec3(3, 0, 1));
  EXPECT_THAT(at(b, 2)->positions.at(0), IsVec3(3, 0, 8));
}

TEST(AnimationOfWeights, StaysWithinTheirLimit) {
  GlbBuilder b;
  animate(b, morphing_triangle(b), "weights", "STEP", {0}, {0, 0});
  Limits limits;
  limits.max_pose_weights = 1;
  const auto scene = load(b, LoadOptions{0, 0.0f, {}}, limits);
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().code, ErrorCode::limit_exceeded);
}

TEST(AnimationOfJoints, BendsTheSkin) {
  GlbBuilder b;
  const int tip = skinned_triangle(b);
  animate(b, tip, "rotation", "LINEAR", {0, 1}, joined(about_z(0), about_z(90)));
  EXPECT_THAT(at(b, 0)->positions.at(2), IsVec3(0, 1, 0));
  const auto scene = at(b, 1);
  EXPECT_THAT(scene->positions.at(1), IsVec3(1, 0, 0));
  EXPECT_THAT(scene->positions.at(2), IsVec3(-1, 0, 0));
}

TEST(Animation, ToAScaleOfZeroLeavesTheObjectOut) {
  GlbBuilder b;
  const int vanishing = b.triangle(), staying = b.triangle();
  animate(b, vanishing, "scale", "LINEAR", {0, 1}, {1, 1, 1, 0, 0, 0});
  EXPECT_EQ(at(b, 0.5f)->instances.size(), 2u);
  const auto scene = at(b, 1);
  ASSERT_EQ(scene->instances.size(), 1u);
  EXPECT_EQ(scene->instances[0].object_id, static_cast<std::uint32_t>(staying));
  EXPECT_EQ(scene->bounds.max.x, 1);
}

TEST(Animation, ThatLeavesTheRangeOfNumbersIsRefused) {
  GlbBuilder b;
  const float large = 3e38f;
  animate(b, b.triangle(), "translation", "CUBICSPLINE", {0, 100},
          {0, 0, 0, 0, 0, 0, large, 0, 0, -large, 0, 0, 0, 0, 0, 0, 0, 0});
  const auto scene = load(b, LoadOptions{0, 50.0f, {}});
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().code, ErrorCode::invalid_scene);
  EXPECT_EQ(scene.error().pointer, "/nodes/0");
}

/// Within, or on, the box of `b`, which may be a little larger.
void expect_holds(const Bounds& b, Vec3 min, Vec3 max, float slack) {
  const std::pair<float, float> sides[] = {{min.x, b.min.x},   {min.y, b.min.y},   {min.z, b.min.z},
                                           {-max.x, -b.max.x}, {-max.y, -b.max.y}, {-max.z, -b.max.z}};
  for (const auto& [inner, outer] : sides) {
    EXPECT_LE(outer, inner + kNear);
    EXPECT_GE(outer, inner - slack - kNear);
  }
}

Bounds framing_at(const GlbBuilder& b, float time_s) { return load(b, LoadOptions{0, time_s, {}})->framing; }

TEST(FramingOfAnAnimation, HoldsAllOfItAndIsTheSameAtEveryMoment) {
  GlbBuilder b;
  animate(b, b.triangle(), "translation", "LINEAR", {0, 1, 2}, {0, 0, 0, 4, 0, 0, 0, -3, 0});
  const Bounds framing = framing_at(b, 0);
  expect_holds(framing, {0, -3, 0}, {5, 1, 0}, 0);
  EXPECT_EQ(framing_at(b, 1.3f).min, framing.min);
  EXPECT_EQ(framing_at(b, 1.3f).max, framing.max);
  EXPECT_TRUE(load(b, LoadOptions{})->framing.empty()) << "at rest the scene's own bounds are framed";
}

TEST(FramingOfAnAnimation, FollowsMorphTargets) {
  GlbBuilder b;
  animate(b, morphing_triangle(b), "weights", "LINEAR", {0, 1}, {0, 0, -4, 2});
  expect_holds(framing_at(b, 0), {0, 0, -4}, {3, 1, 0}, 0);
}

TEST(FramingOfAnAnimation, FollowsJoints) {
  GlbBuilder b;
  const int tip = skinned_triangle(b);
  animate(b, tip, "translation", "LINEAR", {0, 1}, {0, 0, 0, 0, 9, 0});
  expect_holds(framing_at(b, 0), {0, 0, 0}, {1, 10, 0}, 0);
}

TEST(FramingOfAnAnimation, LeavesOutWhatIsFlattenedToNothing) {
  GlbBuilder b;
  b.triangle();
  const int never = b.triangle();
  b.json["nodes"][never]["translation"] = {50, 0, 0};
  animate(b, never, "scale", "STEP", {0}, {0, 0, 0});
  expect_holds(framing_at(b, 0), {0, 0, 0}, {1, 1, 0}, 0);
}

TEST(Animation, NeedsTheBytesOfItsKeys) {
  GlbBuilder b;
  animate(b, b.triangle(), "translation", "STEP", {0}, {1, 0, 0});
  b.json["buffers"] = {{{"byteLength", 52}}, {{"byteLength", 1000}}};
  b.json["bufferViews"][2]["buffer"] = 1;
  EXPECT_TRUE(load(b)) << "it is not read at rest";
  const auto scene = load(b, LoadOptions{0, 0.0f, {}});
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().pointer, "/buffers/1");
}

TEST(Animation, ThatIsNotThereIsRefusedWithAListOfThoseThatAre) {
  GlbBuilder b;
  const auto none = load(b, LoadOptions{0, 0.0f, {}});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::unknown_animation);
  EXPECT_EQ(none.error().pointer, "/animation");
  EXPECT_EQ(none.error().message, "the scene has no animation 0; it has none");

  animate(b, b.triangle(), "scale", "STEP", {0}, {1, 1, 1});
  b.json["animations"].push_back(b.json["animations"][0]);
  b.json["animations"][1]["name"] = "Walk";
  const auto third = load(b, LoadOptions{2, 0.0f, {}});
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().message, "the scene has no animation 2; it has 0, 1 (\"Walk\")");
  EXPECT_TRUE(load(b, LoadOptions{7, std::nullopt, {}})) << "no moment of it is asked for";
}

}  // namespace
}  // namespace kiln::scene::test
