#include "kernels/bvh.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <tbb/global_control.h>
#include <thread>

#include "bvh_scenes.h"
#include "render/bvh_builder.h"

namespace kiln::render {
namespace {

Bvh built(const Scene& scene) {
  auto bvh = build_bvh(scene);
  EXPECT_TRUE(bvh) << bvh.error().message;
  return std::move(*bvh);
}

/// The longest way down from a reference, in inner nodes of its own level.
int depth_below(const Bvh& bvh, BvhRef ref) {
  if (is_bvh_leaf(ref)) {
    EXPECT_LE(bvh_leaf_count(ref), kBvhMaxLeafTriangles);
    return 0;
  }
  const BvhNode& node = bvh.nodes[ref];
  return 1 + std::max(depth_below(bvh, node.child[0]), depth_below(bvh, node.child[1]));
}

void expect_bounded_depth(const Bvh& bvh) {
  if (bvh.root == kBvhDone) return;
  EXPECT_LE(depth_below(bvh, bvh.root), kBvhMaxDepth);
  for (const BvhInstance& i : bvh.instances) EXPECT_LE(depth_below(bvh, i.root), kBvhMaxDepth);
}

Ray ray_from(Vec3 origin, Vec3 direction) {
  Ray ray;
  ray.origin = origin;
  ray.direction = direction;
  return ray;
}

const std::vector<Vec3> kUnitTriangle{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}};

TEST(Bvh, ReportsDistanceAndBarycentricsOfASingleTriangle) {
  Scene scene;
  add_instance(scene, add_triangles(scene, kUnitTriangle));
  const Bvh bvh = built(scene);
  const Hit hit = BvhIntersector{bvh.view()}.intersect_closest(ray_from({0.25f, 0.5f, 2}, {0, 0, -4}));
  ASSERT_TRUE(is_hit(hit));
  EXPECT_EQ(hit.instance, 0u);
  EXPECT_EQ(hit.triangle, 0u);
  EXPECT_FLOAT_EQ(hit.t, 0.5f);  // in lengths of the direction
  EXPECT_FLOAT_EQ(hit.u, 0.25f);
  EXPECT_FLOAT_EQ(hit.v, 0.5f);
}

TEST(Bvh, CullingRaysMeetOfTwoCoincidentFacesTheFront) {
  Scene scene;
  const Vec3 a{0, 0, 0.1f}, b{1, 0, 0.7f}, c{0, 1, -0.3f};
  add_instance(scene, add_triangles(scene, {a, b, c, a, c, b}));
  const Bvh bvh = built(scene);
  const BvhIntersector intersector{bvh.view()};
  std::mt19937 random(6);
  std::uniform_real_distribution<float> unit(0.05f, 0.45f);
  for (int i = 0; i < 1000; ++i) {
    const float u = unit(random), v = unit(random), side = i % 2 ? -3.0f : 3.0f;
    const Vec3 target{u, v, 0.1f + 0.6f * u - 0.4f * v}, origin{unit(random), unit(random), side};
    Ray ray = ray_from(origin, target - origin);
    ray.culls = true;
    const Hit hit = intersector.intersect_closest(ray);
    ASSERT_TRUE(is_hit(hit));
    ASSERT_EQ(hit.triangle, i % 2 ? 1u : 0u);
  }
}

TEST(Bvh, HitsOnlyBetweenTMinAndTMax) {
  Scene scene;
  add_instance(scene, add_triangles(scene, kUnitTriangle));
  const Bvh bvh = built(scene);
  const BvhIntersector intersector{bvh.view()};
  Ray ray = ray_from({0.25f, 0.25f, 1}, {0, 0, -1});
  EXPECT_TRUE(intersector.occluded(ray));
  ray.t_max = 0.999f;
  EXPECT_FALSE(intersector.occluded(ray));
  EXPECT_FALSE(is_hit(intersector.intersect_closest(ray)));
  ray.t_min = 1.001f, ray.t_max = 5;
  EXPECT_FALSE(intersector.occluded(ray));
}

TEST(Bvh, MissesEverythingInAnEmptyScene) {
  const Bvh bvh = built(Scene{});
  EXPECT_FALSE(is_hit(BvhIntersector{bvh.view()}.intersect_closest(ray_from({0, 0, 0}, {0, 0, 1}))));
  EXPECT_FALSE(BvhIntersector{bvh.view()}.occluded(ray_from({0, 0, 0}, {0, 0, 1})));
}

TEST(Bvh, PassesOverMeshesWithoutTriangles) {
  Scene scene;
  add_instance(scene, add_triangles(scene, {}));
  add_instance(scene, add_triangles(scene, kUnitTriangle));
  const Bvh bvh = built(scene);
  const Hit hit = BvhIntersector{bvh.view()}.intersect_closest(ray_from({0.25f, 0.25f, 1}, {0, 0, -1}));
  EXPECT_EQ(hit.instance, 1u);
}

TEST(Bvh, NeverHitsDegenerateTriangles) {
  Scene scene;
  add_instance(scene, add_triangles(scene, {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {1, 0, 0}, {2, 0, 0}}));
  const Bvh bvh = built(scene);
  const BvhIntersector intersector{bvh.view()};
  EXPECT_FALSE(is_hit(intersector.intersect_closest(ray_from({0, 0, 1}, {0, 0, -1}))));
  EXPECT_FALSE(is_hit(intersector.intersect_closest(ray_from({1, 0, 1}, {0, 0, -1}))));
  EXPECT_FALSE(is_hit(intersector.intersect_closest(ray_from({-1, 0, 0}, {1, 0, 0}))));
}

TEST(Bvh, KeepsTheDepthBoundForThousandsOfEqualTriangles) {
  Scene scene;
  std::vector<Vec3> corners;
  for (int i = 0; i < 20000; ++i) corners.insert(corners.end(), kUnitTriangle.begin(), kUnitTriangle.end());
  add_instance(scene, add_triangles(scene, corners));
  const Bvh bvh = built(scene);
  expect_bounded_depth(bvh);
  EXPECT_TRUE(BvhIntersector{bvh.view()}.occluded(ray_from({0.25f, 0.25f, 1}, {0, 0, -1})));
}

/// Each triangle is twice as far out as the last: the heuristic alone would split off one after the other.
TEST(Bvh, KeepsTheDepthBoundForExponentiallySpreadTriangles) {
  Scene scene;
  std::vector<Vec3> corners;
  for (int i = -120; i < 120; ++i) {
    const float at = std::ldexp(1.0f, i);
    for (int copy = 0; copy < 8; ++copy) {
      for (const Vec3 p : kUnitTriangle) corners.push_back({at * (1 + p.x), at * p.y, at * (1 + p.z)});
    }
  }
  add_instance(scene, add_triangles(scene, corners));
  expect_bounded_depth(built(scene));
}

TEST(Bvh, KeepsTheDepthBoundForManyInstancesInOnePlace) {
  Scene scene;
  const std::uint32_t mesh = add_triangles(scene, kUnitTriangle);
  for (int i = 0; i < 5000; ++i) add_instance(scene, mesh);
  const Bvh bvh = built(scene);
  EXPECT_EQ(bvh.triangles.size(), 1u);
  expect_bounded_depth(bvh);
}

TEST(Bvh, MixesInstancesWithTrianglesOfMeshesPlacedOnce) {
  Scene scene;
  const std::uint32_t shared = add_triangles(scene, kUnitTriangle);
  add_instance(scene, shared);
  add_instance(scene, add_triangles(scene, kUnitTriangle), Affine{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 0, -1}});
  add_instance(scene, shared, Affine{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 0, -2}});
  const Bvh bvh = built(scene);
  EXPECT_EQ(bvh.instances.size(), 2u);
  EXPECT_EQ(bvh.triangles.size(), 2u);
  for (std::uint32_t i = 0; i < 3; ++i) {
    const Ray ray = ray_from({0.25f, 0.25f, 0.5f - static_cast<float>(i)}, {0, 0, -1});
    const Hit hit = BvhIntersector{bvh.view()}.intersect_closest(ray);
    EXPECT_EQ(hit.instance, i);
    EXPECT_FLOAT_EQ(hit.t, 0.5f);
  }
}

