#include <cmath>
#include <gtest/gtest.h>

#include "kernels/media.h"
#include "kernels/refraction.h"

#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

Material glass(float roughness, float ior = 1.5f) {
  Material m;
  m.metallic = 0;
  m.roughness = roughness;
  m.ior = ior;
  return m;
}

MaterialLayers letting_through(bool has_volume) {
  MaterialLayers l;
  l.transmission = 1;
  l.has_volume = has_volume;
  return l;
}

TEST(Refraction, BendsAsSnellSays) {
  const float angle = 0.7f;
  const Vec3 wi = refract({std::sin(angle), 0, std::cos(angle)}, {0, 0, 1}, 1 / 1.5f);
  EXPECT_NEAR(-wi.x, std::sin(angle) / 1.5f, 1e-6f);
  EXPECT_NEAR(length(wi), 1, 1e-6f);
  EXPECT_LT(wi.z, 0);
}

TEST(Refraction, ReflectsFourPercentHeadOnAndAllBeyondTheCriticalAngle) {
  EXPECT_NEAR(fresnel_dielectric(1, 1 / 1.5f), 0.04f, 1e-6f);
  EXPECT_NEAR(fresnel_dielectric(1, 1.5f), 0.04f, 1e-6f);
  EXPECT_LT(fresnel_dielectric(std::cos(0.72f), 1.5f), 1);  // the critical angle is 0.7297
  EXPECT_EQ(fresnel_dielectric(std::cos(0.74f), 1.5f), 1);
}

/// Under a constant environment nothing tells white glass from what is around it.
Vec4 seen_in_furnace(const Material& material, const MaterialLayers& layers) {
  SceneBuilder builder;
  const auto scene = builder.sphere(builder.material(material, layers)).build();
  FrameSettings settings = looking({0, 0, 4}, {0, 0, -1}, 0.2f, 16, 256);
  settings.environment = constant_environment({1, 1, 1});
  settings.max_depth = 64;
  return mean(picture(scene, settings));
}

TEST(WhiteFurnace, GlassBodiesGiveBackWhatTheyGet) {
  for (const float roughness : {0.0f, 0.2f, 0.5f, 0.8f}) {
    const Vec4 seen = seen_in_furnace(glass(roughness), letting_through(true));
    EXPECT_NEAR(seen.x, 1, 0.03f) << "roughness " << roughness;
  }
}

TEST(WhiteFurnace, ThinSheetsGiveBackWhatTheyGet) {
  for (const float roughness : {0.0f, 0.2f, 0.5f, 1.0f}) {
    const Vec4 seen = seen_in_furnace(glass(roughness), letting_through(false));
    EXPECT_NEAR(seen.x, 1, 0.02f) << "roughness " << roughness;
  }
}

TEST(WhiteFurnace, DispersionKeepsWhiteWhite) {
  MaterialLayers l = letting_through(true);
  l.dispersion = 5;
  const Vec4 seen = seen_in_furnace(glass(0), l);
  EXPECT_NEAR(seen.x, 1, 0.04f);
  EXPECT_NEAR(seen.y, 1, 0.04f);
  EXPECT_NEAR(seen.z, 1, 0.04f);
}

TEST(WhiteFurnace, LeavesThatLetLightThroughGiveBackWhatTheyGet) {
  MaterialLayers l;
  l.diffuse_transmission = 0.6f;
  EXPECT_NEAR(seen_in_furnace(glass(0.7f), l).x, 1, 0.02f);
}

/// A slab of 1 m between two squares, looked through head on.
Vec4 seen_through_slab(const Material& material, const MaterialLayers& layers) {
  SceneBuilder builder;
  const auto which = builder.material(material, layers);
  const auto scene = builder.square(which).square(which, translation({0, -1, 0}) * upside_down()).build();
  FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.02f, 8, 64);
  s.environment = constant_environment({1, 1, 1});
  s.max_depth = 16;
  return mean(picture(scene, s));
}

TEST(Volume, AbsorbsAsBeerAndLambertSay) {
  MaterialLayers l = letting_through(true);
  l.absorption_per_m = {0.1f, 1, 3};
  const Vec4 seen = seen_through_slab(glass(0, 1), l);
  EXPECT_NEAR(seen.x, std::exp(-0.1f), 0.01f);
  EXPECT_NEAR(seen.y, std::exp(-1.0f), 0.005f);
  EXPECT_NEAR(seen.z, std::exp(-3.0f), 0.002f);
}

