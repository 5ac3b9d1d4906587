#include <gtest/gtest.h>

#include "kernels/light.h"

#include "render/scene_view.h"
#include "scene/environment.h"
#include "tests/render/render_scenes.h"
#include "tests/render/sampling_test_tools.h"

namespace kiln::render {
namespace {

using kiln::testing::Uniform;

constexpr int kSamples = 60000;

Material lamp(Vec3 radiance, bool double_sided = false) {
  Material m = glowing(radiance);
  m.double_sided = double_sided;
  return m;
}

/// A square of side 2 that shines down from `height` onto the origin.
Affine ceiling(float height) { return translation({0, height, 0}) * upside_down(); }

/// With the receiver open to all sides unless a normal is given.
LightSample draw(const SceneView& view, Vec3 p, Vec4 u, Vec3 normal = {0, 0, 0}) {
  const Receiver to{p, normal};
  return sample_light(view, to, light_selection(view, to), u);
}

float pdf_of_hit(const SceneView& view, const Ray& ray, const Hit& hit, Vec3 normal = {0, 0, 0}) {
  return pdf_triangle_light(view, light_selection(view, {ray.origin, normal}), normal, ray, hit);
}

/// The irradiance at p on a surface with the normal n.
Vec3 estimate_irradiance(const SceneView& view, Vec3 p, Vec3 n, int samples = kSamples) {
  Uniform u(42);
  Vec3 sum;
  for (int i = 0; i < samples; ++i) {
    const LightSample s = draw(view, p, {u(), u(), u(), u()}, n);
    if (s.pdf > 0) sum += s.radiance * (max_of(dot(s.wi, n), 0) / s.pdf);
  }
  return sum / static_cast<float>(samples);
}

/// Lambert's formula for a polygon of radiance 1 wholly above the plane (1760; Baum et al. 1989, equation 4).
double polygon_irradiance(Vec3 p, Vec3 n, const std::vector<Vec3>& corners) {
  double sum = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Vec3 a = normalize(corners[i] - p), b = normalize(corners[(i + 1) % corners.size()] - p);
    sum += std::acos(dot(a, b)) * dot(normalize(cross(a, b)), n);
  }
  return std::fabs(sum) / 2;
}

std::vector<Vec3> ceiling_corners(float y) { return {{-1, y, -1}, {1, y, -1}, {1, y, 1}, {-1, y, 1}}; }

TEST(TriangleLight, GivesTheIrradianceOfLambertsFormula) {
  SceneBuilder builder;
  const auto scene = builder.square(builder.material(lamp({3, 2, 1})), ceiling(1.5f)).build();
  const SceneView view = make_scene_view(*scene);
  for (const Vec3 p : {Vec3{0, 0, 0}, Vec3{0.8f, 0.9f, 0.3f}, Vec3{-4, 0.5f, 2}}) {
    const double exact = polygon_irradiance(p, {0, 1, 0}, ceiling_corners(1.5f));
    const Vec3 e = estimate_irradiance(view, p, {0, 1, 0});
    EXPECT_NEAR(e.x / (3 * exact), 1, 0.02) << p.x;
    EXPECT_NEAR(e.z / exact, 1, 0.02) << p.x;
  }
}

TEST(TriangleLight, InverseDensitiesAverageToTheSolidAngle) {
  SceneBuilder builder;
  const auto scene = builder.square(builder.material(lamp({1, 1, 1})), ceiling(1)).build();
  const SceneView view = make_scene_view(*scene);
  Uniform u(4);
  double sum = 0;
  for (int i = 0; i < kSamples; ++i) sum += 1 / draw(view, {0, 0, 0}, {u(), u(), u(), u()}).pdf;
  EXPECT_NEAR(sum / kSamples, 4 * M_PI / 6, 0.01);  // one face of a cube seen from its centre
}

TEST(TriangleLight, AHitHasTheDensityOfTheSample) {
  SceneBuilder builder;
  const auto scene = builder.square(builder.material(lamp({1, 1, 1})), ceiling(2)).build();
  const SceneView view = make_scene_view(*scene);
  Uniform u(4);
  for (int i = 0; i < 100; ++i) {
    const Vec3 p{u(), u(), u()};
    const LightSample s = draw(view, p, {u(), u(), u(), u()});
    Ray ray;
    ray.origin = p, ray.direction = s.wi;
    EXPECT_NEAR(pdf_of_hit(view, ray, {s.distance, 0, 0, 0, 0}) / s.pdf, 1, 1e-4);
    EXPECT_NEAR((p + s.wi * s.distance).y, 2, 1e-5);
    EXPECT_FALSE(s.delta);
  }
}

TEST(TriangleLight, ShinesFromItsFrontOnlyUnlessDoubleSided) {
  for (const bool double_sided : {false, true})
    for (const bool mirrored : {false, true}) {
      const Affine mirror{{-1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 0, 0}};
      SceneBuilder builder;
      const auto scene =
          builder.square(builder.material(lamp({1, 1, 1}, double_sided)), mirrored ? ceiling(1) * mirror : ceiling(1))
              .build();
      const SceneView view = make_scene_view(*scene);
      EXPECT_GT(estimate_irradiance(view, {0, 0, 0}, {0, 1, 0}, 100).x, 0.1f) << "in front";
      EXPECT_EQ(estimate_irradiance(view, {0, 2, 0}, {0, -1, 0}, 100).x > 0.1f, double_sided) << "behind";
      Ray up;
      up.origin = {0.1f, 0, 0.2f}, up.direction = {0, 1, 0};
      Ray down = up;
      down.origin.y = 2, down.direction.y = -1;
      const Hit hit{1, 0.3f, 0.3f, 0, 0};
      EXPECT_EQ(emitted_radiance(view, surface_point(view, up, hit), up.direction).x, 1);
      EXPECT_EQ(emitted_radiance(view, surface_point(view, down, hit), down.direction).x, double_sided ? 1 : 0);
      EXPECT_EQ(pdf_of_hit(view, down, hit) > 0, double_sided);
    }
}

TEST(TriangleLight, ReadsItsTexture) {
  SceneBuilder builder;
  Texture halves;
  halves.width = 2, halves.height = 1, halves.filter = Filter::nearest;
  Material m = lamp({4, 4, 4});
  m.emissive_texture.texture = builder.texture(halves, {0xff0000ffu, 0xff00ff00u});  // red where u < 1/2, else green
  const auto scene = builder.square(builder.material(m), translation({0, -1, 0})).build();
  const SceneView view = make_scene_view(*scene);
  Uniform u(4);
  for (int i = 0; i < 200; ++i) {
    const LightSample s = draw(view, {0, 0, 0}, {u(), u(), u(), u()});
    const bool red = s.wi.x < 0;  // u runs along +X
    EXPECT_EQ(s.radiance, red ? (Vec3{4, 0, 0}) : (Vec3{0, 4, 0}));
  }
}

TEST(Lights, AllKindsTogetherGiveTheSumOfEach) {
  PunctualLight point;
  point.position = {0, 2, 0};
  point.intensity = {4, 4, 4};
  PunctualLight sun;
  sun.kind = PunctualKind::directional;
  sun.direction = {0, -1, 0};
  sun.intensity = {0.5f, 0.5f, 0.5f};
  SceneBuilder builder;
  const auto scene = builder.square(builder.material(lamp({2, 2, 2})), ceiling(3)).light(point).light(sun).build();
  const auto environment = constant_environment({0.25f, 0.25f, 0.25f});
  FrameSettings settings;
  settings.environment = environment;
  SceneView view = make_scene_view(*scene);
  view.environment = make_environment_view(settings);
  const double exact = 2 * polygon_irradiance({0, 0, 0}, {0, 1, 0}, ceiling_corners(3)) + 1 + 0.5 + 0.25 * M_PI;
  EXPECT_NEAR(estimate_irradiance(view, {0, 0, 0}, {0, 1, 0}, 200000).x / exact, 1, 0.01);
}

TEST(Lights, PunctualOnesAreDeltas) {
  PunctualLight point;
  point.position = {0, 5, 0};
  point.intensity = {1, 1, 1};
  SceneBuilder builder;
  const auto scene = builder.square(builder.material(matte({1, 1, 1}))).light(point).build();
  const LightSample s = draw(make_scene_view(*scene), {0, 0, 0}, {0.1f, 0.2f, 0.3f, 0.4f});
  EXPECT_TRUE(s.delta);
  EXPECT_EQ(s.pdf, 1);
  EXPECT_FLOAT_EQ(s.distance, 5);
  EXPECT_FLOAT_EQ(s.radiance.x, 1 / 25.0f);
}

TEST(Lights, NoneGiveNoSample) {
  EXPECT_EQ(draw(SceneView{}, {0, 0, 0}, {0.5f, 0.5f, 0.5f, 0.5f}).pdf, 0);
  EXPECT_EQ(light_selection(SceneView{}, {}).environment, 0);
}

}  // namespace
}  // namespace kiln::render
