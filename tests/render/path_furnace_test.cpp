#include <gtest/gtest.h>

#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

/// Under a constant environment of radiance 1 a surface that reflects everything cannot be told from its background.
Vec4 seen_in_furnace(const Material& material, std::uint32_t samples = 256) {
  SceneBuilder builder;
  const auto scene = builder.sphere(builder.material(material)).build();
  FrameSettings settings = looking({0, 0, 4}, {0, 0, -1}, 0.3f, 16, samples);
  settings.environment = constant_environment({1, 1, 1});
  settings.background.kind = BackgroundKind::transparent;
  settings.max_depth = 64;
  const Vec4 seen = mean(picture(scene, settings));
  return seen * (1 / seen.w);  // of the sphere alone
}

constexpr float kNoise = 0.01f;

TEST(WhiteFurnace, NoMaterialGivesMoreThanItGets) {
  for (const float metallic : {0.0f, 0.5f, 1.0f}) {
    for (const float roughness : {0.0f, 0.25f, 0.5f, 1.0f}) {
      Material m;
      m.metallic = metallic;
      m.roughness = roughness;
      const Vec4 seen = seen_in_furnace(m);
      EXPECT_LE(seen.x, 1 + kNoise) << "metallic " << metallic << ", roughness " << roughness;
      EXPECT_GE(seen.x, 0.98f) << "white: metallic " << metallic << ", roughness " << roughness;
    }
  }
}

TEST(WhiteFurnace, ColoursLoseWhatTheyAbsorb) {
  Material m;
  m.base_color = {0.5f, 0.25f, 0};
  m.metallic = 0;
  const Vec4 seen = seen_in_furnace(m);
  EXPECT_GT(seen.x, 0.45f);
  EXPECT_LT(seen.x, 0.6f);
  EXPECT_LT(seen.y, seen.x);
  EXPECT_GT(seen.z, 0.01f) << "the coat reflects even where the base is black";
}

/// A closed white box cannot be told from its lamp either: all bounces together sum up the geometric series.
TEST(WhiteFurnace, InterreflectionSumsTheSeries) {
  SceneBuilder builder;
  Material m = matte({0.5f, 0.5f, 0.5f});
  m.roughness = 1;
  m.emission = {1, 1, 1};
  m.double_sided = true;
  const auto scene = builder.sphere(builder.material(m)).build();
  FrameSettings settings = looking({0, 0, 0}, {0, 0, -1}, 1, 16, 256);
  settings.max_depth = 64;
  const float seen = mean(picture(scene, settings)).x;
  EXPECT_GT(seen, 1.95f);  // 1 / (1 - albedo), the albedo of the matte material being a little over one half
  EXPECT_LT(seen, 2.15f);
}

TEST(WhiteFurnace, SmoothNormalsOnCoarseTrianglesMakeNoBlackSpotsAndNoLight) {
  SceneBuilder builder;
  Material m;
  m.roughness = 0;
  const auto scene = builder.sphere(builder.material(m)).build();
  FrameSettings settings = looking({0, 0, 4}, {0, 0, -1}, 0.3f, 32, 64);
  settings.environment = constant_environment({1, 1, 1});
  for (const Vec4& pixel : picture(scene, settings).pixels) {
    EXPECT_GT(pixel.x, 0.8f);
    EXPECT_LT(pixel.x, 1.05f);
  }
}

}  // namespace
}  // namespace kiln::render