TEST(Bvh, MissesWithRaysThatAreNotFinite) {
  Scene scene;
  add_instance(scene, add_triangles(scene, kUnitTriangle));
  const Bvh bvh = built(scene);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(BvhIntersector{bvh.view()}.occluded(ray_from({0.25f, 0.25f, nan}, {0, 0, -1})));
  EXPECT_FALSE(BvhIntersector{bvh.view()}.occluded(ray_from({0.25f, 0.25f, 1}, {0, 0, -nan})));
  EXPECT_FALSE(BvhIntersector{bvh.view()}.occluded(ray_from({0.25f, 0.25f, 1}, {0, 0, 0})));
}

TEST(Bvh, FindsTrianglesAtHugeCoordinates) {
  Scene scene;
  std::vector<Vec3> corners;
  for (const float far : {1e6f, 1e12f, 1e18f}) {
    for (const Vec3 p : kUnitTriangle) corners.push_back({far * p.x, far * p.y, -far});
  }
  add_instance(scene, add_triangles(scene, corners));
  const Bvh bvh = built(scene);
  const Hit hit = BvhIntersector{bvh.view()}.intersect_closest(ray_from({0, 0, 0}, {0.1f, 0.1f, -1}));
  ASSERT_TRUE(is_hit(hit));
  EXPECT_EQ(hit.triangle, 0u);
  EXPECT_FLOAT_EQ(hit.t, 1e6f);
}

