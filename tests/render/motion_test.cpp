// Motion blur: pictures of files that move, against closed forms and against the mean of many still pictures.
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

#include "bvh_reference.h"
#include "render/cpu_renderer.h"
#include "render_scenes.h"
#include "scene/environment.h"
#include "scene/resolve_camera.h"
#include "tests/scene/animated_glb.h"

namespace kiln::render {
namespace {

using scene::LoadOptions;
using scene::test::animate;
using scene::test::Floats;
using scene::test::GlbBuilder;
using scene::test::Json;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint32_t kEffort = 1;
#else
constexpr std::uint32_t kEffort = 4;
#endif

/// A file, and how it is looked at. Its animation runs for a second.
struct Shot {
  Shot() {
    file.json["extensionsUsed"] = {"KHR_materials_unlit", "KHR_lights_punctual", "KHR_materials_emissive_strength"};
    frame = looking({0, 0, 10}, {0, 0, -1}, 0.4f, 16, 64);  // 8 by 8 units in the plane z = 0, two pixels each
    frame.filter_width_px = 0.1f;
    frame.background.kind = BackgroundKind::transparent;
    frame.max_depth = 2;
  }

  int white() {
    return file.add("materials", {{"extensions", {{"KHR_materials_unlit", Json::object()}}}, {"doubleSided", true}});
  }
  int grey() {
    return file.add("materials",
                    {{"pbrMetallicRoughness",
                      {{"baseColorFactor", {0.5, 0.5, 0.5, 1}}, {"metallicFactor", 0}, {"roughnessFactor", 1}}}});
  }
  int lamp(float strength) {
    return file.add("materials",
                    {{"emissiveFactor", {1, 1, 1}},
                     {"extensions", {{"KHR_materials_emissive_strength", {{"emissiveStrength", strength}}}}},
                     {"doubleSided", true}});
  }

  /// Shines along -Z from above and from the left.
  void sun(float strength) {
    file.json["extensions"]["KHR_lights_punctual"]["lights"] = {{{"type", "directional"}, {"intensity", strength}}};
    const int light = file.add("nodes", {{"extensions", {{"KHR_lights_punctual", {{"light", 0}}}}}});
    transform(light, "rotation", {-0.2, -0.2, 0, 0.96});
  }

  /// A square from (-1, -1) to (1, 1) in the plane z = 0 that faces +Z; returns the node.
  int square(int material, const Json& further = Json::object()) {
    Json primitive = {{"attributes", {{"POSITION", file.positions({-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0})}}},
                      {"indices", file.indices({0, 1, 2, 0, 2, 3})},
                      {"material", material}};
    primitive.update(further, true);
    return file.node_with(primitive);
  }
  void move(int node, const Floats& from, const Floats& to) {
    animate(file, node, "translation", "LINEAR", {0, 1}, scene::test::joined(from, to));
  }
  void turn(int node, const Floats& from, const Floats& to) {
    animate(file, node, "rotation", "LINEAR", {0, 1}, scene::test::joined(from, to));
  }
  void transform(int node, const char* what, const Json& value) { file.json["nodes"][node][what] = value; }