TEST(Volume, IsEmptyOutside) {
  MaterialLayers l = letting_through(true);
  EXPECT_NEAR(seen_through_slab(glass(0, 1), l).x, 1, 0.01f);
}

TEST(Media, TheBodyEnteredLastIsWhereThePathIs) {
  const Material materials[] = {glass(0, 1.5f), glass(0, 1.33f)};
  MaterialLayers layers;
  Material with_layers[] = {materials[0], materials[1]};
  for (Material& m : with_layers) m.layers = 0;
  SceneView view;
  view.materials = with_layers;
  view.material_layers = &layers;
  Media media;
  EXPECT_EQ(outer_ior(view, media, 0, Channel::all), 1);
  enter(media, 0);
  EXPECT_EQ(outer_ior(view, media, 0, Channel::all), 1) << "on the way out";
  EXPECT_EQ(outer_ior(view, media, 1, Channel::all), 1.5f) << "water in the glass";
  enter(media, 1);
  EXPECT_EQ(outer_ior(view, media, 1, Channel::all), 1.5f);
  leave(media, 0);
  EXPECT_EQ(outer_ior(view, media, 1, Channel::all), 1);
  leave(media, 1);
  EXPECT_EQ(media.count, 0u);
  leave(media, 1);
  EXPECT_EQ(media.count, 0u) << "a path may begin inside";
}

TEST(Dispersion, SpreadsTheIndexByTheAbbeNumber) {
  Material m = glass(0, 1.5f);
  MaterialLayers l;
  l.dispersion = 20.0f / 30;  // of Abbe number 30: (n - 1) / 30 between the outer colours
  m.layers = 0;
  SceneView view;
  view.material_layers = &l;
  EXPECT_NEAR(ior_for(view, m, Channel::blue) - ior_for(view, m, Channel::red), 0.5f / 30, 1e-6f);
  EXPECT_EQ(ior_for(view, m, Channel::green), 1.5f);
}

/// A matte floor under a lamp, with a sheet between them.
float lit_behind_sheet(const Material& material, const MaterialLayers& layers) {
  SceneBuilder builder;
  const auto floor = builder.material(matte({1, 1, 1})), sheet = builder.material(material, layers);
  PunctualLight lamp;
  lamp.position = {0, 4, 0};
  lamp.intensity = {16, 16, 16};
  builder.square(floor).square(sheet, translation({0, 2, 0})).light(lamp);
  FrameSettings s = looking({0, 1, 0}, {0, -1, 0}, 0.05f, 8, 64);
  s.max_depth = 1;
  return mean(picture(builder.build(), s)).x;
}

TEST(Window, LetsTheLampThroughToWhatLiesBehind) {
  const float bare = lit_behind_sheet(glass(0, 1), letting_through(false));
  EXPECT_NEAR(lit_behind_sheet(glass(0), letting_through(false)) / bare, 0.96f, 0.01f);
  Material dark = glass(0);
  dark.base_color = {0.5f, 0.5f, 0.5f};
  EXPECT_NEAR(lit_behind_sheet(dark, letting_through(false)) / bare, 0.48f, 0.01f);
  EXPECT_EQ(lit_behind_sheet(glass(0.5f), letting_through(false)), 0) << "a rough sheet scatters";
}

TEST(Window, ShowsWhatIsBehindIt) {
  SceneBuilder builder;
  Material sheet = glass(0);
  sheet.base_color = {1, 0.5f, 0.25f};
  const auto scene = builder.square(builder.material(sheet, letting_through(false))).build();
  FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.02f, 16, 256);
  s.environment = constant_environment({1, 1, 1});
  const Vec4 seen = mean(picture(scene, s));
  EXPECT_NEAR(seen.x, 0.96f + 0.04f, 0.01f);
  EXPECT_NEAR(seen.y, 0.48f + 0.04f, 0.01f);
  EXPECT_NEAR(seen.z, 0.24f + 0.04f, 0.01f);
}

}  // namespace
}  // namespace kiln::render
