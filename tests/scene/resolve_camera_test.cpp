#include "scene/resolve_camera.h"

#include <cmath>
#include <gmock/gmock.h>

namespace kiln::scene {
namespace {

constexpr float kNear = 1e-5f;

MATCHER_P3(IsVec3, x, y, z, "") {
  return std::abs(arg.x - x) < kNear && std::abs(arg.y - y) < kNear && std::abs(arg.z - z) < kNear;
}

Camera resolved(const Scene& scene, const CameraRequest& request, float aspect = 1) {
  const auto camera = resolve_camera(scene, request, aspect);
  if (!camera) throw std::runtime_error(camera.error().message);
  return *camera;
}

/// Where a point falls on the film, [-1, 1] in both directions, and how far in front of the eye it is.
Vec3 on_film(const Camera& camera, Vec3 p) {
  const Vec3 d = p - camera.eye;
  const float depth = dot(d, camera.forward);
  return {dot(d, camera.right) / depth / camera.half_width, dot(d, camera.up) / depth / camera.half_height, depth};
}

void expect_orthonormal(const Camera& c) {
  EXPECT_NEAR(length(c.right), 1, kNear);
  EXPECT_NEAR(length(c.forward), 1, kNear);
  EXPECT_THAT(cross(c.right, c.up), IsVec3(-c.forward.x, -c.forward.y, -c.forward.z));
}

TEST(OrbitCamera, StandsWhereItsAnglesSay) {
  CameraRequest request{OrbitCamera{{0, 1, 0}, 90, 90, 2}, 60.0f};
  const Camera camera = resolved({}, request, 2);
  EXPECT_THAT(camera.eye, IsVec3(2, 1, 0));
  EXPECT_THAT(camera.forward, IsVec3(-1, 0, 0));
  EXPECT_THAT(camera.up, IsVec3(0, 1, 0));
  EXPECT_THAT(camera.right, IsVec3(0, 0, -1));
  EXPECT_NEAR(camera.half_height, std::tan(3.14159265f / 6), kNear);
  EXPECT_NEAR(camera.half_width, 2 * camera.half_height, kNear);
}

TEST(OrbitCamera, TurnsSmoothlyOverAPole) {
  const Camera pole = resolved({}, {OrbitCamera{{0, 0, 0}, 30, 0, 1}, {}});
  const Camera beside = resolved({}, {OrbitCamera{{0, 0, 0}, 30, 2, 1}, {}});
  expect_orthonormal(pole);
  EXPECT_GT(dot(pole.right, beside.right), 0.99f);
  EXPECT_GT(dot(pole.up, beside.up), 0.99f);
}

TEST(OrbitCamera, NeedsARadius) {
  const auto camera = resolve_camera({}, {OrbitCamera{{0, 0, 0}, 0, 90, 0}, {}}, 1);
  ASSERT_FALSE(camera);
  EXPECT_EQ(camera.error().code, ErrorCode::invalid_request);
  EXPECT_EQ(camera.error().pointer, "/camera/orbit");
}

TEST(LookAtCamera, LooksAtItsTarget) {
  const Camera camera = resolved({}, {LookAtCamera{{0, 0, 5}, {0, 0, 0}, {0, 1, 0}}, {}});
  EXPECT_THAT(camera.forward, IsVec3(0, 0, -1));
  EXPECT_THAT(camera.right, IsVec3(1, 0, 0));
  EXPECT_NEAR(camera.half_height, std::tan(3.14159265f / 8), kNear);
}

TEST(LookAtCamera, ChoosesAnUpWhereTheGivenOneLiesAlongTheView) {
  for (const Vec3 up : {Vec3{0, 1, 0}, Vec3{0, -3, 0}, Vec3{0, 0, 0}}) {
    const Camera camera = resolved({}, {LookAtCamera{{0, 5, 0}, {0, 0, 0}, up}, {}});
    EXPECT_THAT(camera.forward, IsVec3(0, -1, 0));
    expect_orthonormal(camera);
  }
}

TEST(LookAtCamera, NeedsTwoPoints) {
  const auto camera = resolve_camera({}, {LookAtCamera{{1, 2, 3}, {1, 2, 3}, {0, 1, 0}}, {}}, 1);
  ASSERT_FALSE(camera);
  EXPECT_EQ(camera.error().pointer, "/camera/look_at");
}

Scene with_cameras() {
  Scene scene;
  SceneCamera front;
  front.name = "front";
  front.camera.half_height = 0.5f;
  front.camera.half_width = std::numeric_limits<float>::quiet_NaN();
  SceneCamera plan;
  plan.camera.projection = Projection::orthographic;
  plan.camera.half_width = 3;
  plan.camera.half_height = 2;
  scene.cameras = {front, plan};
  return scene;
}

TEST(SceneCamera, IsFoundByIndexAndByName) {
  const Scene scene = with_cameras();
  EXPECT_EQ(resolved(scene, {GltfCamera{1u}, {}}).projection, Projection::orthographic);
  EXPECT_EQ(resolved(scene, {GltfCamera{std::string("front")}, {}}, 2).half_width, 1);
  EXPECT_EQ(resolved(scene, {}).projection, Projection::perspective);
  EXPECT_NEAR(resolved(scene, {{}, 90.0f}).half_height, 1, kNear);
}

TEST(SceneCamera, ThatIsNotThereIsRefusedWithAListOfThoseThatAre) {
  for (const GltfCamera& wanted : {GltfCamera{2u}, GltfCamera{std::string("back")}}) {
    const auto camera = resolve_camera(with_cameras(), {wanted, {}}, 1);
    ASSERT_FALSE(camera);
    EXPECT_EQ(camera.error().code, ErrorCode::unknown_camera);
    EXPECT_THAT(camera.error().message, testing::EndsWith("it has 0 (\"front\"), 1"));
  }
}

TEST(SceneCamera, ThatIsNotThereIsRefusedInAFewWordsHoweverManyThereAre) {
  Scene scene;
  scene.cameras.resize(1000);
  const auto camera = resolve_camera(scene, {GltfCamera{1000u}, {}}, 1);
  ASSERT_FALSE(camera);
  EXPECT_THAT(camera.error().message, testing::EndsWith("it has 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and others"));
}

TEST(SceneCamera, KeepsAllOfItsOrthographicFrameInThePicture) {
  const Camera wide = resolved(with_cameras(), {GltfCamera{1u}, {}}, 3);
  EXPECT_NEAR(wide.half_width, 6, kNear);
  EXPECT_NEAR(wide.half_height, 2, kNear);
  const Camera tall = resolved(with_cameras(), {GltfCamera{1u}, {}}, 0.5f);
  EXPECT_NEAR(tall.half_width, 3, kNear);
  EXPECT_NEAR(tall.half_height, 6, kNear);
}

TEST(AutomaticCamera, FramesTheWholeBoxInEveryAspect) {
  for (const Vec3 size : {Vec3{1, 1, 1}, Vec3{100, 0, 3}, Vec3{0, 5, 0}, Vec3{1e-3f, 2e-3f, 1e-3f}})
    for (const float aspect : {0.25f, 1.0f, 4.0f}) {
      Scene scene;
      scene.bounds = {{-4, 7, 1}, Vec3{-4, 7, 1} + size};
      const Camera camera = resolved(scene, {}, aspect);
      expect_orthonormal(camera);
      float largest = 0;
      for (int corner = 0; corner < 8; ++corner) {
        const Vec3 p =
            scene.bounds.min + Vec3{corner & 1 ? size.x : 0, corner & 2 ? size.y : 0, corner & 4 ? size.z : 0};
        const Vec3 film = on_film(camera, p);
        EXPECT_GT(film.z, 0);
        largest = std::max({largest, std::abs(film.x), std::abs(film.y)});
      }
      EXPECT_LE(largest, 1.0f);
      EXPECT_GT(largest, 0.5f);
      EXPECT_GT(camera.eye.y, scene.bounds.max.y * 0.5f + scene.bounds.min.y * 0.5f);
    }
}

TEST(AutomaticCamera, FillsThePictureFromOneEdgeToTheOtherWithAMargin) {
  for (const Vec3 size : {Vec3{1, 1, 1}, Vec3{12, 1, 0.5f}, Vec3{0.5f, 1, 12}, Vec3{1, 9, 1}, Vec3{5, 0.01f, 5}})
    for (const float aspect : {0.5f, 1.0f, 16.0f / 9}) {
      Scene scene;
      scene.bounds = {{3, -1, 2}, Vec3{3, -1, 2} + size};
      const Camera camera = resolved(scene, {}, aspect);
      Vec3 low{9, 9, 9}, high{-9, -9, -9};
      for (int corner = 0; corner < 8; ++corner) {
        const Vec3 film = on_film(
            camera, scene.bounds.min + Vec3{corner & 1 ? size.x : 0, corner & 2 ? size.y : 0, corner & 4 ? size.z : 0});
        low = {std::min(low.x, film.x), std::min(low.y, film.y), 0};
        high = {std::max(high.x, film.x), std::max(high.y, film.y), 0};
      }
      EXPECT_NEAR(std::max(high.x, high.y), 1 / 1.08f, 1e-3f) << size.x << " " << size.y << " " << aspect;
      const bool is_wide = high.x > high.y;
      EXPECT_NEAR(is_wide ? low.x : low.y, is_wide ? -high.x : -high.y, 1e-3f) << "as much on the other side";
    }
}

TEST(AutomaticCamera, FramesAnotherBoxThanTheScenesWhereOneIsGiven) {
  Scene still, moving;
  still.bounds = {{0, 0, 0}, {10, 2, 2}};
  moving.bounds = {{0, 0, 0}, {1, 2, 2}};
  const Camera a = resolved(still, {}), b = *resolve_camera(moving, {}, 1, still.bounds);
  EXPECT_EQ(a.eye, b.eye);
  CameraRequest turned;
  turned.turn_deg = 90;
  EXPECT_EQ(resolved(still, turned).eye, resolve_camera(moving, turned, 1, still.bounds)->eye);
}

TEST(AutomaticCamera, HasAPlaceInAnEmptySceneAndAtASinglePoint) {
  EXPECT_THAT(resolved({}, {}).forward, IsVec3(0, 0, -1));
  Scene scene;
  scene.bounds = {{1, 1, 1}, {1, 1, 1}};
  const Camera camera = resolved(scene, {});
  expect_orthonormal(camera);
  EXPECT_GT(length(camera.eye - Vec3{1, 1, 1}), 0);
}

CameraRequest turned(CameraRequest request, float turn_deg) {
  request.turn_deg = turn_deg;
  return request;
}

void expect_same(const Camera& a, const Camera& b) {
  EXPECT_THAT(a.eye, IsVec3(b.eye.x, b.eye.y, b.eye.z));
  EXPECT_THAT(a.right, IsVec3(b.right.x, b.right.y, b.right.z));
  EXPECT_THAT(a.up, IsVec3(b.up.x, b.up.y, b.up.z));
  EXPECT_THAT(a.forward, IsVec3(b.forward.x, b.forward.y, b.forward.z));
}

TEST(TurnedCamera, TurnsAnOrbitAsItsThetaDoes) {
  const auto orbit = [](float theta_deg) { return CameraRequest{OrbitCamera{{1, 2, 3}, theta_deg, 60, 2}, {}}; };
  expect_same(resolved({}, turned(orbit(20), 75)), resolved({}, orbit(95)));
  expect_same(resolved({}, turned(orbit(20), -40)), resolved({}, orbit(-20)));
}

TEST(TurnedCamera, GoesAroundTheTargetOfALookAtCounterClockwiseFromAbove) {
  const CameraRequest front{LookAtCamera{{5, 3, 4}, {5, 0, 0}, {0, 1, 0}}, {}};
  const Camera camera = resolved({}, turned(front, 90));
  EXPECT_THAT(camera.eye, IsVec3(9, 3, 0));  // from +Z to +X
  EXPECT_THAT(camera.forward, IsVec3(-0.8f, -0.6f, 0));
  expect_orthonormal(camera);
}

TEST(TurnedCamera, GoesAroundTheMiddleOfTheSceneOtherwise) {
  Scene scene = with_cameras();
  scene.cameras[0].camera.eye = {2, 1, 10};
  scene.bounds = {{0, 0, 0}, {4, 2, 0}};
  EXPECT_THAT(resolved(scene, turned({}, 180)).eye, IsVec3(2, 1, -10));
  EXPECT_THAT(resolved(scene, turned({GltfCamera{std::string("front")}, {}}, 90)).eye, IsVec3(12, 1, 0));
  scene.cameras.clear();
  const Camera framed = resolved(scene, turned({}, 90)), unturned = resolved(scene, {});
  EXPECT_NEAR(length(framed.eye - Vec3{2, 1, 0}), length(unturned.eye - Vec3{2, 1, 0}), 1e-4f);
  const Vec3 middle = on_film(unturned, {2, 1, 0});
  EXPECT_THAT(on_film(framed, {2, 1, 0}), IsVec3(middle.x, middle.y, middle.z)) << "it still sees the middle there";
}

TEST(TurnedCamera, IsWhereItWasAfterAWholeTurn) {
  const CameraRequest request{OrbitCamera{{0.3f, 0, 0}, 33, 70, 2}, {}};
  const Camera camera = resolved({}, request);
  for (const float turn_deg : {360.0f, -720.0f}) {
    const Camera again = resolved({}, turned(request, turn_deg));
    EXPECT_EQ(again.eye, camera.eye);
    EXPECT_EQ(again.forward, camera.forward);
  }
}

TEST(TurnedCamera, NeedsANumber) {
  const auto camera = resolve_camera({}, turned({}, std::numeric_limits<float>::infinity()), 1);
  ASSERT_FALSE(camera);
  EXPECT_EQ(camera.error().pointer, "/camera/turn_deg");
}

CameraRequest with_lens(CameraRequest request) {
  request.lens_radius_m = 0.5f;
  return request;
}

TEST(CameraLens, IsAPinholeUnlessTheRequestHasALens) {
  EXPECT_EQ(resolved({}, {}).lens_radius_m, 0);
  EXPECT_EQ(resolved({}, with_lens({})).lens_radius_m, 0.5f);
}

TEST(CameraLens, HasTheDiameterThatItsStopSaysForASensorOf24Millimetres) {
  CameraRequest request{{}, 45.0f};
  request.f_stop = 2;
  EXPECT_NEAR(resolved({}, request).lens_radius_m, 0.0289706f / 4, 1e-6f);  // a focal length of 29 mm
  request.vertical_fov_deg = 90;
  EXPECT_NEAR(resolved({}, request, 3).lens_radius_m, 0.012f / 4, 1e-6f) << "whatever the picture's shape";
}

TEST(CameraLens, IsFocusedOnWhatTheCameraLooksAt) {
  EXPECT_NEAR(resolved({}, {OrbitCamera{{1, 2, 3}, 20, 60, 2.5f}, {}}).focus_distance_m, 2.5f, kNear);
  EXPECT_NEAR(resolved({}, {LookAtCamera{{0, 0, 5}, {0, 3, 1}, {0, 1, 0}}, {}}).focus_distance_m, 5, kNear);
  EXPECT_NEAR(resolved({}, turned({LookAtCamera{{0, 0, 5}, {0, 3, 1}, {0, 1, 0}}, {}}, 70)).focus_distance_m, 5, kNear);
  Scene scene = with_cameras();
  scene.cameras[0].camera.eye = {2, 1, 10};
  scene.bounds = {{0, 0, 0}, {10, 4, 2}};
  EXPECT_NEAR(resolved(scene, {}).focus_distance_m, 9, kNear)
      << "the middle's distance along the view, not as it flies";
  scene.cameras.clear();
  const Camera framed = resolved(scene, {});
  EXPECT_NEAR(framed.focus_distance_m, dot(Vec3{5, 2, 1} - framed.eye, framed.forward), 1e-4f);
}

TEST(CameraLens, IsFocusedInFrontOfACameraThatLooksAway) {
  Scene scene = with_cameras();
  scene.cameras[0].camera.eye = {0, 0, 0};
  scene.bounds = {{-1, -1, 19}, {1, 1, 21}};  // behind it
  EXPECT_NEAR(resolved(scene, {}).focus_distance_m, 2, kNear) << "a tenth of the way";
  scene.bounds = {{0, 0, 0}, {0, 0, 0}};
  EXPECT_GT(resolved(scene, {}).focus_distance_m, 0);
}

TEST(CameraLens, IsFocusedWhereTheRequestSays) {
  CameraRequest request = with_lens({OrbitCamera{}, {}});
  request.focus_distance_m = 7;
  EXPECT_EQ(resolved({}, request).focus_distance_m, 7);
}

TEST(CameraLens, HasNoStopWhereThereIsNoFocalLength) {
  Scene scene = with_cameras();
  scene.cameras[0].camera.projection = Projection::orthographic;
  EXPECT_EQ(resolved(scene, with_lens({})).lens_radius_m, 0.5f);
  CameraRequest request;
  request.f_stop = 4;
  const auto camera = resolve_camera(scene, request, 1);
  ASSERT_FALSE(camera);
  EXPECT_EQ(camera.error().pointer, "/camera/f_stop");
}

TEST(AnyCamera, NeedsAFieldOfViewAndAnAspect) {
  EXPECT_EQ(resolve_camera({}, {{}, 180.0f}, 1).error().pointer, "/camera/vertical_fov_deg");
  EXPECT_EQ(resolve_camera({}, {}, 0).error().code, ErrorCode::invalid_request);
}

}  // namespace
}  // namespace kiln::scene
