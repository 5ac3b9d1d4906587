#include "scene/light_tree.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <set>

namespace kiln::scene {
namespace {

BoundedLight point_at(Vec3 center, float intensity = 1) {
  BoundedLight l;
  l.center = center;
  l.cos_spread = -1;
  l.intensity = intensity;
  return l;
}

BoundedLight facing(Vec3 axis, Vec3 center, float radius) {
  BoundedLight l = point_at(center);
  l.axis = normalize(axis);
  l.radius = radius;
  l.cos_spread = 1;
  return l;
}

std::vector<BoundedLight> mixed_lights(std::uint32_t count) {
  std::mt19937 bits(17);
  const auto u = [&] { return static_cast<float>(bits() >> 8) * 0x1p-24f; };
  std::vector<BoundedLight> lights;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Vec3 at{10 * u(), u() * u(), 10 * u()};
    BoundedLight l = i % 5 == 0 ? point_at(at) : facing({u() - 0.5f, 1.01f - 2 * u(), u() - 0.5f}, at, 0.1f * u());
    l.intensity = u() * u() + 0.001f;
    l.is_two_sided = i % 7 == 0;
    lights.push_back(l);
  }
  return lights;
}

std::uint32_t depth_of(const LightTree& tree, std::uint32_t node) {
  std::uint32_t depth = 0;
  for (; node != 0; node = tree.nodes[node].parent) ++depth;
  return depth;
}

float angle(float cosine) { return std::acos(std::fmin(std::fmax(cosine, -1.0f), 1.0f)); }

/// Whether the node bounds the light's place and directions.
void expect_bounds(const LightNode& node, const BoundedLight& light) {
  EXPECT_LE(length(light.center - node.center) + light.radius, node.radius + 1e-6f);
  const float cosine = dot(light.axis, node.axis), turned = node.is_two_sided ? std::fabs(cosine) : cosine;
  const float spread = angle(turned) + angle(light.cos_spread);
  if (node.cos_spread > -1) {
    EXPECT_LE(spread, angle(node.cos_spread) + 2e-3f);
  }
  EXPECT_LE(node.cos_emission, light.cos_emission);
  EXPECT_LE(light.is_two_sided, node.is_two_sided == 1);
}

TEST(LightTree, HoldsEachLightOnceAndBoundsItAllTheWayUp) {
  const auto lights = mixed_lights(500);
  const LightTree tree = build_light_tree(lights);
  ASSERT_EQ(tree.slots.size(), lights.size());
  std::set<std::uint32_t> seen;
  for (std::uint32_t slot = 0; slot < tree.slots.size(); ++slot) {
    const LightSlot& place = tree.slots[slot];
    EXPECT_TRUE(seen.insert(place.light).second);
    const LightNode& leaf = tree.nodes[place.leaf];
    EXPECT_TRUE(slot >= leaf.first && slot < leaf.first + leaf.count);
    for (std::uint32_t node = place.leaf;; node = tree.nodes[node].parent) {
      expect_bounds(tree.nodes[node], lights[place.light]);
      if (node == 0) break;
    }
  }
}

TEST(LightTree, SumsIntensitiesUpwards) {
  const auto lights = mixed_lights(300);
  const LightTree tree = build_light_tree(lights);
  double all = 0;
  for (const BoundedLight& l : lights) all += l.intensity;
  EXPECT_NEAR(tree.intensity / all, 1, 1e-5);
  EXPECT_NEAR(tree.nodes[0].intensity, 1, 1e-5f);
  for (std::uint32_t i = 0; i < tree.nodes.size(); ++i) {
    const LightNode& n = tree.nodes[i];
    if (i == 1 || n.count > 0) continue;
    EXPECT_EQ(n.first % 2, 0u);
    EXPECT_EQ(tree.nodes[n.first].parent, i);
    EXPECT_EQ(tree.nodes[n.first + 1].parent, i);
    EXPECT_NEAR(tree.nodes[n.first].intensity + tree.nodes[n.first + 1].intensity, n.intensity, 1e-5f * n.intensity);
  }
}

TEST(LightTree, IsTheSameEveryTime) {
  const auto lights = mixed_lights(200);
  const LightTree a = build_light_tree(lights), b = build_light_tree(lights);
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    EXPECT_EQ(a.nodes[i].first, b.nodes[i].first);
    EXPECT_EQ(a.nodes[i].radius, b.nodes[i].radius);
  }
}

