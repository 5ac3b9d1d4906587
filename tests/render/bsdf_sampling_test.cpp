#include <gtest/gtest.h>

#include "kernels/bsdf.h"

#include "tests/render/sampling_test_tools.h"

namespace kiln::testing {
namespace {

const AngleGrid kHemisphere{32, 48, M_PI / 2};
const Vec3 kNowhere{0, 0, 2};

std::vector<Bsdf> rough_bsdfs() {
  std::vector<Bsdf> all;
  for (const float metallic : {0.0f, 0.4f, 1.0f})
    for (const float roughness : {0.3f, 0.55f, 1.0f})
      for (const double theta : {0.0, 0.7, 1.2, roughness > 0.5f ? 1.5 : 1.35})  // quadrature has its limits
        all.push_back(make_bsdf({{0.8f, 0.5f, 0.3f}, metallic, roughness, 1.5f}, direction_at(theta, 0.6)));
  return all;
}

TEST(Bsdf, SamplesFollowTheirDensity) {
  const std::vector<Bsdf> all = rough_bsdfs();
  Uniform u(7);
  for (const Bsdf& b : all) {
    const auto draw = [&] {
      const BsdfSample s = bsdf_sample(b, {u(), u(), u()});
      return s.valid ? s.wi : kNowhere;
    };
    const double p = direction_p_value(kHemisphere, 8, 60000, draw, [&](Vec3 wi) { return bsdf_pdf(b, wi); });
    EXPECT_TRUE(is_plausible(p, static_cast<int>(all.size())))
        << p << " alpha " << b.base.ggx.alpha.x << " cosine " << b.base.ggx.wo.z;
  }
}

TEST(Bsdf, DensityIntegratesToTheShareOfValidSamples) {
  for (const Bsdf& b : rough_bsdfs()) {
    constexpr int kPoints = 4000;
    double valid = 0;
    for (int i = 0; i < kPoints; ++i) {
      const Vec2 u = even_point(i);
      valid += b.base.specular_probability * bsdf_sample(b, {u.x, u.y, 0}).valid + 1 - b.base.specular_probability;
    }
    const double sum = integrate_directions(kHemisphere, 10, [&](Vec3 wi) { return bsdf_pdf(b, wi); });
    EXPECT_NEAR(sum, valid / kPoints, 2e-3) << b.base.ggx.alpha.x << ' ' << b.base.ggx.wo.z;
    EXPECT_LE(sum, 1.0005);
  }
}

TEST(Bsdf, WeightIsEvaluationOverDensity) {
  Uniform u(3);
  for (int i = 0; i < 3000; ++i) {
    const SurfaceMaterial m{{u(), u(), u()}, u(), 0.1f + 0.9f * u(), 1.5f};
    const Bsdf b = make_bsdf(m, direction_at(1.55 * u(), 6 * u()));
    const BsdfSample s = bsdf_sample(b, {u(), u(), u()});
    if (!s.valid) continue;
    const BsdfValue v = bsdf_value(b, s.wi);
    EXPECT_EQ(s.pdf, v.pdf);
    EXPECT_NEAR(s.weight.y * v.pdf, v.f_cos.y, 1e-5f * v.f_cos.y);
    EXPECT_EQ(bsdf_eval(b, s.wi), v.f_cos);
    EXPECT_EQ(bsdf_pdf(b, s.wi), v.pdf);
  }
}

TEST(Bsdf, StaysFiniteAtEveryAngle) {
  constexpr float kEdges[] = {0, 1e-7f, 0.5f, 0.9999999f};
  for (const float z : {-0.3f, 0.0f, 1e-7f, 1e-3f, 1.0f})
    for (const float roughness : {0.0f, 0.02f, 0.5f, 1.0f})
      for (const float metallic : {0.0f, 1.0f}) {
        const Bsdf b = make_bsdf({{1, 1, 1}, metallic, roughness, 1.5f}, {std::sqrt(1 - z * z), 0, z});
        for (const float x : kEdges)
          for (const float y : kEdges)
            for (const float w : kEdges) {
              const BsdfSample s = bsdf_sample(b, {x, y, w});
              if (!s.valid) continue;
              EXPECT_TRUE(s.pdf > 0 && std::isfinite(s.pdf));
              EXPECT_TRUE(s.weight.x >= 0 && s.weight.x < 20) << s.weight.x << ' ' << z << ' ' << roughness;
              EXPECT_NEAR(length(s.wi), 1, 1e-5);
            }
      }
}

TEST(Bsdf, GivesNothingBelowTheSurface) {
  const Bsdf b = make_bsdf({}, {0, 0, 1});
  EXPECT_EQ(bsdf_eval(b, {0, 0.6f, -0.8f}), (Vec3{0, 0, 0}));
  EXPECT_EQ(bsdf_pdf(b, {0, 0.6f, -0.8f}), 0);
  EXPECT_EQ(bsdf_pdf(b, {1, 0, 0}), 0);
}

}  // namespace
}  // namespace kiln::testing
