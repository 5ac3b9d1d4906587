#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

/// The ground y = 0 around a point, seen from the side, under a black square of the half size 1 at the height 1.
FrameSettings grazing(Vec3 at, std::uint32_t samples) {
  const Vec3 eye = at + Vec3{0, 0.4f, 6};
  FrameSettings s = looking(eye, normalize(at - eye), 1e-4f, 4, samples);
  s.background.kind = BackgroundKind::transparent;
  s.shadow_ground_m = 0;
  s.environment = constant_environment({1, 1, 1});
  return s;
}

std::shared_ptr<const Scene> roof() {
  SceneBuilder builder;
  Material m = matte({0, 0, 0});
  m.double_sided = true;
  return builder.square(builder.material(m), translation({0, 1, 0})).build();
}

/// The form factor of a parallel rectangle of a by b whose corner lies at the height c above a patch (Howell, factor
/// B-3).
double corner_form_factor(double a, double b, double c) {
  const double x = a / c, y = b / c, sx = std::sqrt(1 + x * x), sy = std::sqrt(1 + y * y);
  return (x / sx * std::atan(y / sx) + y / sy * std::atan(x / sy)) / (2 * std::numbers::pi);
}

TEST(ShadowGround, HoldsOffTheShareOfAnEvenSkyThatIsHidden) {
  const auto below = static_cast<float>(4 * corner_form_factor(1, 1, 1));
  const auto beside = static_cast<float>(2 * (corner_form_factor(3, 1, 1) - corner_form_factor(1, 1, 1)));
  EXPECT_NEAR(mean(picture(roof(), grazing({0, 0, 0}, 4096))).w, below, 0.01f);
  EXPECT_NEAR(mean(picture(roof(), grazing({2, 0, 0}, 4096))).w, beside, 0.01f);
}

TEST(ShadowGround, IsFreeOfNoiseWhereNothingIsInTheWay) {
  SceneBuilder builder;
  const auto scene = builder.square(builder.material(matte({0, 0, 0})), translation({0, -5, 0})).build();
  const LinearImage image = picture(scene, grazing({0, 0, 0}, 4));
  for (const Vec4& p : image.pixels) EXPECT_EQ(p.w, 0);
}

TEST(ShadowGround, DarkensAColourAndAnEnvironmentByTheSameShare) {
  FrameSettings s = grazing({0, 0, 0}, 1024);
  const float alpha = mean(picture(roof(), s)).w;
  s.background = {BackgroundKind::color, {0.8f, 0.4f, 0.2f}};
  const Vec4 on_color = mean(picture(roof(), s));
  EXPECT_NEAR(on_color.x, 0.8f * (1 - alpha), 1e-4f);
  EXPECT_NEAR(on_color.z, 0.2f * (1 - alpha), 1e-4f);
  EXPECT_EQ(on_color.w, 1);
  s.background.kind = BackgroundKind::environment;
  EXPECT_NEAR(mean(picture(roof(), s)).y, 1 - alpha, 1e-4f);
}

TEST(ShadowGround, WeighsLightsByWhatTheySend) {
  // A lamp that the roof hides, 3 times as strong on the ground as one that it does not.
  PunctualLight hidden, open;
  hidden.position = {0, 2, 0};
  hidden.intensity = {12, 12, 12};
  open.kind = PunctualKind::directional;
  open.direction = normalize(Vec3{1, -0.5f, 0});
  open.intensity = Vec3{1, 1, 1} * (1 / 0.4472136f);
  SceneBuilder builder;
  const auto scene =
      builder.square(builder.material(matte({0, 0, 0})), translation({0, 1, 0})).light(hidden).light(open).build();
  FrameSettings s = grazing({0, 0, 0}, 1024);
  s.environment = nullptr;
  EXPECT_NEAR(mean(picture(scene, s)).w, 0.75f, 0.01f);
}

TEST(ShadowGround, IsAsClearAsWhatStandsInTheLight) {
  SceneBuilder builder;
  Material half = matte({0, 0, 0});
  half.alpha_mode = AlphaMode::blend;
  half.alpha = 0.5f;
  PunctualLight light;
  light.kind = PunctualKind::directional;
  light.direction = {0, -1, 0};
  light.intensity = {1, 1, 1};
  const auto scene = builder.square(builder.material(half), translation({0, 1, 0})).light(light).build();
  FrameSettings s = grazing({0, 0, 0}, 16);
  s.environment = nullptr;
  EXPECT_NEAR(mean(picture(scene, s)).w, 0.5f, 1e-3f);
}

TEST(ShadowGround, IsSeenByTheCameraAloneAndFromAbove) {
  // A mirror above the ground shows the environment under it, and no light comes from the ground to a matte surface.
  SceneBuilder builder;
  Material mirror;
  mirror.roughness = 0;
  const auto scene = builder.square(builder.material(mirror), translation({0, 1, 0}) * upside_down()).build();
  FrameSettings s = looking({0, 0.5f, 0.0f}, {0, 1, 0}, 0.1f, 4, 16);
  s.environment = constant_environment({1, 1, 1});
  s.shadow_ground_m = 0.25f;
  EXPECT_NEAR(mean(picture(scene, s)).x, 1, 0.01f);
  FrameSettings from_below = grazing({0, 0, 0}, 16);
  from_below.camera.eye = {0, -1, 0};
  EXPECT_EQ(mean(picture(roof(), from_below)).w, 0);
}

TEST(ShadowGround, LiesUnderWhatLiesOnIt) {
  SceneBuilder builder;
  const auto scene = builder.square(builder.material(matte({0.5f, 0.5f, 0.5f})), scaling(10)).build();
  const FrameSettings s = grazing({0, 0, 0}, 16);
  const LinearImage image = picture(scene, s);
  for (const Vec4& p : image.pixels) {
    EXPECT_EQ(p.w, 1);
    EXPECT_GT(p.x, 0.3f);
  }
}

TEST(ShadowGround, ChangesNothingWhereItIsNotSeen) {
  FrameSettings s = looking({0, 3, 0.5f}, {0, -1, 0}, 0.1f, 8, 4);
  s.environment = constant_environment({1, 2, 3});
  SceneBuilder builder;
  const auto scene = builder.square(builder.material(matte({0.5f, 0.5f, 0.5f})), scaling(10)).build();
  const LinearImage without = picture(scene, s);
  s.shadow_ground_m = -1;
  const LinearImage with = picture(scene, s);
  for (std::size_t i = 0; i < with.pixels.size(); ++i) EXPECT_EQ(with.pixels[i].y, without.pixels[i].y);
}

}  // namespace
}  // namespace kiln::render
