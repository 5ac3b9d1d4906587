#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <numbers>

#include "kernels/path.h"

#include "render/scene_view.h"
#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

constexpr float kPiF = std::numbers::pi_v<float>;

/// The radiance that a matte plane of albedo `color` shows straight from above under `irradiance`. A plane of the glTF
/// model keeps a weak gloss even without a specular f0; seen from above it takes from the diffuse albedo only.
float shown(float color, float irradiance) {
  SurfaceMaterial m;
  m.base_color = {color, color, color};
  m.metallic = 0, m.ior = 1;
  return make_bsdf(m, {0, 0, 1}).base.diffuse_albedo.x * irradiance / kPiF;
}

/// A small patch around the origin seen from above, so close that nothing else is in the picture.
FrameSettings patch_from_above(std::uint32_t samples) {
  FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.001f, 4, samples);
  s.max_depth = 1;
  return s;
}

/// The form factor from a differential patch to a parallel rectangle of a by b whose corner lies straight above at the
/// height c (Howell, "A Catalog of Radiation Heat Transfer Configuration Factors", factor B-3).
double corner_form_factor(double a, double b, double c) {
  const double x = a / c, y = b / c;
  const double sx = std::sqrt(1 + x * x), sy = std::sqrt(1 + y * y);
  return (x / sx * std::atan(y / sx) + y / sy * std::atan(x / sy)) / (2 * std::numbers::pi);
}

TEST(DirectLight, OfASquareMatchesTheClosedForm) {
  SceneBuilder builder;
  const auto plane = builder.material(matte({0.5f, 0.5f, 0.5f})), lamp = builder.material(glowing({3, 3, 3}));
  const auto scene = builder.square(plane).square(lamp, translation({0, 1, 0}) * upside_down()).build();
  const auto irradiance = static_cast<float>(3 * std::numbers::pi * 4 * corner_form_factor(1, 1, 1));
  const float expected = shown(0.5f, irradiance);
  EXPECT_NEAR(mean(picture(scene, patch_from_above(4096))).x, expected, 0.005f * expected);
}

TEST(DirectLight, OfAPointFallsWithTheSquareOfTheDistance) {
  for (const float height : {1.0f, 2.0f, 4.0f}) {
    SceneBuilder builder;
    PunctualLight light;
    light.position = {0, height, 0};
    light.intensity = {5, 5, 5};
    const auto scene = builder.square(builder.material(matte({0.5f, 0.5f, 0.5f}))).light(light).build();
    const float expected = shown(0.5f, 5 / (height * height));
    EXPECT_NEAR(mean(picture(scene, patch_from_above(16))).x, expected, 1e-3f * expected);
  }
}

TEST(DirectLight, OfASpotIsThatOfAPointInsideTheConeAndNothingOutside) {
  const auto seen = [](float tilt_rad) {
    SceneBuilder builder;
    PunctualLight light;
    light.kind = PunctualKind::spot;
    light.position = {0, 2, 0};
    light.direction = {std::sin(tilt_rad), -std::cos(tilt_rad), 0};
    light.intensity = {5, 5, 5};
    light.cos_inner = std::cos(0.2f), light.cos_outer = std::cos(0.4f);
    const auto scene = builder.square(builder.material(matte({0.5f, 0.5f, 0.5f}))).light(light).build();
    return mean(picture(scene, patch_from_above(16))).x;
  };
  const float full = shown(0.5f, 5.0f / 4);
  EXPECT_NEAR(seen(0), full, 1e-3f * full);
  EXPECT_NEAR(seen(0.19f), full, 1e-3f * full);
  EXPECT_EQ(seen(0.41f), 0);
  EXPECT_GT(seen(0.3f), 0.05f * full);
  EXPECT_LT(seen(0.3f), 0.95f * full);
}

TEST(DirectLight, OfADirectionalLightFollowsTheCosine) {
  SceneBuilder builder;
  PunctualLight light;
  light.kind = PunctualKind::directional;
  light.direction = normalize(Vec3{1, -1, 0});
  light.intensity = {2, 2, 2};
  const auto scene = builder.square(builder.material(matte({0.5f, 0.5f, 0.5f}))).light(light).build();
  const float expected = shown(0.5f, 2 * std::sqrt(0.5f));
  EXPECT_NEAR(mean(picture(scene, patch_from_above(16))).x, expected, 5e-3f * expected);
}

TEST(DirectLight, IsBlockedByWhatStandsBetween) {
  SceneBuilder builder;
  PunctualLight light;
  light.position = {0, 2, 0};
  light.intensity = {5, 5, 5};
  const auto grey = builder.material(matte({0.5f, 0.5f, 0.5f}));
  const auto scene = builder.square(grey).square(grey, translation({0, 1, 0}) * scaling(0.1f)).light(light).build();
  EXPECT_EQ(mean(picture(scene, patch_from_above(16))).x, 0);
}

/// An environment with one bright patch: dim elsewhere.
std::shared_ptr<const EnvironmentImage> patchy_environment(bool sampled_by_brightness) {
  auto image = std::make_shared<EnvironmentImage>();
  image->width = 32, image->height = 16;
  image->pixels.assign(32 * 16, {0.2f, 0.3f, 0.4f});
  for (std::uint32_t row = 3; row < 6; ++row) {
    for (std::uint32_t column = 10; column < 14; ++column) image->pixels[row * 32 + column] = {9, 8, 7};
  }
  EnvironmentImage table_source = *image;
  if (!sampled_by_brightness) table_source.pixels.assign(32 * 16, {1, 1, 1});
  build_environment_table(table_source);
  image->cumulative = table_source.cumulative;
  image->guide = table_source.guide;
  return image;
}