TEST(Bvh, BuildsWithCoordinatesAtTheEndOfTheFloatRange) {
  constexpr float kEnd = std::numeric_limits<float>::max();
  Scene scene;
  std::vector<Vec3> corners;
  for (int i = 0; i < 64; ++i) {
    const float sign = i % 2 ? 1.0f : -1.0f;
    corners.insert(corners.end(), {{sign * kEnd, 0, 0}, {0, sign * kEnd, 0}, {0, 0, kEnd}});
  }
  add_instance(scene, add_triangles(scene, corners));
  const Bvh bvh = built(scene);
  expect_bounded_depth(bvh);
  EXPECT_EQ(bvh.triangles.size(), 64u);
}

TEST(Bvh, HitsThroughMirroredAndNonUniformTransforms) {
  Scene scene;
  const std::uint32_t mesh = add_triangles(scene, kUnitTriangle);
  add_instance(scene, mesh, Affine{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {-50, 0, 0}});
  add_instance(scene, mesh, Affine{{-3, 0, 0}, {0, 0.5f, 0}, {0, 0, 7}, {10, 0, 0}});
  const Bvh bvh = built(scene);
  const Hit hit = BvhIntersector{bvh.view()}.intersect_closest(ray_from({10 - 0.75f, 0.125f, 5}, {0, 0, -1}));
  EXPECT_EQ(bvh.instances.size(), 2u);
  ASSERT_EQ(hit.instance, 1u);
  EXPECT_FLOAT_EQ(hit.t, 5);
  EXPECT_FLOAT_EQ(hit.u, 0.25f);
  EXPECT_FLOAT_EQ(hit.v, 0.25f);
}

/// Rays straight down through the lines and corners of a grid: the triangles beside an edge leave no gap, neither do
/// the boxes that end there.
TEST(Bvh, LeavesNoGapsAlongSharedEdges) {
  Scene scene;
  constexpr int kCells = 64;
  add_instance(scene, add_triangles(scene, height_field(kCells)));
  const Bvh bvh = built(scene);
  const BvhIntersector intersector{bvh.view()};
  for (int x = 1; x < 4 * kCells; ++x) {
    for (int z = 1; z < kCells; ++z) {
      const float u = static_cast<float>(x) / (2.0f * kCells) - 1, v = 2.0f * static_cast<float>(z) / kCells - 1;
      EXPECT_TRUE(intersector.occluded(ray_from({u, 1, v}, {0, -1, 0}))) << x << ' ' << z;
      EXPECT_TRUE(intersector.occluded(ray_from({u, 1, v}, {-0.0f, -1, -0.0f}))) << x << ' ' << z;
    }
  }
}

/// From inside a closed surface, no ray gets out: aimed at vertices and edges, where it would first.
TEST(Bvh, IsWatertightTowardsVerticesAndEdges) {
  std::mt19937 random(7);
  Scene scene;
  std::vector<Vec3> ring;
  constexpr int kSides = 97;
  std::vector<Vec3> corners;
  for (int i = 0; i < kSides; ++i) {
    const float angle = 6.2831853f * static_cast<float>(i) / kSides;
    ring.push_back({std::cos(angle), 0.3f * std::sin(5 * angle), std::sin(angle)});
  }
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Vec3 a = ring[i], b = ring[(i + 1) % ring.size()];
    corners.insert(corners.end(), {a, b, Vec3{0.1f, 2, 0}, b, a, Vec3{0, -2, 0.1f}});
  }
  add_instance(scene, add_triangles(scene, corners));
  const Bvh bvh = built(scene);
  const BvhIntersector intersector{bvh.view()};
  std::uniform_real_distribution<float> unit(0, 1);
  for (int i = 0; i < 200000 / kRayScale; ++i) {
    const Vec3 origin{0.4f * unit(random) - 0.2f, 0.4f * unit(random) - 0.2f, 0.4f * unit(random) - 0.2f};
    const std::size_t k = random() % ring.size();
    const Vec3 apex = i % 2 ? Vec3{0.1f, 2, 0} : ring[(k + 1) % ring.size()];
    const Vec3 target = lerp(ring[k], apex, i % 3 ? unit(random) : 0.0f);
    ASSERT_TRUE(intersector.occluded(ray_from(origin, target - origin))) << i;
  }
}

