#include <gtest/gtest.h>

#include "kernels/bsdf.h"

#include "tests/render/sampling_test_tools.h"

/// The material extensions' layers: each alone and stacked.
namespace kiln::testing {
namespace {

const AngleGrid kHemisphere{32, 48, M_PI / 2}, kSphere{64, 48, M_PI};
const Vec3 kNowhere{0, 0, 2};
constexpr float kRoughnesses[] = {0.1f, 0.25f, 0.5f, 0.75f, 1};
constexpr double kThetas[] = {0, 0.6, 1.1, 1.4};

Frame frame_tilted_by(float angle) { return make_frame(Vec3{std::sin(angle), 0, std::cos(angle)}); }

struct Stack {
  const char* name;
  SurfaceMaterial material;
  SurfaceLayers layers;
};

std::vector<Stack> white_stacks(float roughness) {
  std::vector<Stack> all;
  for (const float metallic : {0.0f, 1.0f}) {
    const SurfaceMaterial white{{1, 1, 1}, metallic, roughness, 1.5f};
    Stack coat{"coat", white, {}}, sheen{"sheen", white, {}}, both{"sheen over coat", white, {}};
    coat.layers.coat = 1, coat.layers.coat_roughness = 0.3f;
    sheen.layers.sheen_color = {1, 1, 1}, sheen.layers.sheen_roughness = roughness;
    both.layers = sheen.layers;
    both.layers.coat = 0.5f, both.layers.coat_roughness = roughness;
    all.insert(all.end(), {coat, sheen, both});
    Stack dim{"specular", white, {}};
    dim.layers.specular = 0.4f;
    all.push_back(dim);
    if (metallic > 0) continue;
    Stack strong{"strong specular", {{1, 1, 1}, 0, roughness, 1e6f}, {}};  // KHR_materials_pbrSpecularGlossiness
    strong.layers.specular_color = {0.5f, 0.5f, 0.5f};
    all.push_back(strong);
  }
  return all;
}

/// Reflectance under constant light, from samples.
Vec3 furnace(const Bsdf& b) {
  constexpr int kPoints = 60000;
  Vec3 sum;
  for (int i = 0; i < kPoints; ++i) {
    const Vec2 u = even_point(i);
    const float w = static_cast<float>(std::fmod(0.5 + i * 0.6180339887498949, 1.0) * 0.9999999);
    sum += bsdf_sample(b, {u.x, u.y, w}).weight;
  }
  return sum / kPoints;
}

TEST(Layers, WhiteStacksReflectWhatArrives) {
  for (const float roughness : kRoughnesses)
    for (const double theta : kThetas)
      for (const Stack& s : white_stacks(roughness)) {
        const float e = furnace(make_bsdf(s.material, s.layers, direction_at(theta, 0.4))).x;
        EXPECT_GE(e, 0.97f) << s.name << ' ' << s.material.metallic << ' ' << roughness << ' ' << theta;
        EXPECT_LE(e, 1.01f) << s.name << ' ' << s.material.metallic << ' ' << roughness << ' ' << theta;
      }
}

/// Their compensation is that of round lobes, fitted: the mean over directions of the view.
TEST(Layers, WhiteAnisotropicMetalsReflectAboutWhatArrives) {
  for (const float anisotropy : {0.5f, 0.8f, 1.0f})
    for (const float roughness : {0.05f, 0.3f, 0.7f}) {
      SurfaceLayers l;
      l.anisotropy = anisotropy;
      for (const double theta : {0.0, 0.5, 1.0}) {
        float sum = 0;
        for (const double phi : {0.1, 0.5, 0.9, 1.3})
          sum += furnace(make_bsdf({{1, 1, 1}, 1, roughness, 1.5f}, l, direction_at(theta, phi))).x;
        EXPECT_GT(sum / 4, 0.9f) << anisotropy << ' ' << roughness << ' ' << theta;
        EXPECT_LT(sum / 4, 1.06f) << anisotropy << ' ' << roughness << ' ' << theta;
      }
    }
}

TEST(Layers, NothingReflectsMoreThanArrives) {
  Uniform u(5);
  for (int i = 0; i < 60; ++i) {
    SurfaceLayers l;
    l.specular = u(), l.specular_color = {2 * u(), u(), u()};
    l.anisotropy = u(), l.iridescence = u();
    l.film = {1.0f + u(), 1000 * u()};
    l.coat = u(), l.coat_roughness = u();
    l.sheen_color = {u(), u(), u()}, l.sheen_roughness = u();
    const SurfaceMaterial m{{u(), u(), u()}, u(), u(), 1 + u()};
    const Vec3 e = furnace(make_bsdf(m, l, direction_at(1.5 * u(), 6 * u())));
    EXPECT_LE(max_component(e), 1.03f) << i;
    EXPECT_GE(e.x, 0);
  }
}

std::vector<Bsdf> varied_bsdfs() {
  std::vector<Bsdf> all;
  for (const double theta : {0.1, 0.8, 1.2}) {
    const Vec3 wo = direction_at(theta, 0.6);
    SurfaceLayers anisotropic, film, coat, sheen, stack;
    anisotropic.anisotropy = 0.8f;
    film.iridescence = 0.7f;
    coat.coat = 0.8f, coat.coat_roughness = 0.45f, coat.coat_frame = frame_tilted_by(0.2f);
    sheen.sheen_color = {0.6f, 0.2f, 0.9f}, sheen.sheen_roughness = 0.5f;
    stack = coat;
    stack.sheen_color = sheen.sheen_color, stack.sheen_roughness = 0.4f, stack.anisotropy = 0.5f;
    for (const SurfaceLayers& l : {anisotropic, film, coat, sheen, stack})
      all.push_back(make_bsdf({{0.8f, 0.5f, 0.3f}, 0.4f, 0.5f, 1.5f}, l, wo));
    SurfaceLayers sheet, body, leaf;
    sheet.transmission = 0.7f;
    leaf.diffuse_transmission = 0.5f, leaf.coat = 0.5f, leaf.coat_roughness = 0.4f;
    for (const float eta : {1 / 1.5f, 1.33f}) {
      body = sheet;
      body.refracts = true, body.eta = eta;
      all.push_back(make_bsdf({{0.8f, 0.5f, 0.3f}, 0.1f, 0.6f, 1.5f}, body, wo));
    }
    for (const SurfaceLayers& l : {sheet, leaf}) all.push_back(make_bsdf({{0.8f, 0.5f, 0.3f}, 0, 0.5f, 1.5f}, l, wo));
  }
  return all;
}

TEST(Layers, SamplesFollowTheirDensity) {
  const std::vector<Bsdf> all = varied_bsdfs();
  Uniform u(7);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto draw = [&] {
      const BsdfSample s = bsdf_sample(all[i], {u(), u(), u()});
      return s.valid ? s.wi : kNowhere;
    };
    const double p = direction_p_value(kSphere, 8, 60000, draw, [&](Vec3 wi) { return bsdf_pdf(all[i], wi); });
    EXPECT_TRUE(is_plausible(p, static_cast<int>(all.size()))) << p << " of " << i;
  }
}

TEST(Layers, EvaluationIntegratesToTheSampledReflectance) {
  for (const Bsdf& b : varied_bsdfs()) {
    const double e = integrate_directions(kSphere, 8, [&](Vec3 wi) { return bsdf_eval(b, wi).y; });
    EXPECT_NEAR(e, furnace(b).y, 0.004);
  }
}

TEST(Layers, DefaultsChangeNothing) {
  Uniform u(2);
  for (int i = 0; i < 200; ++i) {
    const SurfaceMaterial m{{u(), u(), u()}, u(), u(), 1 + u()};
    const Vec3 wo = direction_at(1.5 * u(), 6 * u()), wi = direction_at(1.5 * u(), 6 * u());
    const BsdfValue core = bsdf_value(make_bsdf(m, wo), wi), layered = bsdf_value(make_bsdf(m, {}, wo), wi);
    EXPECT_NEAR(layered.f_cos.x, core.f_cos.x, 1e-4f * core.f_cos.x + 1e-6f);
    EXPECT_NEAR(layered.pdf, core.pdf, 1e-4f * core.pdf + 1e-6f);
  }
}

TEST(Specular, StrengthScalesTheDielectricReflectionAndColourTintsIt) {
  SurfaceLayers l;
  l.specular = 0.5f, l.specular_color = {1, 0.25f, 0};
  const Vec3 e = furnace(make_bsdf({{0, 0, 0}, 0, 0, 1.5f}, l, {0, 0, 1}));
  EXPECT_NEAR(e.x, 0.02f, 2e-4f);
  EXPECT_NEAR(e.y, 0.005f, 2e-4f);
  EXPECT_NEAR(e.z, 0, 2e-4f);
}

TEST(Clearcoat, ABlackBaseReflectsTheCoatsFourPercentAlongItsOwnNormal) {
  SurfaceLayers l;
  l.specular = 0, l.coat = 1;
  l.coat_frame = frame_tilted_by(0.3f);
  const Bsdf b = make_bsdf({{0, 0, 0}, 0, 1, 1.5f}, l, l.coat_frame.z);
  EXPECT_NEAR(furnace(b).x, 0.04f, 1e-3f);
  const BsdfSample s = bsdf_sample(b, {0.3f, 0.4f, 0});
  EXPECT_NEAR(dot(s.wi, l.coat_frame.z), 1, 1e-3f);
}

TEST(Anisotropy, StretchesTheHighlightAlongX) {
  SurfaceLayers l;
  l.anisotropy = 0.9f;
  const Bsdf b = make_bsdf({{1, 1, 1}, 1, 0.3f, 1.5f}, l, {0, 0, 1});
  EXPECT_FLOAT_EQ(b.base.ggx.alpha.y, 0.09f);
  EXPECT_FLOAT_EQ(b.base.ggx.alpha.x, 0.09f + (1 - 0.09f) * 0.81f);
  EXPECT_GT(bsdf_eval(b, direction_at(0.6, 0)).x, 20 * bsdf_eval(b, direction_at(0.6, M_PI / 2)).x);
}

TEST(Sheen, ReflectsMostAtGrazingAnglesAndNeverMoreThanArrives) {
  for (const float roughness : {0.0f, 0.1f, 0.3f, 0.6f, 1.0f}) {
    SurfaceLayers l;
    l.specular = 0, l.sheen_color = {1, 1, 1}, l.sheen_roughness = roughness;
    const auto reflectance = [&](double theta) {
      return furnace(make_bsdf({{0, 0, 0}, 0, 1, 1}, l, direction_at(theta, 0))).x;
    };
    EXPECT_GT(reflectance(1.4), reflectance(0.3));
    for (const double theta : {0.0, 0.5, 1.0, 1.3, 1.45, 1.55}) EXPECT_LE(reflectance(theta), 1.02f) << theta;
  }
}

TEST(Sheen, TheTableHoldsTheIntegralOfTheLobe) {
  for (const float roughness : {0.15f, 0.4f, 0.9f})
    for (const double theta : {0.2, 0.9, 1.3}) {
      const Vec3 wo = direction_at(theta, 0);
      const double e = integrate_directions(kHemisphere, 16, [&](Vec3 wi) { return sheen_value(wo, wi, roughness); });
      EXPECT_NEAR(sheen_albedo(wo.z, roughness), e, 0.01 + 0.02 * e) << roughness << ' ' << theta;
    }
}

}  // namespace
}  // namespace kiln::testing