/// The estimate must not depend on how light is sampled: the densities of the two tables differ everywhere, and so do
/// the weights between light and BSDF samples.
TEST(EnvironmentLight, IsTheSameHoweverItIsSampled) {
  for (const float roughness : {0.15f, 0.5f, 1.0f}) {
    SceneBuilder builder;
    Material m;
    m.base_color = {0.8f, 0.7f, 0.6f};
    m.metallic = 0.5f;
    m.roughness = roughness;
    const auto scene = builder.sphere(builder.material(m)).build();
    FrameSettings settings = looking({0, 0, 4}, {0, 0, -1}, 0.3f, 24, 512);
    settings.environment = patchy_environment(true);
    const Vec4 by_brightness = mean(picture(scene, settings));
    settings.environment = patchy_environment(false);
    const Vec4 uniformly = mean(picture(scene, settings));
    EXPECT_NEAR(by_brightness.x, uniformly.x, 0.01f * uniformly.x) << roughness;
    EXPECT_NEAR(by_brightness.z, uniformly.z, 0.01f * uniformly.z) << roughness;
  }
}

/// Brute force, without next-event estimation and without weights: the mean of what BSDF samples find.
double gathered_by_bsdf_samples(const SurfaceMaterial& material, Vec3 wo, const EnvironmentView& environment) {
  const Frame frame = make_frame({0, 1, 0});
  const Bsdf bsdf = make_bsdf(material, to_local(frame, wo));
  constexpr std::uint32_t kSamples = 1u << 16;
  double sum = 0;
  for (std::uint32_t i = 0; i < kSamples; ++i) {
    const Vec4 u = sample_4d(make_sampler(99, {}, i), 0);
    const BsdfSample s = bsdf_sample(bsdf, {u.x, u.y, u.z});
    if (s.valid) sum += s.weight.y * environment_radiance(environment, to_world(frame, s.wi)).y;
  }
  return sum / kSamples;
}

TEST(EnvironmentLight, AgreesWithBruteForce) {
  for (const float roughness : {0.1f, 0.4f, 1.0f}) {
    Material m;
    m.base_color = {0.8f, 0.7f, 0.6f};
    m.metallic = 0.5f;
    m.roughness = roughness;
    SceneBuilder builder;
    const auto scene = builder.square(builder.material(m)).build();
    FrameSettings settings = looking({0, 1, 1}, {0, -1, -1}, 0.001f, 4, 4096);
    settings.max_depth = 1;
    settings.environment = patchy_environment(true);
    SurfaceMaterial surface;
    surface.base_color = m.base_color, surface.metallic = 0.5f, surface.roughness = roughness;
    const double expected =
        gathered_by_bsdf_samples(surface, normalize(Vec3{0, 1, 1}), make_environment_view(settings));
    EXPECT_NEAR(mean(picture(scene, settings)).y, expected, 0.01 * expected) << roughness;
  }
}

/// A patch and a coloured ceiling over it, with a strong lamp between them.
LinearImage patch_below_a_ceiling(std::uint32_t max_depth, std::optional<float> firefly_clamp) {
  SceneBuilder builder;
  PunctualLight light;
  light.position = {0.4f, 0.5f, 0};
  light.intensity = {100, 100, 100};
  const auto floor = builder.material(matte({0.5f, 0.5f, 0.5f})), ceiling = builder.material(matte({0.8f, 0.4f, 0.2f}));
  builder.square(floor).square(ceiling, translation({0, 1, 0}) * upside_down() * scaling(8)).light(light);
  FrameSettings frame = patch_from_above(64);
  frame.max_depth = max_depth;
  frame.firefly_clamp = firefly_clamp;
  return picture(builder.build(), frame);
}

TEST(FireflyClamp, BoundsWhatSeveralSurfacesHaveScatteredAndKeepsItsColour) {
  const Vec4 direct = mean(patch_below_a_ceiling(1, {}));
  const Vec4 whole = mean(patch_below_a_ceiling(2, {})), bounded = mean(patch_below_a_ceiling(2, 0.01f));
  EXPECT_GT(whole.x - direct.x, 1);
  EXPECT_NEAR(bounded.x - direct.x, 0.01f, 0.0005f) << "almost all paths go to the ceiling, which is bright everywhere";
  EXPECT_NEAR(bounded.y - direct.y, 0.005f, 0.0003f);
  EXPECT_NEAR(bounded.z - direct.z, 0.0025f, 0.0002f);
}

TEST(FireflyClamp, LeavesAloneWhatIsDarkerAndWhatOneSurfaceHasScattered) {
  const auto same = [](const LinearImage& a, const LinearImage& b) {
    return std::memcmp(a.pixels.data(), b.pixels.data(), a.pixels.size() * sizeof(Vec4)) == 0;
  };
  EXPECT_TRUE(same(patch_below_a_ceiling(1, 0.001f), patch_below_a_ceiling(1, {})));
  EXPECT_TRUE(same(patch_below_a_ceiling(3, 1e9f), patch_below_a_ceiling(3, {})));
}

}  // namespace
}  // namespace kiln::render