TEST(Bvh, AgreesWithTestingEveryTriangle) {
  std::mt19937 random(3);
  Scene scene;
  add_instance(scene, add_triangles(scene, triangle_soup(random, 500, 0.3f)));
  const Bvh bvh = built(scene);
  RaySource rays({{-1.3f, -1.3f, -1.3f}, {1.3f, 1.3f, 1.3f}}, 4);
  for (int i = 0; i < 20000 / kRayScale; ++i) {
    const Ray ray = rays.next();
    float t = ray.t_max, u = 0, v = 0;
    const BvhRay local = make_bvh_ray(ray.origin, ray.direction);
    for (const BvhTriangle& triangle : bvh.triangles) intersect_triangle(triangle, local, ray.t_min, t, 0, t, u, v);
    const Hit hit = BvhIntersector{bvh.view()}.intersect_closest(ray);
    ASSERT_EQ(is_hit(hit), t < ray.t_max);
    if (is_hit(hit)) {
      ASSERT_EQ(hit.t, t);
    }
    ASSERT_EQ(BvhIntersector{bvh.view()}.occluded(ray), is_hit(hit));
  }
}

template <class T>
bool same_bytes(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

TEST(Bvh, IsTheSameForAnyNumberOfThreads) {
  std::mt19937 random(11);
  Scene scene;
  const std::uint32_t soup = add_triangles(scene, triangle_soup(random, 60000, 0.05f));
  const std::uint32_t field = add_triangles(scene, height_field(80));
  for (int i = 0; i < 6000; ++i) add_instance(scene, i % 2 ? soup : field, random_transform(random, 20));
  add_instance(scene, add_triangles(scene, triangle_soup(random, 20000, 0.1f)));
  const auto build_with = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return built(scene);
  };
  const Bvh one = build_with(1), four = build_with(4);
  EXPECT_EQ(one.root, four.root);
  EXPECT_TRUE(same_bytes(one.nodes, four.nodes));
  EXPECT_TRUE(same_bytes(one.triangles, four.triangles));
  EXPECT_TRUE(same_bytes(one.instances, four.instances));
}

TEST(Bvh, StopsBuildingWhenAskedTo) {
  std::mt19937 random(3);
  Scene scene;
  const std::uint32_t soup = add_triangles(scene, triangle_soup(random, 20000, 0.1f));
  for (int i = 0; i < 100; ++i) add_instance(scene, soup, random_transform(random, 20));
  add_instance(scene, add_triangles(scene, triangle_soup(random, 20000, 0.1f)));
  std::stop_source before;
  before.request_stop();
  const auto never = build_bvh(scene, before.get_token());
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, ErrorCode::cancelled);
  for (int delay_us = 100; delay_us < 50'000; delay_us *= 2) {  // wherever in the build the stop comes
    std::stop_source stop;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(delay_us));
      stop.request_stop();
    });
    const auto bvh = build_bvh(scene, stop.get_token());
    if (bvh) {
      EXPECT_EQ(bvh->triangles.size(), 40000u) << "either all of it or none";
    } else {
      EXPECT_EQ(bvh.error().code, ErrorCode::cancelled);
    }
  }
}

TEST(Bvh, RefusesMoreTrianglesThanItCanNumber) {
  Scene scene;
  scene.meshes.resize(2);
  for (Mesh& mesh : scene.meshes) mesh.triangle_count = kBvhMaxTriangles / 2 + 1;
  const auto bvh = build_bvh(scene);
  ASSERT_FALSE(bvh);
  EXPECT_EQ(bvh.error().code, ErrorCode::limit_exceeded);
  EXPECT_NE(bvh.error().message.find("268435458 triangles"), std::string::npos) << bvh.error().message;
}

}  // namespace
}  // namespace kiln::render
