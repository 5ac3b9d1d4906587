#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <thread>

#include "kernels/bvh.h"

#include "bvh_reference.h"
#include "bvh_scenes.h"
#include "render/bvh_builder.h"
#include "render/cpu_renderer.h"
#include "render/embree.h"
#include "render/embree_scene.h"
#include "scene/samples.h"

/// The device BVH, compiled for the CPU, against Embree: an independent tree and an independent traversal.
namespace kiln::render {
namespace {

/// How two traversals judged the same rays.
struct Comparison {
  int rays = 0, hits = 0;
  int edge_cases = 0;     ///< differ at an edge of a triangle or at t_min, within rounding
  int disagreements = 0;  ///< differ otherwise
};

bool on_an_edge(const Hit& h) { return is_hit(h) && std::min({h.u, h.v, 1 - h.u - h.v}) < 2e-3f; }

/// `scale`: how far the origin of the ray is from that of the world, in lengths of its direction.
void compare(const Ray& ray, const Hit& ours, const Hit& theirs, float scale, Comparison& result) {
  ++result.rays;
  result.hits += is_hit(theirs);
  if (!is_hit(ours) && !is_hit(theirs)) return;
  const auto same = [scale](float a, float b) { return std::abs(a - b) <= 1e-4f * (scale + b); };
  if (is_hit(ours) && is_hit(theirs) && same(ours.t, theirs.t)) return;
  const Hit& nearer = !is_hit(ours) || (is_hit(theirs) && theirs.t < ours.t) ? theirs : ours;
  const bool borderline = on_an_edge(nearer) || (ray.t_min > 0 && same(nearer.t, ray.t_min));
  ++(borderline ? result.edge_cases : result.disagreements);
}

Bounds bounds_of(const Scene& scene) {
  Bounds b;
  for (const Instance& instance : scene.instances) {
    const Mesh& mesh = scene.meshes[instance.mesh];
    for (std::uint32_t i = 0; i < mesh.vertex_count * scene.keys_of(instance); ++i) {
      const std::uint32_t key = i / mesh.vertex_count;
      const Vec3 p =
          transform_point(scene.place_at(instance, key), scene.positions_at(mesh, key)[i - key * mesh.vertex_count]);
      b.min = {std::min(b.min.x, p.x), std::min(b.min.y, p.y), std::min(b.min.z, p.z)};
      b.max = {std::max(b.max.x, p.x), std::max(b.max.y, p.y), std::max(b.max.z, p.z)};
    }
  }
  return b;
}

void expect_agreement(const Scene& scene, int rays) {
  const auto embree = EmbreeScene::build(scene, 2, {});
  ASSERT_TRUE(embree);
  const auto bvh = build_bvh(scene);
  ASSERT_TRUE(bvh);
  const EmbreeIntersector theirs((*embree)->handle(), (*embree)->geometries());
  const BvhIntersector ours{bvh->view()};
  RaySource source(bounds_of(scene), 5);
  Comparison result;
  int occlusion_differs = 0;
  for (int i = 0; i < rays / kRayScale; ++i) {
    Ray ray = source.next();
    ray.time = static_cast<float>(i % 64) / 64;  // for what moves
    const float scale = length(ray.origin) / std::max(length(ray.direction), 1e-20f);
    const Hit hit = ours.intersect_closest(ray);
    compare(ray, hit, theirs.intersect_closest(ray), scale, result);
    occlusion_differs += ours.occluded(ray) != is_hit(hit);
    Ray culling = ray;
    culling.culls = true;
    const Hit front = ours.intersect_closest(culling);
    compare(culling, front, theirs.intersect_closest(culling), scale, result);
    occlusion_differs += ours.occluded(culling) != is_hit(front);
    if (!is_hit(hit)) continue;
    ray.t_min = hit.t * 1.001f + 1e-4f * scale;  // on from there, as a path goes on behind what it passes
    compare(ray, ours.intersect_closest(ray), theirs.intersect_closest(ray), scale, result);
  }
  EXPECT_EQ(result.disagreements, 0);
  EXPECT_LE(result.edge_cases, result.rays / 2000 + 1);
  EXPECT_GT(result.hits, result.rays / 20);
  EXPECT_EQ(occlusion_differs, 0);
}

TEST(BvhAgainstEmbree, AgreesOnATriangleSoup) {
  std::mt19937 random(1);
  Scene scene;
  add_instance(scene, add_triangles(scene, triangle_soup(random, 20000, 0.1f)));
  expect_agreement(scene, 200000);
}

TEST(BvhAgainstEmbree, AgreesOnInstancesUnderAnyTransform) {
  std::mt19937 random(2);
  Scene scene;
  const std::uint32_t soup = add_triangles(scene, triangle_soup(random, 300, 0.4f));
  const std::uint32_t field = add_triangles(scene, height_field(20));
  for (int i = 0; i < 200; ++i) add_instance(scene, i % 2 ? soup : field, random_transform(random, 8));
  add_instance(scene, add_triangles(scene, height_field(30)), random_transform(random, 8));
  expect_agreement(scene, 200000);
}

/// Its vertices go straight ways of their own from key to key.
void add_deformation(std::mt19937& random, Scene& scene, std::uint32_t mesh, float reach) {
  Mesh& m = scene.meshes[mesh];
  m.first_motion = static_cast<std::uint32_t>(scene.motion_positions.size());
  std::uniform_real_distribution<float> by(-reach, reach);
  for (std::uint32_t i = 0; i < m.vertex_count * scene.motion_keys; ++i) {
    const Vec3 p = scene.positions[m.first_vertex + i % m.vertex_count];
    scene.motion_positions.push_back(p + Vec3{by(random), by(random), by(random)});
  }
}

/// The last instance takes `reach` to either side, growing and shrinking on the way, from key to key.
void add_way(std::mt19937& random, Scene& scene, float reach) {
  Instance& instance = scene.instances.back();
  instance.first_motion = static_cast<std::uint32_t>(scene.motion_transforms.size());
  std::uniform_real_distribution<float> by(-reach, reach), size(0.7f, 1.4f);
  for (std::uint32_t key = 0; key < scene.motion_keys; ++key) {
    Affine m = instance.world_from_object;
    m.x *= size(random), m.y *= size(random);
    m.t += Vec3{by(random), by(random), by(random)};
    scene.motion_transforms.push_back(m);
  }
}

TEST(BvhAgainstEmbree, AgreesOnWhatMoves) {
  std::mt19937 random(3);
  Scene scene;
  scene.motion_keys = 5;
  const std::uint32_t soup = add_triangles(scene, triangle_soup(random, 300, 0.4f));
  for (int i = 0; i < 60; ++i) {
    add_instance(scene, soup, random_transform(random, 6));
    if (i % 2 == 0) add_way(random, scene, 2);
  }
  add_instance(scene, add_triangles(scene, height_field(20)), random_transform(random, 6));  // placed once
  add_way(random, scene, 2);
  expect_agreement(scene, 100000);
}

TEST(BvhAgainstEmbree, AgreesOnWhatDeforms) {
  std::mt19937 random(4);
  Scene scene;
  scene.motion_keys = 3;
  for (const bool is_shared : {false, true}) {
    const std::uint32_t field = add_triangles(scene, height_field(20));
    add_deformation(random, scene, field, 0.05f);
    for (int i = 0; i < (is_shared ? 12 : 1); ++i) {
      add_instance(scene, field, random_transform(random, 4));
      if (i % 3 == 1) add_way(random, scene, 1);
    }
  }
  const std::uint32_t still = add_triangles(scene, triangle_soup(random, 200, 0.4f));
  add_instance(scene, still);
  expect_agreement(scene, 100000);
}

/// At some keys it is flattened: in between there are times at which nothing of it is there.
TEST(BvhAgainstEmbree, FindsNoWayIntoAnInstanceThatIsFlattened) {
  Scene scene;
  scene.motion_keys = 2;
  add_instance(scene, add_triangles(scene, height_field(4)));
  scene.instances[0].first_motion = 0;
  scene.motion_transforms = {scene.instances[0].world_from_object, scene.instances[0].world_from_object};
  scene.motion_transforms[1].x *= -1;  // half way there is no width
  const auto bvh = build_bvh(scene);
  ASSERT_TRUE(bvh);
  Ray ray;
  ray.origin = {0, 1, 0.1f}, ray.direction = {0, -1, 0};
  for (const float time : {0.0f, 0.25f, 0.5f, 0.75f}) {
    ray.time = time;
    EXPECT_EQ(is_hit(BvhIntersector{bvh->view()}.intersect_closest(ray)), time != 0.5f) << time;
  }
}

/// Embree cleans up after itself, and the renderer is as good as new.
TEST(CpuRenderer, StopsPreparingWhenAskedToAndPreparesAgain) {
  const auto scene = *make_sample("terrain");
  const FrameSettings frame = frame_of(*scene, 16, 16, 1);
  const auto renderer = make_cpu_renderer(2);
  int stopped = 0;
  for (int delay_us = 50; delay_us < 200'000; delay_us *= 4) {  // wherever in the build the stop comes
    std::stop_source stop;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(delay_us));
      stop.request_stop();
    });
    const auto prepared = renderer->prepare(scene, stop.get_token());
    if (prepared) break;
    ++stopped;
    EXPECT_EQ(prepared.error().code, ErrorCode::cancelled) << prepared.error().message;
  }
  EXPECT_GT(stopped, 0);
  const auto picture_of = [&](Renderer& by) -> LinearImage {
    const auto prepared = by.prepare(scene, {});
    EXPECT_TRUE(prepared && by.begin(*prepared, frame) && by.render({0, 16 * 16, 0, 1}, {}));
    return *by.read_accumulator();
  };
  const LinearImage after = picture_of(*renderer), fresh = picture_of(*make_cpu_renderer(2));
  EXPECT_EQ(share_of_differing_pixels(after, fresh), 0);
  EXPECT_GT(mean_of(after).x, 0);
}

