#include "kernels/microfacet.h"

#include <gtest/gtest.h>

#include "kernels/fresnel.h"
#include "kernels/microfacet_albedo.h"

#include "tests/render/sampling_test_tools.h"

namespace kiln::testing {
namespace {

constexpr Vec2 kAlphas[] = {{0.1f, 0.1f}, {0.3f, 0.3f}, {1, 1}, {0.15f, 0.6f}};

TEST(Ggx, NormalsProjectToTheArea) {
  const AngleGrid hemisphere{64, 64, M_PI / 2};
  for (const Vec2 alpha : kAlphas) {
    const double area = integrate_directions(hemisphere, 8, [&](Vec3 h) { return ggx_d(h, alpha) * h.z; });
    EXPECT_NEAR(area, 1, 1e-3) << alpha.x << ' ' << alpha.y;
  }
}

TEST(Ggx, DistributionMatchesItsFormulaForSmallAlpha) {
  const Vec2 alpha{kMinAlpha, kMinAlpha};
  EXPECT_NEAR(ggx_d({0, 0, 1}, alpha) * kPi * alpha.x * alpha.x, 1, 1e-5);
  const double t = kMinAlpha;  // where tan theta = alpha, D is a quarter of its peak, up to cos^4
  EXPECT_NEAR(ggx_d(direction_at(std::atan(t), 1), alpha) * kPi * alpha.x * alpha.x, 0.25, 1e-4);
}

TEST(Ggx, VisibleNormalsFollowTheirDensity) {
  const AngleGrid hemisphere{32, 48, M_PI / 2};
  Uniform u(11);
  for (const Vec2 alpha : kAlphas)
    for (const double theta : {0.0, 0.8, 1.4}) {
      const Vec3 wo = direction_at(theta, 0.4);
      const Ggx ggx = make_ggx(wo, alpha);
      const float g1 = 2 * wo.z / (wo.z + ggx_stretched_length(wo, alpha));
      const auto density = [&](Vec3 h) { return ggx_d(h, alpha) * g1 * max_of(dot(wo, h), 0) / wo.z; };
      const auto draw = [&] { return normalize(ggx_sample_visible_normal(ggx, u(), u())); };
      const double p = direction_p_value(hemisphere, 8, 60000, draw, density);
      EXPECT_TRUE(is_plausible(p, 12)) << p << ' ' << alpha.x << ' ' << alpha.y << ' ' << theta;
    }
}

/// Walter et al. 2007 with the height-correlated G2 of Heitz 2014, as the papers write them.
double torrance_sparrow(Vec3 wo, Vec3 wi, Vec2 alpha) {
  const auto lambda = [&](Vec3 w) {
    const double a2 = (square(alpha.x * w.x) + square(alpha.y * w.y)) / square(w.z);
    return (std::sqrt(1 + a2) - 1) / 2;
  };
  return ggx_d(normalize(wo + wi), alpha) / (1 + lambda(wo) + lambda(wi)) / (4 * wo.z * wi.z);
}

TEST(Ggx, ReflectionMatchesTheTextbookAndIsReciprocal) {
  Uniform u(5);
  for (int i = 0; i < 1000; ++i) {
    const Vec2 alpha{0.05f + 0.95f * u(), 0.05f + 0.95f * u()};
    const Vec3 a = direction_at(1.5 * u(), 6 * u()), b = direction_at(1.5 * u(), 6 * u());
    const GgxValue value = ggx_value(make_ggx(a, alpha), b);
    const double want = torrance_sparrow(a, b, alpha);
    EXPECT_NEAR(value.f_cos / b.z, want, 1e-3 * want);
    EXPECT_NEAR(ggx_value(make_ggx(b, alpha), a).f_cos / a.z, want, 1e-3 * want);
    EXPECT_NEAR(value.cosine, dot(a, normalize(a + b)), 1e-5);
  }
}

TEST(Ggx, AlbedoTableIsCloseToTheIntegralAndNeverBelow) {
  for (const float roughness : {0.03f, 0.12f, 0.27f, 0.52f, 0.77f, 1.0f})
    for (const float cosine : {0.03f, 0.11f, 0.36f, 0.68f, 0.97f}) {
      const float alpha = roughness * roughness;
      const Ggx ggx = make_ggx({std::sqrt(1 - cosine * cosine), 0, cosine}, {alpha, alpha});
      constexpr int kPoints = 20000;
      double total = 0, f90 = 0;
      for (int i = 0; i < kPoints; ++i) {
        const Vec3 wi = ggx_sample(ggx, even_point(i).x, even_point(i).y);
        if (wi.z <= 0) continue;
        const GgxValue value = ggx_value(ggx, wi);
        total += value.f_cos / value.pdf / kPoints;
        f90 += value.f_cos / value.pdf * std::pow(1 - value.cosine, 5.0) / kPoints;
      }
      const GgxAlbedo table = ggx_albedo(cosine, roughness);
      const double total_excess = table.f0_part + table.f90_part - total, f90_excess = table.f90_part - f90;
      EXPECT_TRUE(total_excess > -1e-3 && total_excess < 0.015) << roughness << ' ' << cosine << ' ' << total_excess;
      EXPECT_TRUE(f90_excess > -1e-3 && f90_excess < 0.015) << roughness << ' ' << cosine << ' ' << f90_excess;
    }
}

TEST(Fresnel, GlassReflectsFourPercentHeadOnAndEverythingEdgeOn) {
  const float f0 = f0_from_ior(1.5f);
  EXPECT_FLOAT_EQ(f0, 0.04f);
  EXPECT_FLOAT_EQ(fresnel_schlick({f0, f0, f0}, {1, 1, 1}, 1).x, 0.04f);
  EXPECT_FLOAT_EQ(fresnel_schlick({f0, f0, f0}, {1, 1, 1}, 0).x, 1);
  EXPECT_NEAR(fresnel_schlick({f0, f0, f0}, {1, 1, 1}, 0.5f).x, 0.04 + 0.96 / 32, 1e-6);
}

TEST(Fresnel, NothingReflectsBetweenEqualIndices) {
  EXPECT_EQ(f0_from_ior(1), 0);
  EXPECT_EQ(f90_from_f0(0), 0);
  EXPECT_EQ(f90_from_f0(f0_from_ior(1.33f)), 1);
}

TEST(Fresnel, AnIndexOfZeroMeansTotalReflection) { EXPECT_EQ(f0_from_ior(0), 1); }

}  // namespace
}  // namespace kiln::testing