TEST(LightTree, LeavesTheHalvesOfARectangleTogether) {
  // Right triangles: the sphere around each is the one around the rectangle.
  const Vec3 up{0, 1, 0};
  const std::vector<BoundedLight> lights{facing(up, {0, 0, 0}, 1), facing(up, {5, 0, 0}, 1), facing(up, {0, 0, 0}, 1),
                                         facing(up, {5, 0, 0}, 1)};
  const LightTree tree = build_light_tree(lights);
  EXPECT_EQ(tree.nodes.size(), 4u) << "the root, an empty one and two leaves";
  EXPECT_EQ(tree.nodes[2].count, 2u);
  EXPECT_EQ(tree.slots[0].share, 0.5f);
  EXPECT_EQ(tree.slots[0].light % 2, tree.slots[1].light % 2);
}

TEST(LightTree, SeparatesLightsThatFaceDifferentWays) {
  const std::vector<BoundedLight> lights{facing({0, 1, 0}, {0, 0, 0}, 1), facing({0, -1, 0}, {0, 0, 0}, 1)};
  EXPECT_EQ(build_light_tree(lights).nodes.size(), 4u);
}

TEST(LightTree, OfOneLightIsItsRoot) {
  const BoundedLight light = point_at({1, 2, 3}, 5);
  const LightTree tree = build_light_tree({&light, 1});
  ASSERT_EQ(tree.slots.size(), 1u);
  EXPECT_EQ(tree.nodes[0].count, 1u);
  EXPECT_TRUE(tree.nodes[0].center == light.center);
  EXPECT_EQ(tree.slots[0].share, 1);
  EXPECT_EQ(tree.intensity, 5);
}

TEST(LightTree, LeavesOutWhatSendsNothingOrIsNowhere) {
  std::vector<BoundedLight> lights{point_at({0, 0, 0}, 0), point_at({1, 0, 0}, std::nanf("")),
                                   point_at({INFINITY, 0, 0}, 1)};
  EXPECT_TRUE(build_light_tree(lights).nodes.empty());
  lights.push_back(point_at({1, 0, 0}, 1));
  const LightTree tree = build_light_tree(lights);
  ASSERT_EQ(tree.slots.size(), 1u);
  EXPECT_EQ(tree.slots[0].light, 3u);
  EXPECT_TRUE(build_light_tree({}).nodes.empty());
}

TEST(LightTree, IsShallowForLightsInOnePlaceAndForLightsEverCloser) {
  std::vector<BoundedLight> same(5000, point_at({1, 1, 1})), closer;
  for (int i = 0; i < 5000; ++i) closer.push_back(point_at({std::ldexp(1.0f, -(i % 140)), 0, 0}));
  for (const auto& lights : {same, closer}) {
    const LightTree tree = build_light_tree(lights);
    std::uint32_t deepest = 0;
    for (const LightSlot& slot : tree.slots) deepest = std::max(deepest, depth_of(tree, slot.leaf));
    EXPECT_EQ(tree.slots.size(), 5000u);
    EXPECT_LE(deepest, 62u);
  }
}

TEST(LightTree, TakesIntensitiesWhoseSumIsBeyondAFloat) {
  const std::vector<BoundedLight> lights(8, point_at({0, 0, 0}, 3e38f));
  const LightTree tree = build_light_tree(lights);
  EXPECT_TRUE(std::isfinite(tree.intensity));
  for (const LightSlot& slot : tree.slots) EXPECT_NEAR(tree.nodes[slot.leaf].intensity, 1 / 8.0f, 1e-6f);
}

}  // namespace
}  // namespace kiln::scene