class SampleScene : public testing::TestWithParam<std::string_view> {};

TEST_P(SampleScene, AgreesWithEmbree) {
  const auto scene = make_sample(GetParam());
  ASSERT_TRUE(scene) << scene.error().message;
  expect_agreement(**scene, 150000);
}

/// The same random numbers and other roundings: some paths take another turn, and their pixel then differs.
TEST_P(SampleScene, LooksTheSameThroughEmbree) {
  const auto scene = make_sample(GetParam());
  ASSERT_TRUE(scene) << scene.error().message;
  const FrameSettings frame = frame_of(**scene, 64, 48, 4);
  const auto renderer = make_cpu_renderer(0);
  const auto prepared = renderer->prepare(*scene, {});
  ASSERT_TRUE(prepared);
  ASSERT_TRUE(renderer->begin(*prepared, frame));
  ASSERT_TRUE(renderer->render({0, 64 * 48, 0, 4}, {}));
  const auto theirs = renderer->read_accumulator();
  ASSERT_TRUE(theirs);
  const LinearImage ours = reference_sums(**scene, frame);
  EXPECT_LT(share_of_differing_pixels(ours, *theirs), 0.05);
  EXPECT_GT(mean_of(ours).x, 0);
}

INSTANTIATE_TEST_SUITE_P(BvhAgainstEmbree, SampleScene, testing::ValuesIn(sample_names()), [](const auto& sample) {
  std::string name(sample.param);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace kiln::render
