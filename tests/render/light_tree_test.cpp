#include <gtest/gtest.h>

#include "kernels/frame.h"
#include "kernels/light.h"

#include "render/scene_view.h"
#include "tests/render/render_scenes.h"
#include "tests/render/sampling_test_tools.h"

namespace kiln::render {
namespace {

using kiln::testing::chi_square_p_value;
using kiln::testing::is_plausible;
using kiln::testing::Uniform;

Vec3 direction(Uniform& u) { return sample_uniform_sphere(u(), u()); }

/// Turned by a random frame, scaled, moved.
Affine anywhere(Uniform& u, float size) {
  const Frame f = make_frame(direction(u));
  return {f.x * size, f.y * size, f.z * size, {4 * u() - 2, 4 * u() - 2, 4 * u() - 2}};
}

PunctualLight punctual_light(Uniform& u, PunctualKind kind) {
  PunctualLight l;
  l.kind = kind;
  l.position = {4 * u() - 2, 4 * u() - 2, 4 * u() - 2};
  l.direction = direction(u);
  l.intensity = Vec3{1, 1, 1} * (0.05f + u());
  l.cos_inner = std::cos(0.2f + 0.4f * u());
  l.cos_outer = u() < 0.3f ? l.cos_inner : std::cos(0.6f + 0.8f * u());
  return l;
}

/// Lamps of one and of two sides, points and spots, one that is dark.
std::shared_ptr<const Scene> mixed_scene(std::uint32_t seed, int lamps, int lights) {
  Uniform u(seed);
  SceneBuilder builder;
  Material one_sided = glowing({1, 1, 1}), two_sided = one_sided, dark = one_sided;
  one_sided.double_sided = false;
  dark.emission = {0, 0, 0};
  const std::uint32_t materials[] = {builder.material(one_sided), builder.material(two_sided), builder.material(dark)};
  builder.square(materials[0], anywhere(u, 0.3f)).again(materials[2], anywhere(u, 0.3f));
  for (int i = 1; i < lamps; ++i) builder.again(materials[i % 2], anywhere(u, 0.05f + 0.3f * u()));
  for (int i = 0; i < lights; ++i) builder.light(punctual_light(u, i % 2 ? PunctualKind::spot : PunctualKind::point));
  return builder.build();
}

double sum_of_probabilities(const SceneView& view, const Receiver& to) {
  double sum = 0;
  for (std::uint32_t slot = 0; slot < view.light_tree.slot_count; ++slot)
    sum += light_probability(view.light_tree, to, slot);
  return sum;
}

TEST(LightTree, ProbabilitiesSumToOneWhereEveryLightShines) {
  Uniform u(5);
  SceneBuilder builder;
  builder.square(builder.material(glowing({1, 1, 1})), anywhere(u, 0.2f));
  for (int i = 0; i < 40; ++i) builder.again(0, anywhere(u, 0.05f + 0.3f * u()));
  for (int i = 0; i < 20; ++i) builder.light(punctual_light(u, PunctualKind::point));
  const auto scene = builder.build();
  const SceneView view = make_scene_view(*scene);
  for (int i = 0; i < 100; ++i) {
    const Vec3 p{8 * u() - 4, 8 * u() - 4, 8 * u() - 4};
    EXPECT_NEAR(sum_of_probabilities(view, {p}), 1, 1e-4);
  }
}

/// Draws follow the probabilities; the rest are draws that end at lights which cannot reach the receiver.
TEST(LightTree, DrawsFollowTheProbabilities) {
  const auto scene = mixed_scene(7, 30, 12);
  const SceneView view = make_scene_view(*scene);
  constexpr int kReceivers = 6, kDraws = 40000;
  Uniform u(11);
  for (int r = 0; r < kReceivers; ++r) {
    const Receiver to{{4 * u() - 2, 4 * u() - 2, 4 * u() - 2}, r % 2 ? direction(u) : Vec3{0, 0, 0}};
    std::vector<double> expected, observed(view.light_tree.slot_count + 1);
    for (std::uint32_t slot = 0; slot < view.light_tree.slot_count; ++slot)
      expected.push_back(light_probability(view.light_tree, to, slot) * kDraws);
    expected.push_back(std::max(0.0, 1 - sum_of_probabilities(view, to)) * kDraws);
    for (int i = 0; i < kDraws; ++i) {
      float place = u();
      const LightDraw draw = draw_light(view.light_tree, to, u(), u(), place);
      observed[draw.slot == kNone ? observed.size() - 1 : draw.slot] += 1;
      if (draw.slot == kNone) continue;
      EXPECT_GE(place, 0);
      EXPECT_LT(place, 1);
      EXPECT_NEAR(draw.probability / light_probability(view.light_tree, to, draw.slot), 1, 1e-4);
    }
    EXPECT_TRUE(is_plausible(chi_square_p_value(observed, expected), kReceivers)) << r;
  }
}

/// What is left of the number that chose between the halves of a lamp is uniform for each of them.
TEST(LightTree, LeavesAUniformNumberToPlaceThePoint) {
  SceneBuilder builder;
  const auto scene = builder.square(builder.material(glowing({1, 1, 1}))).build();
  const SceneView view = make_scene_view(*scene);
  Uniform u(3);
  std::vector<double> observed(40), expected(40, 1000);
  for (int i = 0; i < 40000; ++i) {
    float place = u();
    const LightDraw draw = draw_light(view.light_tree, {{0, 1, 0}}, u(), u(), place);
    observed[draw.slot * 20 + static_cast<std::size_t>(place * 20)] += 1;
  }
  EXPECT_TRUE(is_plausible(chi_square_p_value(observed, expected), 1));
}

/// What a light sends to the receiver at best, by points all over it.
float strongest_contribution(const SceneView& view, std::uint32_t light, const Receiver& to) {
  const auto seen = [&](const LightSample& s) {
    const bool counts = to.normal == Vec3{0, 0, 0} || dot(s.wi, to.normal) > 0;
    return s.pdf > 0 && counts ? s.radiance.x : 0.0f;
  };
  if (light >= view.triangle_light_count)
    return seen(detail::sample_punctual_light(view.punctual_lights[light - view.triangle_light_count], to.position));
  float strongest = 0;
  for (int i = 0; i < 64; ++i)
    strongest = std::max(strongest, seen(detail::sample_triangle_light(view, view.triangle_lights[light], to.position,
                                                                       kiln::testing::even_point(i))));
  return strongest;
}

TEST(LightTree, NeverRulesOutALightThatContributes) {
  const auto scene = mixed_scene(23, 60, 60);
  const SceneView view = make_scene_view(*scene);
  Uniform u(29);
  int contributing = 0, ruled_out = 0;
  for (int r = 0; r < 60; ++r) {
    const Receiver to{{6 * u() - 3, 6 * u() - 3, 6 * u() - 3}, r % 3 ? direction(u) : Vec3{0, 0, 0}};
    for (std::uint32_t slot = 0; slot < view.light_tree.slot_count; ++slot) {
      const bool is_drawn = light_probability(view.light_tree, to, slot) > 0;
      ruled_out += is_drawn ? 0 : 1;
      if (strongest_contribution(view, view.light_tree.slots[slot].light, to) <= 0) continue;
      ++contributing;
      EXPECT_TRUE(is_drawn) << "slot " << slot << " for receiver " << r;
    }
  }
  EXPECT_GT(contributing, 1000);
  EXPECT_GT(ruled_out, 1000) << "what cannot contribute should be";
}

/// Irradiance from each light by itself, with every light drawn in turn, against what draws from the tree find.
TEST(LightTree, GivesTheIrradianceOfAllLightsTogether) {
  const auto scene = mixed_scene(41, 12, 8);
  const SceneView view = make_scene_view(*scene);
  Uniform u(43);
  for (int r = 0; r < 4; ++r) {
    const Receiver to{{3 * u() - 1.5f, 3 * u() - 1.5f, 3 * u() - 1.5f}, direction(u)};
    constexpr int kEach = 8000, kDraws = 200000;
    double one_by_one = 0, drawn = 0;
    const auto received = [&](const LightSample& s) {
      return s.pdf > 0 ? s.radiance.x * max_of(dot(s.wi, to.normal), 0) / s.pdf : 0.0f;
    };
    for (std::uint32_t k = 0; k < view.triangle_light_count; ++k)
      for (int i = 0; i < kEach; ++i)
        one_by_one += received(detail::sample_triangle_light(view, view.triangle_lights[k], to.position,
                                                             kiln::testing::even_point(i))) /
                      kEach;
    for (std::uint32_t k = 0; k < view.first_directional_light; ++k)
      one_by_one += received(detail::sample_punctual_light(view.punctual_lights[k], to.position));
    const LightSelection chance = light_selection(view, to);
    for (int i = 0; i < kDraws; ++i) drawn += received(sample_light(view, to, chance, {u(), u(), u(), u()}));
    EXPECT_NEAR(drawn / kDraws / one_by_one, 1, 0.03) << r;
  }
}

TEST(LightTree, AHitHasTheDensityOfTheSampleAmongManyLights) {
  const auto scene = mixed_scene(51, 40, 10);
  const SceneView view = make_scene_view(*scene);
  Uniform u(53);
  int compared = 0;
  for (int i = 0; i < 3000; ++i) {
    const Receiver to{{4 * u() - 2, 4 * u() - 2, 4 * u() - 2}, i % 2 ? direction(u) : Vec3{0, 0, 0}};
    float place = u();
    const LightDraw draw = draw_light(view.light_tree, to, u(), u(), place);
    if (draw.slot == kNone || view.light_tree.slots[draw.slot].light >= view.triangle_light_count) continue;
    const TriangleLight& which = view.triangle_lights[view.light_tree.slots[draw.slot].light];
    const Vec2 v{place, u()}, at = sample_triangle(v.x, v.y);
    const LightSample s = detail::sample_triangle_light(view, which, to.position, v);
    if (!(s.pdf > 0)) continue;
    Ray ray;
    ray.origin = to.position, ray.direction = s.wi;
    const Hit hit{s.distance, at.x, at.y, which.instance, which.triangle};
    EXPECT_NEAR(pdf_triangle_light(view, {0, 0, 1}, to.normal, ray, hit) / (s.pdf * draw.probability), 1, 1e-3);
    ++compared;
  }
  EXPECT_GT(compared, 1000);
}

/// Relative standard deviation of one sample of the irradiance, the mean over receivers on a floor of side 4.
double noise_on_the_floor(const Scene& scene) {
  const SceneView view = make_scene_view(scene);
  Uniform u(61);
  constexpr int kReceivers = 40, kSamples = 4000;
  double total = 0;
  for (int r = 0; r < kReceivers; ++r) {
    const Receiver to{{4 * u() - 2, 0, 4 * u() - 2}, {0, 1, 0}};
    const LightSelection chance = light_selection(view, to);
    double sum = 0, squares = 0;
    for (int i = 0; i < kSamples; ++i) {
      const LightSample s = sample_light(view, to, chance, {u(), u(), u(), u()});
      const double value = s.pdf > 0 ? s.radiance.x * max_of(dot(s.wi, to.normal), 0) / s.pdf : 0;
      sum += value, squares += value * value;
    }
    const double mean = sum / kSamples;
    total += std::sqrt(squares / kSamples - mean * mean) / mean;
  }
  return total / kReceivers;
}

Affine facing_down(Vec3 at, float half_size) { return translation(at) * upside_down() * scaling(half_size); }

/// 5,000 squares of the half size `half_size` at y = 2 on a grid of the side `side`, 10,000 triangles, that radiate as
/// much as one square of side 2 and radiance 1.
std::shared_ptr<const Scene> grid_of_lamps(float side, float half_size) {
  constexpr int kRows = 50, kColumns = 100;
  SceneBuilder builder;
  Material m = glowing(Vec3{1, 1, 1} / (kRows * kColumns * half_size * half_size));
  m.double_sided = false;
  const std::uint32_t lamp = builder.material(m);
  for (int i = 0; i < kRows * kColumns; ++i) {
    const float x = (static_cast<float>(i % kColumns) + 0.5f) / kColumns - 0.5f;
    const float z = (static_cast<float>(i / kColumns) + 0.5f) / kRows - 0.5f;
    const Affine place = facing_down({side * x, 2, side * z}, half_size);
    i == 0 ? builder.square(lamp, place) : builder.again(lamp, place);
  }
  return builder.build();
}

std::shared_ptr<const Scene> one_lamp() {
  SceneBuilder builder;
  Material m = glowing({1, 1, 1});
  m.double_sided = false;
  return builder.square(builder.material(m), facing_down({0, 2, 0}, 1)).build();
}

TEST(LightTree, TenThousandTrianglesAreHardlyNoisierThanOneLampOfTheirPower) {
  const double one = noise_on_the_floor(*one_lamp());
  EXPECT_LT(noise_on_the_floor(*grid_of_lamps(2, 0.01f)), 1.1 * one) << "in its place";
  EXPECT_LT(noise_on_the_floor(*grid_of_lamps(6, 0.01f)), 2 * one) << "spread over nine times its area";
}

/// What a floor shows under a lamp of side 1 that is cut into `pieces` x `pieces`, or a sheet over it.
float shown_by(std::uint32_t floor, SceneBuilder& builder, int pieces, bool from_below) {
  Material m = glowing({5, 5, 5});
  m.double_sided = false;
  const std::uint32_t lamp = builder.material(m);
  builder.square(floor);
  const float half = 0.5f / static_cast<float>(pieces);
  for (int i = 0; i < pieces * pieces; ++i) {
    const float x = half * static_cast<float>(2 * (i % pieces) + 1 - pieces);
    const float z = half * static_cast<float>(2 * (i / pieces) + 1 - pieces);
    builder.again(lamp, from_below ? translation({x, -0.6f, z}) * scaling(half) : facing_down({x, 0.6f, z}, half));
  }
  FrameSettings s = looking({0, 0.5f, 1.5f}, {0, -0.5f, -1.5f}, 0.3f, 24, 256);
  s.max_depth = 2;
  s.background.kind = BackgroundKind::color;
  return mean(picture(builder.build(), s)).x;
}

/// A cluster that is small for its distance is not divided: its lamps, which are equal, are equally likely.
TEST(LightTree, DrawsFromLampsTogetherThatAreFarAway) {
  const auto scene = grid_of_lamps(6, 0.01f);
  const SceneView view = make_scene_view(*scene);
  Uniform u(67);
  for (const Receiver& to :
       {Receiver{{1, 0, 1}, {0, 1, 0}}, Receiver{{9, -40, 3}, {0, 1, 0}}, Receiver{{0, 1.9f, 0}}}) {
    EXPECT_NEAR(sum_of_probabilities(view, to), 1, 1e-4);
    int equal = 0;
    for (std::uint32_t slot = 1; slot < view.light_tree.slot_count; ++slot)
      equal +=
          std::fabs(light_probability(view.light_tree, to, slot) / light_probability(view.light_tree, to, slot - 1) -
                    1) < 1e-5f;
    EXPECT_GT(equal, 8000);
    for (int i = 0; i < 2000; ++i) {
      float place = u();
      const LightDraw draw = draw_light(view.light_tree, to, u(), u(), place);
      ASSERT_NE(draw.slot, kNone);
      EXPECT_NEAR(draw.probability / light_probability(view.light_tree, to, draw.slot), 1, 1e-4);
      EXPECT_TRUE(place >= 0 && place < 1);
    }
  }
}

/// Bounces meet the lamp as well as draws from the tree do: the densities of both weigh every sample.
TEST(LightTree, ShowsALampInPiecesAsItShowsTheWhole) {
  for (const float roughness : {0.15f, 0.5f, 1.0f}) {
    const auto shown = [&](int pieces) {
      SceneBuilder builder;
      Material floor = matte({0.7f, 0.7f, 0.7f});
      floor.metallic = 0.5f, floor.roughness = roughness;
      return shown_by(builder.material(floor), builder, pieces, false);
    };
    const float whole = shown(1);
    EXPECT_GT(whole, 0.1f);
    EXPECT_NEAR(shown(12), whole, 0.01f * whole) << roughness;
  }
}

TEST(LightTree, ShowsLampsBehindASheetThatLetsLightThrough) {
  const auto shown = [](int pieces) {
    SceneBuilder builder;
    Material sheet = matte({0.7f, 0.7f, 0.7f});
    sheet.double_sided = true;
    MaterialLayers layers;
    layers.diffuse_transmission = 0.8f;
    return shown_by(builder.material(sheet, layers), builder, pieces, true);
  };
  const float whole = shown(1);
  EXPECT_GT(whole, 0.1f);
  EXPECT_NEAR(shown(12), whole, 0.01f * whole);
}

TEST(Lights, ThatAreDirectionalAreDrawnByTheirIrradiance) {
  SceneBuilder builder;
  Uniform u(2);
  for (const float strength : {0.0f, 3.0f, 1.0f}) {
    PunctualLight light = punctual_light(u, PunctualKind::directional);
    light.intensity = Vec3{1, 1, 1} * strength;
    builder.light(light);
  }
  const auto scene = builder.build();
  const SceneView view = make_scene_view(*scene);
  EXPECT_NEAR(view.directional_irradiance, 4, 1e-5f);
  const LightSelection chance = light_selection(view, {});
  EXPECT_EQ(chance.directional, 1);
  int strong = 0;
  for (int i = 0; i < 1000; ++i) {
    const LightSample s = sample_light(view, {}, chance, {0, 0, (static_cast<float>(i) + 0.5f) / 1000, 0});
    ASSERT_TRUE(s.delta);
    ASSERT_GT(s.radiance.x, 0);
    EXPECT_NEAR(s.pdf, s.radiance.x / 4, 1e-5f);
    strong += s.radiance.x > 2 ? 1 : 0;
  }
  EXPECT_EQ(strong, 750);
}

TEST(Lights, OfDifferentKindsAreChosenByWhatTheySend) {
  PunctualLight lamp, sun;
  lamp.position = {0, 2, 0}, lamp.intensity = {8, 8, 8};  // 2 W/m2 at the origin
  sun.kind = PunctualKind::directional, sun.intensity = {6, 6, 6};
  SceneBuilder builder;
  const auto scene = builder.light(lamp).light(sun).build();
  const SceneView view = make_scene_view(*scene);
  const LightSelection near = light_selection(view, {{0, 0, 0}});
  EXPECT_NEAR(near.tree, 0.125f + 0.75f * 2 / 8, 1e-4f);
  EXPECT_NEAR(near.directional, 0.125f + 0.75f * 6 / 8, 1e-4f);
  EXPECT_NEAR(light_selection(view, {{0, -1000, 0}}).tree, 0.125f, 1e-3f);
  EXPECT_EQ(light_selection(view, {{0, 0, 0}, {0, -1, 0}}).tree, 0) << "the lamp lies behind";
}

}  // namespace
}  // namespace kiln::render
