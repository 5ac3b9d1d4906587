#include <gtest/gtest.h>

#include "kernels/bsdf.h"

#include "tests/render/sampling_test_tools.h"

namespace kiln::testing {
namespace {

constexpr float kRoughnesses[] = {0, 0.05f, 0.1f, 0.15f, 0.2f, 0.3f, 0.45f, 0.6f, 0.8f, 1};
constexpr float kCosines[] = {0.05f, 0.1f, 0.25f, 0.5f, 0.75f, 1};

Vec3 direction_of(float cosine, float azimuth = 0.7f) {
  const float s = std::sqrt(1 - cosine * cosine);
  return {s * std::cos(azimuth), s * std::sin(azimuth), cosine};
}

/// The reflectance under constant light, from samples; the choice of the lobe is summed, not sampled.
Vec3 furnace(const Bsdf& b) {
  constexpr int kPoints = 16000;
  const float p = b.base.specular_probability;
  Vec3 sum;
  for (int i = 0; i < kPoints; ++i) {
    const Vec2 u = even_point(i);
    sum += bsdf_sample(b, {u.x, u.y, 0.5f * p}).weight * p;
    if (p < 1) sum += bsdf_sample(b, {u.x, u.y, 0.5f * (1 + p)}).weight * (1 - p);
  }
  return sum / kPoints;
}

TEST(Bsdf, WhiteMaterialsReflectAllButAFewPerMille) {
  for (const float metallic : {0.0f, 0.5f, 1.0f})
    for (const float roughness : kRoughnesses)
      for (const float cosine : kCosines) {
        const float e = furnace(make_bsdf({{1, 1, 1}, metallic, roughness, 1.5f}, direction_of(cosine))).x;
        EXPECT_GE(e, 0.99f) << metallic << ' ' << roughness << ' ' << cosine;
        EXPECT_LE(e, 1.0005f) << metallic << ' ' << roughness << ' ' << cosine;
      }
}

TEST(Bsdf, NoMaterialReflectsMoreThanArrives) {
  Uniform u(1);
  for (int i = 0; i < 100; ++i) {
    const SurfaceMaterial m{{u(), u(), u()}, u(), u(), 1 + 2 * u()};
    const Vec3 e = furnace(make_bsdf(m, direction_of(0.01f + 0.99f * u())));
    EXPECT_LE(max_component(e), 1.001f) << m.metallic << ' ' << m.roughness << ' ' << m.ior;
    EXPECT_GE(e.x, 0);
  }
}

TEST(Bsdf, EvaluationIntegratesToTheSampledReflectance) {
  for (const float metallic : {0.0f, 1.0f})
    for (const float roughness : {0.35f, 0.6f, 1.0f})
      for (const float cosine : {0.2f, 0.6f, 1.0f}) {
        const Bsdf b = make_bsdf({{0.9f, 0.5f, 0.2f}, metallic, roughness, 1.5f}, direction_of(cosine));
        const AngleGrid grid{16, 32, M_PI / 2};
        const double e = integrate_directions(grid, 8, [&](Vec3 wi) { return bsdf_eval(b, wi).y; });
        EXPECT_NEAR(e, furnace(b).y, 0.002) << metallic << ' ' << roughness << ' ' << cosine;
      }
}

TEST(Bsdf, ABlackSmoothDielectricReflectsFourPercentHeadOn) {
  EXPECT_NEAR(furnace(make_bsdf({{0, 0, 0}, 0, 0, 1.5f}, {0, 0, 1})).x, 0.04f, 1e-4f);
}

TEST(Bsdf, AnIndexOfOneLeavesPureLambert) {
  const Vec3 wo = direction_of(0.3f), wi = direction_of(0.2f, 3);
  const Bsdf b = make_bsdf({{0.5f, 0.5f, 0.5f}, 0, 0.4f, 1}, wo);
  EXPECT_FLOAT_EQ(bsdf_eval(b, wi).x, 0.5f / kPi * wi.z);
  EXPECT_FLOAT_EQ(bsdf_pdf(b, wi), wi.z / kPi);
}

TEST(Bsdf, ASmoothMetalReflectsItsColourHeadOn) {
  const Vec3 gold{1.0f, 0.766f, 0.336f}, e = furnace(make_bsdf({gold, 1, 0, 1.5f}, {0, 0, 1}));
  EXPECT_NEAR(e.x, gold.x, 1e-3f);
  EXPECT_NEAR(e.y, gold.y, 1e-3f);
  EXPECT_NEAR(e.z, gold.z, 1e-3f);
}

TEST(Bsdf, MetallicMixesDielectricAndMetalLinearly) {
  const Vec3 color{0.9f, 0.6f, 0.1f}, wo = direction_of(0.6f), wi = direction_of(0.4f, 2.9f);
  const Vec3 none = bsdf_eval(make_bsdf({color, 0, 0.7f, 1.5f}, wo), wi);
  const Vec3 all = bsdf_eval(make_bsdf({color, 1, 0.7f, 1.5f}, wo), wi);
  const Vec3 part = bsdf_eval(make_bsdf({color, 0.3f, 0.7f, 1.5f}, wo), wi), want = lerp(none, all, 0.3f);
  EXPECT_NEAR(part.x, want.x, 1e-5f);
  EXPECT_NEAR(part.y, want.y, 1e-5f);
  EXPECT_NEAR(part.z, want.z, 1e-5f);
}

}  // namespace
}  // namespace kiln::testing
