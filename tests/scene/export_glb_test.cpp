#include "scene/export_glb.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "base/files.h"
#include "scene/load_gltf.h"
#include "scene/samples.h"
#include "tests/store/temp_folder.h"

namespace kiln::scene {
namespace {

/// What the loader makes of the exported file.
std::shared_ptr<const Scene> read_back(const Scene& scene) {
  const auto file = export_glb(scene);
  EXPECT_TRUE(file) << file.error().message;
  const kiln::test::TempFolder folder;
  EXPECT_TRUE(write_file_atomically(folder.path() / "a.glb", *file));
  const auto loaded = load_gltf(folder.path() / "a.glb");
  EXPECT_TRUE(loaded) << loaded.error().message;
  return *loaded;
}

void expect_near(Vec3 a, Vec3 b) {
  EXPECT_NEAR(a.x, b.x, 1e-5f);
  EXPECT_NEAR(a.y, b.y, 1e-5f);
  EXPECT_NEAR(a.z, b.z, 1e-5f);
}

TEST(ExportGlb, GivesBackTheInstancesWithTheirMaterials) {
  const auto scene = *make_sample("instances");
  const auto loaded = read_back(*scene);
  ASSERT_EQ(loaded->instances.size(), scene->instances.size());
  EXPECT_EQ(loaded->positions.size(), scene->positions.size()) << "materials share the vertices";
  expect_near(loaded->bounds.min, scene->bounds.min);
  expect_near(loaded->bounds.max, scene->bounds.max);
  for (std::size_t i = 0; i < scene->instances.size(); i += 997) {
    const Instance &a = scene->instances[i], &b = loaded->instances[i];
    expect_near(transform_point(b.world_from_object, {1, 2, 3}), transform_point(a.world_from_object, {1, 2, 3}));
    const Material &m = scene->materials[a.material], &n = loaded->materials[b.material];
    expect_near(n.base_color, m.base_color);
    EXPECT_EQ(n.metallic, m.metallic);
    EXPECT_FLOAT_EQ(n.roughness, m.roughness);
  }
}

TEST(ExportGlb, GivesBackLampsAndCamera) {
  const auto scene = *make_sample("cornell-box");
  const auto loaded = read_back(*scene);
  ASSERT_EQ(loaded->triangle_lights.size(), scene->triangle_lights.size());
  const auto lamp = [](const Scene& s) { return s.materials[s.instances[s.triangle_lights[0].instance].material]; };
  expect_near(lamp(*loaded).emission, lamp(*scene).emission);
  ASSERT_EQ(loaded->cameras.size(), 1u);
  const Camera &a = scene->cameras[0].camera, &b = loaded->cameras[0].camera;
  expect_near(b.eye, a.eye);
  expect_near(b.forward, a.forward);
  EXPECT_NEAR(b.half_height, a.half_height, 1e-5f);
}

TEST(ExportGlb, GivesBackPunctualLights) {
  Scene scene = **make_sample("cornell-box");
  const float cos_30 = std::sqrt(0.75f);
  scene.punctual_lights = {{.position = {1, 2, 3}, .intensity = {2, 4, 8}, .range = 5},
                           {.direction = {0, -1, 0}, .intensity = {1, 1, 1}, .kind = PunctualKind::directional},
                           {.position = {4, 5, 6},
                            .direction = normalize(Vec3{1, -1, 0}),
                            .intensity = {3, 3, 3},
                            .cos_inner = cos_30,
                            .cos_outer = 0.5f,
                            .kind = PunctualKind::spot}};
  const auto loaded = read_back(scene);
  ASSERT_EQ(loaded->punctual_lights.size(), 3u);
  const auto of_kind = [&](PunctualKind kind) {
    return *std::ranges::find(loaded->punctual_lights, kind, &PunctualLight::kind);
  };
  const PunctualLight point = of_kind(PunctualKind::point), sun = of_kind(PunctualKind::directional),
                      spot = of_kind(PunctualKind::spot);
  expect_near(point.position, {1, 2, 3});
  expect_near(point.intensity, {2, 4, 8});
  EXPECT_FLOAT_EQ(point.range, 5);
  expect_near(sun.direction, {0, -1, 0});
  expect_near(spot.position, {4, 5, 6});
  expect_near(spot.direction, normalize(Vec3{1, -1, 0}));
  EXPECT_NEAR(spot.cos_inner, cos_30, 1e-5f);
  EXPECT_NEAR(spot.cos_outer, 0.5f, 1e-5f);
}

TEST(ExportGlb, RefusesWhatItDoesNotWrite) {
  EXPECT_FALSE(export_glb(**make_sample("terrain"))) << "textures";
  Scene scene = **make_sample("cornell-box");
  scene.material_layers.emplace_back();
  EXPECT_FALSE(export_glb(scene));
}

}  // namespace
}  // namespace kiln::scene