  GlbBuilder file;
  FrameSettings frame;
  bool by_its_camera = false;
};

Floats about(Vec3 axis, double angle_deg) {
  const double half_rad = angle_deg * std::numbers::pi / 360;
  const auto s = static_cast<float>(std::sin(half_rad));
  return {axis.x * s, axis.y * s, axis.z * s, static_cast<float>(std::cos(half_rad))};
}

struct Take {
  std::shared_ptr<const Scene> scene;
  FrameSettings frame;
};

Take take(const Shot& shot, float time_s, float shutter_s) {
  const auto loaded = load(shot.file, LoadOptions{0, time_s, {}, shutter_s});
  if (!loaded) throw std::runtime_error(loaded.error().message);
  Take t{loaded->scene, shot.frame};
  if (!shot.by_its_camera) return t;
  t.frame.camera = scene::resolve_camera(*t.scene, {}, 1).value();
  t.frame.camera_keys = scene::resolve_camera_keys(*t.scene, {}, 1).value();
  return t;
}

LinearImage shown(const Take& t) { return picture(t.scene, t.frame, 2); }

/// With the shutter open for the whole second.
LinearImage blurred(const Shot& shot) {
  Take t = take(shot, 0, 1);
  EXPECT_TRUE(t.scene->motion_keys > 0 || !t.frame.camera_keys.empty());
  t.frame.samples_per_pixel *= kEffort;
  return shown(t);
}

/// The mean of still pictures at moments spread evenly over the second.
LinearImage mean_of_stills(const Shot& shot) {
  constexpr int kStills = 32;
  LinearImage sum;
  for (int k = 0; k < kStills; ++k) {
    Take t = take(shot, (static_cast<float>(k) + 0.5f) / kStills, 0);
    EXPECT_EQ(t.scene->motion_keys, 0u);
    t.frame.samples_per_pixel = std::max(1u, t.frame.samples_per_pixel * kEffort / 16);
    t.frame.seed = static_cast<std::uint64_t>(k) + 1;
    const LinearImage still = shown(t);
    if (k == 0) sum = still;
    for (std::size_t i = 0; k > 0 && i < sum.pixels.size(); ++i) sum.pixels[i] = sum.pixels[i] + still.pixels[i];
  }
  for (Vec4& p : sum.pixels) p = p * (1.0f / kStills);
  return sum;
}

/// Means over squares of 2 x 2 pixels, whose noise is less.
LinearImage halved(const LinearImage& image) {
  LinearImage out{image.width / 2, image.height / 2, {}};
  for (std::uint32_t y = 0; y < out.height; ++y) {
    for (std::uint32_t x = 0; x < out.width; ++x) {
      const std::size_t at = std::size_t{2} * y * image.width + 2 * x;
      const auto& p = image.pixels;
      out.pixels.push_back((p[at] + p[at + 1] + p[at + image.width] + p[at + image.width + 1]) * 0.25f);
    }
  }
  return out;
}

/// The largest difference of colour, and of alpha.
Vec2 largest_difference(const LinearImage& a, const LinearImage& b) {
  Vec2 largest;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    const Vec4 p = a.pixels[i], q = b.pixels[i];
    largest.x = std::max({largest.x, std::abs(p.x - q.x), std::abs(p.y - q.y), std::abs(p.z - q.z)});
    largest.y = std::max(largest.y, std::abs(p.w - q.w));
  }
  return largest;
}

/// Blurred it is what the stills are in the mean, and not what it is in the middle of the time.
void expect_as_stills(const Shot& shot, float color_noise, float alpha_noise) {
  const LinearImage ours = halved(blurred(shot)), stills = halved(mean_of_stills(shot));
  const Vec2 difference = largest_difference(ours, stills);
  EXPECT_LT(difference.x, color_noise);
  EXPECT_LT(difference.y, alpha_noise);
  const Vec2 change = largest_difference(ours, halved(shown(take(shot, 0.5f, 0))));
  EXPECT_GT(std::max(change.x / color_noise, change.y / alpha_noise), 4) << "it hardly moves";
}

/// The device BVH sees the same as Embree.
void expect_same_through_both(const Shot& shot) {
  Take t = take(shot, 0, 1);
  t.frame.samples_per_pixel = 4;
  const auto renderer = make_cpu_renderer(2);
  const auto prepared = renderer->prepare(t.scene, {});
  const std::uint32_t pixels = t.frame.width * t.frame.height;
  ASSERT_TRUE(prepared && renderer->begin(*prepared, t.frame) && renderer->render({0, pixels, 0, 4}, {}));
  EXPECT_LT(share_of_differing_pixels(reference_sums(*t.scene, t.frame), *renderer->read_accumulator()), 0.02);
}

/// Where the middle of a column of pixels lies in the plane z = 0.
float x_of(std::uint32_t column) { return (static_cast<float>(column) + 0.5f) / 2 - 4; }

/// A square of width 2 that goes from -2 to 2 is over each place in its middle for half of the time, and shorter
/// towards the ends: a trapezoid.
TEST(MotionBlur, CoversAPixelForTheShareOfTheTimeThatItIsThere) {
  Shot shot;
  shot.move(shot.square(shot.white()), {-2, 0, 0}, {2, 0, 0});
  const LinearImage image = blurred(shot);
  for (std::uint32_t column = 0; column < 16; ++column) {
    const float covered = std::clamp((3 - std::abs(x_of(column))) / 4, 0.0f, 0.5f);
    for (const std::uint32_t row : {7u, 8u}) {
      const Vec4 p = image.pixels[row * 16 + column];
      EXPECT_NEAR(p.w, covered, 0.03f) << column;
      EXPECT_NEAR(p.x, covered, 0.03f) << column;
    }
    EXPECT_EQ(image.pixels[4 * 16 + column].w, 0) << "above it";
  }
  expect_same_through_both(shot);
}

TEST(MotionBlur, IsTheMeanOfStillsOfATranslationWithItsShadow) {
  Shot shot;
  const int grey = shot.grey();
  const int floor = shot.square(grey);
  shot.transform(floor, "scale", {5, 5, 5});
  shot.move(shot.square(grey), {-1.5f, 0, 1}, {1.5f, 0.5f, 1});
  shot.sun(4);
  expect_as_stills(shot, 0.03f, 0.01f);
  expect_same_through_both(shot);
}

/// About an axis in the plane of the picture: its back, which is not seen, comes to the front.
TEST(MotionBlur, IsTheMeanOfStillsOfARotation) {
  Shot shot;
  const int grey = shot.grey();
  const int child = shot.square(grey);
  shot.transform(child, "translation", {1, 0, 0});
  const int pivot = shot.file.add("nodes", {{"children", {child}}});
  shot.turn(pivot, about({0.6f, 0, 0.8f}, -30), about({0.6f, 0, 0.8f}, 120));
  shot.frame.environment = constant_environment({1, 1, 1});
  expect_as_stills(shot, 0.03f, 0.03f);
  expect_same_through_both(shot);
}

TEST(MotionBlur, IsTheMeanOfStillsOfManyInstancesOfWhichSomeMove) {
  Shot shot;
  const int white = shot.white();
  const int first = shot.square(white);
  const int mesh = shot.file.json["nodes"][first]["mesh"].get<int>();
  shot.transform(first, "translation", {-2, 2, 0});
  for (const float x : {-2.0f, 2.0f}) {
    const int node = shot.file.add("nodes", {{"mesh", mesh}, {"scale", {0.5, -0.5, 0.5}}});
    shot.move(node, {x, -2, 0}, {-x, 0, 1});
  }
  expect_as_stills(shot, 0.03f, 0.03f);
  expect_same_through_both(shot);
}

TEST(MotionBlur, IsTheMeanOfStillsOfMorphTargets) {
  for (const bool also_moves : {false, true}) {
    Shot shot;
    const int target = shot.file.positions({-1, 0, 0, 2, 0, 0, 2, 0, 0, 0, 1, 1});
    const int node = shot.square(shot.white(), {{"targets", Json::array({{{"POSITION", target}}})}});
    animate(shot.file, node, "weights", "LINEAR", {0, 1}, {0, 1});
    if (also_moves) shot.move(node, {0, 1, 0}, {0, -1, 0});
    expect_as_stills(shot, 0.03f, 0.03f);
    expect_same_through_both(shot);
  }
}

TEST(MotionBlur, IsTheMeanOfStillsOfASkin) {
  Shot shot;
  GlbBuilder& b = shot.file;
  const std::vector<std::uint8_t> joints{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0};
  const int node = shot.square(
      shot.grey(), {{"attributes",
                     {{"NORMAL", b.floats({0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1}, "VEC3", 3)},
                      {"JOINTS_0", b.accessor(joints, "VEC4", scene::test::kUnsignedByte, 4)},
                      {"WEIGHTS_0", b.floats({1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}, "VEC4", 4)}}}});
  const int root = b.add("nodes", Json::object()), tip = b.add("nodes", Json::object());
  shot.transform(root, "children", {tip});
  shot.transform(node, "skin", b.add("skins", {{"joints", {root, tip}}}));
  shot.turn(tip, about({0.6f, 0, 0.8f}, 0), about({0.6f, 0, 0.8f}, 120));
  shot.sun(4);
  expect_as_stills(shot, 0.03f, 0.03f);
  expect_same_through_both(shot);
}

TEST(MotionBlur, IsTheMeanOfStillsOfACameraThatMovesAndTurns) {
  Shot shot;
  const int still = shot.square(shot.white());
  shot.transform(still, "translation", {0, 0, -1});
  shot.file.add("cameras", {{"type", "perspective"}, {"perspective", {{"yfov", 0.76}, {"znear", 1}}}});
  const int camera = shot.file.add("nodes", {{"camera", 0}});
  shot.move(camera, {-2, 0, 10}, {2, 0.5f, 9});
  shot.turn(camera, about({0, 1, 0}, -10), about({0, 1, 0}, 10));
  shot.by_its_camera = true;
  expect_as_stills(shot, 0.03f, 0.03f);
  expect_same_through_both(shot);
}

/// The light that it throws comes by light sampling and by chance, and each path sees it where it is at its time.
TEST(MotionBlur, IsTheMeanOfStillsOfALampThatMoves) {
  Shot shot;
  const int floor = shot.square(shot.grey());
  shot.transform(floor, "scale", {5, 5, 5});
  const int lamp = shot.square(shot.lamp(2000));
  shot.transform(lamp, "scale", {0.3, 0.3, 0.3});
  shot.move(lamp, {-3, 0, 1}, {3, 0, 1});
  shot.turn(lamp, about({0, 1, 0}, -80), about({0, 1, 0}, 80));
  shot.frame.samples_per_pixel = 256;
  shot.frame.max_depth = 1;
  // The lamp itself is bright: the pixels that it crosses are left to the other tests.
  const LinearImage ours = halved(blurred(shot)), stills = halved(mean_of_stills(shot));
  for (const std::uint32_t row : {0u, 1u, 2u, 5u, 6u, 7u}) {
    for (std::uint32_t column = 0; column < 8; ++column) {
      const float expected = stills.pixels[row * 8 + column].x;
      EXPECT_GT(expected, 0.05f);
      EXPECT_NEAR(ours.pixels[row * 8 + column].x, expected, 0.04f * expected + 0.01f) << row << ' ' << column;
    }
  }
  expect_same_through_both(shot);
}

/// A shadow on the ground that shows nothing else, too.
TEST(MotionBlur, IsTheMeanOfStillsOfAShadowOnTheGround) {
  Shot shot;
  shot.file.json["extensions"]["KHR_lights_punctual"]["lights"] = {{{"type", "directional"}}};
  const int light = shot.file.add("nodes", {{"extensions", {{"KHR_lights_punctual", {{"light", 0}}}}}});
  shot.transform(light, "rotation", about({1, 0, 0}, -90));  // it shines down
  const int roof = shot.square(shot.white());
  shot.transform(roof, "rotation", about({1, 0, 0}, -90));
  shot.move(roof, {-2, 3, 0}, {2, 3, 0});
  shot.frame = looking({0, 2.9f, 8}, {0, -0.4f, -1}, 0.45f, 16, 64);
  shot.frame.background.kind = BackgroundKind::transparent;
  shot.frame.shadow_ground_m = 0.0f;
  expect_as_stills(shot, 0.03f, 0.03f);
}

TEST(MotionBlur, LeavesThePictureOfAFileThatDoesNotMoveAsItIs) {
  Shot shot;
  shot.move(shot.square(shot.grey()), {0, 0, 0}, {0.5f, 0, 0});
  shot.frame.environment = constant_environment({1, 1, 1});
  const LinearImage still = shown(take(shot, 1, 0)), open = shown(take(shot, 1, 5));
  ASSERT_EQ(still.pixels.size(), open.pixels.size());
  for (std::size_t i = 0; i < still.pixels.size(); ++i) {
    ASSERT_EQ(xyz(still.pixels[i]), xyz(open.pixels[i]));
    ASSERT_EQ(still.pixels[i].w, open.pixels[i].w);
  }
}

TEST(MotionBlur, GivesTheSamePictureEveryTime) {
  Shot shot;
  shot.move(shot.square(shot.white()), {-2, 0, 0}, {2, 1, 0});
  const LinearImage once = blurred(shot), again = blurred(shot);
  for (std::size_t i = 0; i < once.pixels.size(); ++i) ASSERT_EQ(once.pixels[i].w, again.pixels[i].w);
}

/// What the features pass says of the pixel in `column` and `row`.
PixelFeatures features_at(const Take& t, std::uint32_t column, std::uint32_t row) {
  const auto renderer = make_cpu_renderer(2);
  const auto prepared = renderer->prepare(t.scene, {});
  std::vector<PixelFeatures> features(t.frame.width * t.frame.height);
  EXPECT_TRUE(prepared && renderer->begin(*prepared, t.frame) && renderer->render_features(0, 64, features, {}));
  return features[row * t.frame.width + column];
}

TEST(MotionVector, IsHowFarAPointGoesOnTheFilm) {
  Shot shot;
  shot.move(shot.square(shot.white()), {-1, -1, 0}, {1, 0, 0});
  const PixelFeatures f = features_at(take(shot, 0, 1), 8, 8);
  ASSERT_GT(f.coverage, 0.2f);
  EXPECT_NEAR(f.motion_px.x, 4, 1e-3f) << "two units to the right, two pixels each";
  EXPECT_NEAR(f.motion_px.y, -2, 1e-3f) << "one unit up";
  EXPECT_NEAR(features_at(take(shot, 0, 0.5f), 7, 8).motion_px.x, 2, 1e-3f);
  EXPECT_EQ(features_at(take(shot, 0, 0), 7, 8).motion_px.x, 0) << "no shutter";
  EXPECT_EQ(features_at(take(shot, 0, 1), 0, 0).motion_px.x, 0) << "nothing there";
}

/// The point under the pixel, at the time of the nearest sample, is at (x, y) and goes from y / scale to 2 y / scale.
TEST(MotionVector, FollowsWhatGrows) {
  Shot shot;
  const int node = shot.square(shot.white());
  animate(shot.file, node, "scale", "LINEAR", {0, 1}, {1, 1, 1, 2, 2, 2});
  const PixelFeatures f = features_at(take(shot, 0, 1), 9, 8);
  EXPECT_GT(f.motion_px.x, 2 * f.position.x / 2 - 1e-3f);
  EXPECT_LT(f.motion_px.x, 2 * f.position.x + 1e-3f);
  EXPECT_NEAR(f.motion_px.y / f.motion_px.x, -f.position.y / f.position.x, 1e-3f);
}

TEST(MotionVector, HasTheCamerasMotionInIt) {
  Shot shot;
  shot.square(shot.white());
  shot.file.add("cameras", {{"type", "perspective"}, {"perspective", {{"yfov", 2 * std::atan(0.4)}, {"znear", 1}}}});
  const int camera = shot.file.add("nodes", {{"camera", 0}});
  shot.move(camera, {-0.5f, 0, 10}, {0.5f, -0.25f, 10});
  shot.by_its_camera = true;
  const PixelFeatures f = features_at(take(shot, 0, 1), 8, 8);
  EXPECT_NEAR(f.motion_px.x, -2, 1e-3f);
  EXPECT_NEAR(f.motion_px.y, -0.5f, 1e-3f) << "the camera sinks: what it sees rises";
  EXPECT_NEAR(f.depth_m, 10, 1e-4f);
}

}  // namespace
}  // namespace kiln::render
