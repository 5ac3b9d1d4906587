#include "scene/light_tree.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <set>

#include "kernels/scalar.h"

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

constexpr std::uint32_t kWidth = kLightNodeWidth;

std::uint32_t depth_of(const LightTree& tree, std::uint32_t place) {
  std::uint32_t depth = 0;
  while ((place = tree.nodes[place / kWidth].parent) != kNone) ++depth;
  return depth;
}

float angle(float cosine) { return std::acos(std::fmin(std::fmax(cosine, -1.0f), 1.0f)); }

/// Whether the cluster bounds the light's place and directions.
void expect_bounds(const LightNode& node, std::uint32_t lane, const BoundedLight& light) {
  const Vec3 center{node.center_x[lane], node.center_y[lane], node.center_z[lane]};
  const Vec3 axis{node.axis_x[lane], node.axis_y[lane], node.axis_z[lane]};
  EXPECT_LE(length(light.center - center) + light.radius, node.radius[lane] + 1e-6f);
  const float cosine = dot(light.axis, axis), turned = node.backwards[lane] > 0 ? std::fabs(cosine) : cosine;
  const float spread = angle(turned) + angle(light.cos_spread);
  if (node.cos_spread[lane] > -1) {
    EXPECT_LE(spread, angle(node.cos_spread[lane]) + 2e-3f);
  }
  EXPECT_NEAR(square(node.cos_spread[lane]) + square(node.sin_spread[lane]), 1, 1e-6f);
  EXPECT_LE(node.cos_emission[lane], light.cos_emission);
  EXPECT_LE(light.is_two_sided, node.backwards[lane] == 1);
}

TEST(LightTree, HoldsEachLightOnceAndBoundsItAllTheWayUp) {
  const auto lights = mixed_lights(500);
  const LightTree tree = build_light_tree(lights);
  ASSERT_EQ(tree.slots.size(), lights.size());
  std::set<std::uint32_t> seen;
  for (std::uint32_t slot = 0; slot < tree.slots.size(); ++slot) {
    EXPECT_TRUE(seen.insert(tree.slots[slot].light).second);
    for (std::uint32_t place = tree.slots[slot].leaf; place != kNone; place = tree.nodes[place / kWidth].parent) {
      const LightNode& node = tree.nodes[place / kWidth];
      const std::uint32_t lane = place % kWidth;
      EXPECT_LT(lane, node.width);
      EXPECT_TRUE(slot >= node.first_slot[lane] && slot < node.first_slot[lane] + node.slot_count[lane]);
      EXPECT_EQ(node.child[lane] == kNone, place == tree.slots[slot].leaf);
      expect_bounds(node, lane, lights[tree.slots[slot].light]);
    }
  }
}

TEST(LightTree, SumsIntensitiesUpwards) {
  const auto lights = mixed_lights(300);
  const LightTree tree = build_light_tree(lights);
  double all = 0;
  for (const BoundedLight& l : lights) all += l.intensity;
  EXPECT_NEAR(tree.intensity / all, 1, 1e-5);
  for (std::uint32_t i = 0; i < tree.nodes.size(); ++i) {
    const LightNode& n = tree.nodes[i];
    float sum = 0;
    for (std::uint32_t lane = 0; lane < kWidth; ++lane) sum += n.intensity[lane];
    const float whole = i == 0 ? 1.0f : tree.nodes[n.parent / kWidth].intensity[n.parent % kWidth];
    EXPECT_NEAR(sum, whole, 1e-5f * whole);
    if (i > 0) {
      EXPECT_EQ(tree.nodes[n.parent / kWidth].child[n.parent % kWidth], i);
    }
  }
}

TEST(LightTree, FillsItsNodes) {
  const LightTree tree = build_light_tree(mixed_lights(1000));
  std::size_t clusters = 0;
  for (const LightNode& n : tree.nodes) clusters += n.width;
  EXPECT_GT(clusters, 3 * tree.nodes.size());
}

TEST(LightTree, IsTheSameEveryTime) {
  const auto lights = mixed_lights(200);
  const LightTree a = build_light_tree(lights), b = build_light_tree(lights);
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    EXPECT_EQ(a.nodes[i].parent, b.nodes[i].parent);
    EXPECT_TRUE(std::ranges::equal(a.nodes[i].radius, b.nodes[i].radius));
  }
}

TEST(LightTree, LeavesTheHalvesOfARectangleTogether) {
  // Right triangles: the sphere around each is the one around the rectangle.
  const Vec3 up{0, 1, 0};
  const std::vector<BoundedLight> lights{facing(up, {0, 0, 0}, 1), facing(up, {5, 0, 0}, 1), facing(up, {0, 0, 0}, 1),
                                         facing(up, {5, 0, 0}, 1)};
  const LightTree tree = build_light_tree(lights);
  ASSERT_EQ(tree.nodes.size(), 1u);
  EXPECT_EQ(tree.nodes[0].width, 2u);
  EXPECT_EQ(tree.nodes[0].slot_count[0], 2u);
  EXPECT_EQ(tree.slots[0].intensity, 0.25f);
  EXPECT_EQ(tree.slots[0].light % 2, tree.slots[1].light % 2);
}

TEST(LightTree, SeparatesLightsThatFaceDifferentWays) {
  const std::vector<BoundedLight> lights{facing({0, 1, 0}, {0, 0, 0}, 1), facing({0, -1, 0}, {0, 0, 0}, 1)};
  const LightTree tree = build_light_tree(lights);
  ASSERT_EQ(tree.nodes.size(), 1u);
  EXPECT_EQ(tree.nodes[0].width, 2u);
}

TEST(LightTree, OfOneLightIsOneCluster) {
  const BoundedLight light = point_at({1, 2, 3}, 5);
  const LightTree tree = build_light_tree({&light, 1});
  ASSERT_EQ(tree.slots.size(), 1u);
  ASSERT_EQ(tree.nodes.size(), 1u);
  EXPECT_EQ(tree.nodes[0].width, 1u);
  EXPECT_EQ(tree.nodes[0].slot_count[0], 1u);
  EXPECT_EQ(tree.nodes[0].center_z[0], light.center.z);
  EXPECT_EQ(tree.slots[0].intensity, 1);
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
  for (const LightSlot& slot : tree.slots) EXPECT_NEAR(slot.intensity, 1 / 8.0f, 1e-6f);
}

TEST(LightTree, TellsLampsApartThatAreFarAwayWhereTheyFaceDifferentWays) {
  const Vec3 axes[] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  std::vector<BoundedLight> lights;
  for (int i = 0; i < 12; ++i) lights.push_back(facing({0, 1, 0}, {0.5f * static_cast<float>(i), 0, 0}, 0.1f));
  for (int i = 0; i < 12; ++i) lights.push_back(facing(axes[i % 3], {100 + 0.5f * static_cast<float>(i), 0, 0}, 0.1f));
  const LightTree tree = build_light_tree(lights);
  int alike = 0, different = 0;
  for (const LightNode& n : tree.nodes)
    for (std::uint32_t lane = 0; lane < n.width; ++lane) {
      if (n.child[lane] == kNone) {
        EXPECT_EQ(n.alike_from[lane], -1) << "a single light";
        continue;
      }
      const bool is_even = n.center_x[lane] < 50;
      EXPECT_EQ(n.alike_from[lane], is_even ? 16 * square(n.radius[lane]) : INFINITY);
      ++(is_even ? alike : different);
    }
  EXPECT_GT(alike, 0);
  EXPECT_GT(different, 0);
}

}  // namespace
}  // namespace kiln::scene
