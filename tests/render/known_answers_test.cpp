#include <cmath>
#include <gtest/gtest.h>

#include "kernels/film.h"
#include "kernels/light.h"
#include "kernels/sampler.h"
#include "kernels/surface.h"

#include "render/scene_view.h"
#include "scene/environment.h"
#include "tests/render/render_scenes.h"

namespace kiln::render {
namespace {

void expect_near(Vec3 a, Vec3 b, float tolerance = 1e-5f) {
  EXPECT_NEAR(a.x, b.x, tolerance);
  EXPECT_NEAR(a.y, b.y, tolerance);
  EXPECT_NEAR(a.z, b.z, tolerance);
}

Texture texture_of(std::uint32_t width, std::uint32_t height, Filter filter = Filter::linear) {
  Texture t;
  t.width = width, t.height = height;
  t.filter = filter;
  return t;
}

TEST(SurfaceMaterial, ReadsRoughnessFromGreenAndMetalnessFromBlue) {
  SceneBuilder builder;
  Material m;
  m.roughness = 0.5f, m.metallic = 0.5f;
  m.metallic_roughness_texture.texture = builder.texture(texture_of(1, 1), {0xff'cc'66'ffu});  // blue 0.8, green 0.4
  const auto scene = builder.square(builder.material(m)).build();
  const SceneView view = make_scene_view(*scene);
  const SurfaceMaterial s = surface_material(view, surface_point(view, 0, 0, 0.25f, 0.25f), {1, 1, 1});
  EXPECT_NEAR(s.roughness, 0.2f, 1e-5f);
  EXPECT_NEAR(s.metallic, 0.4f, 1e-5f);
}

TEST(Texture, BeginsWithItsTopRowAtZero) {
  const std::uint32_t texels[] = {0xff0000ffu, 0xff00ff00u};  // red over green
  SceneView view;
  view.texels = texels;
  for (const Filter filter : {Filter::nearest, Filter::linear}) {
    EXPECT_EQ(sample_texture(view, texture_of(1, 2, filter), {0.5f, 0.25f}).x, 1);
    EXPECT_EQ(sample_texture(view, texture_of(1, 2, filter), {0.5f, 0.75f}).y, 1);
    EXPECT_EQ(sample_texture(view, texture_of(2, 1, filter), {0.25f, 0.5f}).x, 1);
    EXPECT_EQ(sample_texture(view, texture_of(2, 1, filter), {0.75f, 0.5f}).y, 1);
  }
}

/// A square with a normal map that leans towards +X, and with tangents.
Scene leaning_square(float tangent_sign) {
  SceneBuilder builder;
  Material m;
  m.normal_texture.texture = builder.texture(texture_of(1, 1), {0xff'ff'c0'c0u});  // (0.5, 0.5, 1)
  Scene scene = *builder.square(builder.material(m)).build();
  scene.tangents.assign(4, {1, 0, 0, tangent_sign});
  scene.meshes[0].has_tangents = true;
  return scene;
}

TEST(NormalTexture, TurnsItsBitangentWithTheSignOfTheTangent) {
  for (const float sign : {1.0f, -1.0f}) {
    const Scene scene = leaning_square(sign);
    const SceneView view = make_scene_view(scene);
    const SurfacePoint p = surface_point(view, 0, 0, 0.25f, 0.25f);
    // b = w cross(n, t), and cross(+Y, +X) is -Z.
    expect_near(mapped_normal(view, p, surface_geometry(view, p), p.material->normal_texture, p.material->normal_scale),
                normalize(Vec3{0.5f, 1, -0.5f * sign}), 0.01f);
  }
}

TEST(NormalTexture, TurnsRoundWithTheSurfaceSeenFromBehind) {
  const Scene scene = leaning_square(1);
  const SceneView view = make_scene_view(scene);
  const SurfacePoint p = surface_point(view, 0, 0, 0.25f, 0.25f);
  const SurfaceGeometry g = surface_geometry(view, p);
  const Vec3 front = make_surface(view, p, g, {1, 1, 1}, {0, 1, 0}).frame.z;
  const Vec3 back = make_surface(view, p, g, {1, 1, 1}, {0, -1, 0}).frame.z;
  EXPECT_GT(front.x, 0.3f);
  expect_near(front, -back);
}

TEST(VertexNormals, StayAcrossASurfaceThatIsStretched) {
  Affine stretch;
  stretch.x = {2, 0, 0};
  SceneBuilder builder;
  Scene scene = *builder.square(builder.material({}), stretch).build();
  scene.normals.assign(4, normalize(Vec3{1, 1, 0}));
  scene.meshes[0].has_normals = true;
  const SceneView view = make_scene_view(scene);
  const SurfacePoint p = surface_point(view, 0, 0, 0.25f, 0.25f);
  expect_near(surface_geometry(view, p).normal, normalize(Vec3{0.5f, 1, 0}));
}

TEST(TriangleLight, ThatIsBlendedShinesByItsCoverage) {
  SceneBuilder builder;
  Material m = glowing({4, 4, 4});
  m.alpha_mode = AlphaMode::blend;
  m.alpha = 0.25f;
  const auto scene = builder.square(builder.material(m)).build();
  const SceneView view = make_scene_view(*scene);
  const Receiver to{{0, 1, 0}};
  const LightSample s = sample_light(view, to, light_selection(view, to), {0.4f, 0.3f, 0.2f, 0.6f});
  EXPECT_GT(s.pdf, 0);
  EXPECT_FLOAT_EQ(s.radiance.x, 1);
}

TEST(WhiteNoise, IsUniformAndAnswersToNothingElse) {
  constexpr std::uint32_t kSamples = 1u << 14;
  double mean = 0, with_next_event = 0, with_next_sample = 0, with_points = 0;
  for (std::uint32_t i = 0; i < kSamples; ++i) {
    const Sampler sampler = make_sampler(5, {77, 5}, i);
    const double a = sample_white_noise(sampler, 0) - 0.5;
    mean += a;
    with_next_event += a * (sample_white_noise(sampler, 1) - 0.5);
    with_next_sample += a * (sample_white_noise(make_sampler(5, {77, 5}, i + 1), 0) - 0.5);
    with_points += a * (sample_4d(sampler, 0).x - 0.5);
  }
  EXPECT_NEAR(mean / kSamples, 0, 0.01);  // 4 sigma: 0.009
  const double variance = 1.0 / 12;       // of each; 4 sigma of a correlation is 0.031
  EXPECT_NEAR(with_next_event / kSamples / variance, 0, 0.035);
  EXPECT_NEAR(with_next_sample / kSamples / variance, 0, 0.035);
  EXPECT_NEAR(with_points / kSamples / variance, 0, 0.035);
}

/// What a glossy floor shows under the lights that are asked for.
Vec4 lit_by(bool sky, bool lamp, bool point, float lamp_alpha = 1) {
  SceneBuilder builder;
  Material floor;
  floor.base_color = {0.7f, 0.7f, 0.7f};
  floor.metallic = 0.5f, floor.roughness = 0.3f;
  builder.square(builder.material(floor));
  if (lamp) {
    Material m = glowing(Vec3{6, 6, 6} / lamp_alpha);
    m.alpha_mode = lamp_alpha < 1 ? AlphaMode::blend : AlphaMode::opaque;
    m.alpha = lamp_alpha;
    builder.square(builder.material(m), translation({0, 0.8f, -1.2f}) * scaling(0.3f));
    builder.square(builder.material(glowing({2, 2, 2})), translation({1, 0.6f, 0}) * scaling(0.2f));
  }
  PunctualLight light;
  light.position = {-0.3f, 0.5f, 0};
  light.intensity = {0.5f, 0.5f, 0.5f};
  if (point) builder.light(light);
  FrameSettings s = looking({0, 0.6f, 0.8f}, {0, -0.6f, -0.8f}, 0.3f, 24, 256);
  s.max_depth = 1;
  if (sky) s.environment = constant_environment({0.4f, 0.4f, 0.4f});
  s.background.kind = BackgroundKind::color;
  return mean(picture(builder.build(), s));
}

TEST(DirectLight, OfAllKindsTogetherIsTheSumOfEach) {
  const float lamps_in_sky = lit_by(true, true, false).x, all = lit_by(true, true, true).x;
  const float lamps = lit_by(false, true, false).x, point = lit_by(false, false, true).x;
  EXPECT_NEAR(lit_by(false, true, true).x, lamps + point, 0.01f * (lamps + point));
  EXPECT_NEAR(all, lamps_in_sky + point, 0.01f * all);
  EXPECT_GT(lamps_in_sky, 1.05f * lamps);
}

TEST(DirectLight, OfABlendedLampIsThatOfADimmerOne) {
  const float opaque = lit_by(false, true, false).x;
  EXPECT_NEAR(lit_by(false, true, false, 0.25f).x, opaque, 0.01f * opaque);
}

/// A floor that the light passes along, beside a wall that it falls on.
TEST(MaxDepth, CountsTheBouncesOfAPath) {
  const auto floor_seen = [](std::uint32_t max_depth) {
    SceneBuilder builder;
    const auto grey = builder.material(matte({0.5f, 0.5f, 0.5f}));
    const Affine wall{{0, -1, 0}, {1, 0, 0}, {0, 0, 1}, {-0.9f, 0.5f, 0}};
    PunctualLight light;
    light.kind = PunctualKind::directional;
    light.direction = {-1, 0, 0};
    light.intensity = {3, 3, 3};
    FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.001f, 4, 64);
    s.max_depth = max_depth;
    return mean(picture(builder.square(grey).square(grey, wall).light(light).build(), s)).x;
  };
  EXPECT_EQ(floor_seen(1), 0);
  EXPECT_GT(floor_seen(2), 0.01f);
}

TEST(Film, LeavesOutSamplesThatAreNotFinite) {
  Vec4 sum;
  accumulate(sum, {1, 2, 3, 1});
  accumulate(sum, {std::nanf(""), 1, 1, 1});
  accumulate(sum, {1, INFINITY, 1, 1});
  accumulate(sum, {1, 0, 0, 1});
  expect_near(xyz(sum), {2, 2, 3});
  EXPECT_EQ(sum.w, 2);
}

}  // namespace
}  // namespace kiln::render
