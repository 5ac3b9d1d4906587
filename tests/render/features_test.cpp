// What camera rays meet, through the CPU renderer.
#include <cstring>
#include <gtest/gtest.h>
#include <numeric>

#include "render/cpu_renderer.h"
#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

std::vector<PixelFeatures> features_of(const std::shared_ptr<const Scene>& scene, const FrameSettings& settings,
                                       unsigned threads = 2, std::uint32_t first_pixel = 0) {
  const auto renderer = make_cpu_renderer(threads);
  const auto prepared = renderer->prepare(scene, {});
  EXPECT_TRUE(prepared);
  EXPECT_TRUE(renderer->begin(*prepared, settings));
  std::vector<PixelFeatures> features(settings.width * settings.height - first_pixel);
  EXPECT_TRUE(renderer->render_features(first_pixel, settings.samples_per_pixel, features, {}));
  return features;
}

float sum_of(const SeenId* seen) {
  return std::accumulate(seen, seen + kSeenIds, 0.0f, [](float sum, const SeenId& s) { return sum + s.coverage; });
}

/// A square with its edge through the middle of the picture: rows of pixels show it, half of it, and nothing.
struct HalfPicture {
  HalfPicture() {
    const auto red = builder.material(matte({0.8f, 0.2f, 0.1f}));
    scene = builder.square(red, translation({0, 0, -1})).build();
    settings = looking({0, 2, 0}, {0, -1, 0}, 0.1f, 9, 256);  // up is -z
  }
  SceneBuilder builder;
  std::shared_ptr<const Scene> scene;
  FrameSettings settings;
};

TEST(Features, AreThoseOfTheSurface) {
  const HalfPicture half;
  const PixelFeatures f = features_of(half.scene, half.settings)[4];
  EXPECT_NEAR(f.albedo.x, 0.8f, 1e-3f);
  EXPECT_NEAR(f.albedo.y, 0.2f, 1e-3f);
  EXPECT_NEAR(f.albedo.z, 0.1f, 1e-3f);
  EXPECT_NEAR(f.normal.y, 1, 1e-4f);
  EXPECT_NEAR(f.coverage, 1, 1e-4f);
  EXPECT_NEAR(f.depth_m, 2, 1e-4f);
  EXPECT_NEAR(f.position.y, 0, 1e-5f);
  EXPECT_NEAR(f.position.z, -0.178f, 0.05f);
  EXPECT_EQ(f.objects[0].id, 0u);
  EXPECT_NEAR(f.objects[0].coverage, 1, 1e-4f);
}

TEST(Features, OfAPixelThatIsHalfCoveredCountHalf) {
  const HalfPicture half;
  const PixelFeatures f = features_of(half.scene, half.settings)[4 * 9 + 4];
  EXPECT_NEAR(f.coverage, 0.5f, 0.02f);
  EXPECT_NEAR(f.albedo.x, 0.4f, 0.02f);
  EXPECT_NEAR(f.normal.y, 0.5f, 0.02f);
  EXPECT_NEAR(f.objects[0].coverage, 0.5f, 0.02f);
  EXPECT_NEAR(f.depth_m, 2, 1e-4f) << "of what is there, not mixed with what is not";
}

TEST(Features, OfAPixelThatShowsNothingAreNothing) {
  const HalfPicture half;
  const PixelFeatures f = features_of(half.scene, half.settings)[8 * 9 + 4];
  EXPECT_EQ(f.coverage, 0);
  EXPECT_EQ(f.depth_m, 1e10f);
  EXPECT_EQ(f.objects[0].id, kNone);
  EXPECT_EQ(f.materials[0].id, kNone);
  EXPECT_EQ(f.albedo, (Vec3{0, 0, 0}));
}

TEST(Features, CoverAsMuchAsThePicturesAlpha) {
  SceneBuilder builder;
  Material half = matte({0.5f, 0.5f, 0.5f});
  half.alpha_mode = AlphaMode::blend;
  half.alpha = 0.3f;
  const auto sheet = builder.material(half), solid = builder.material(matte({1, 1, 1}));
  const auto scene =
      builder.square(sheet, translation({0, 0.5f, 0}) * scaling(0.7f)).sphere(solid, scaling(0.4f)).build();
  FrameSettings settings = looking({0, 4, 0}, {0, -1, 0}, 0.25f, 12, 64);
  settings.background.kind = BackgroundKind::transparent;
  const auto features = features_of(scene, settings);
  const LinearImage rendered = picture(scene, settings);
  for (std::size_t i = 0; i < features.size(); ++i) {
    EXPECT_NEAR(features[i].coverage, rendered.pixels[i].w, 1e-4f) << i;
    EXPECT_NEAR(sum_of(features[i].objects), features[i].coverage, 1e-4f) << i;
    EXPECT_NEAR(sum_of(features[i].materials), features[i].coverage, 1e-4f) << i;
  }
}

TEST(Features, AnObjectSeenThroughABlendedOneHasTheRest) {
  SceneBuilder builder;
  Material glass = matte({0.5f, 0.5f, 0.5f});
  glass.alpha_mode = AlphaMode::blend;
  glass.alpha = 0.3f;
  const auto sheet = builder.material(glass), floor = builder.material(matte({1, 1, 1}));
  builder.square(sheet, translation({0, 0.5f, 0}));
  const auto first = builder.square(floor).build();
  auto scene = std::make_shared<Scene>(*first);
  scene->instances[1].object_id = 5;
  const PixelFeatures f = features_of(scene, looking({0, 2, 0}, {0, -1, 0}, 0.1f, 1, 1024))[0];
  for (const SeenId& seen : f.objects) {
    if (seen.id == 0) {
      EXPECT_NEAR(seen.coverage, 0.3f, 0.05f);
    }
    if (seen.id == 5) {
      EXPECT_NEAR(seen.coverage, 0.7f, 0.05f);
    }
  }
  EXPECT_NEAR(sum_of(f.objects), 1, 1e-3f);
}

TEST(Features, WhatReflectsAllHasAlbedoOne) {
  for (const float roughness : {0.1f, 0.5f, 1.0f}) {
    SceneBuilder builder;
    Material metal;
    metal.base_color = {1, 1, 1};
    metal.roughness = roughness;
    const auto scene = builder.sphere(builder.material(metal)).build();
    const PixelFeatures f = features_of(scene, looking({0, 0, 4}, {0, 0, -1}, 0.01f, 1, 16))[0];
    EXPECT_NEAR(f.albedo.x, 1, 0.02f) << roughness;
    EXPECT_NEAR(f.normal.z, 1, 0.02f);
  }
}

TEST(Features, DoNotDependOnThreadsAndBands) {
  const HalfPicture half;
  const auto one = features_of(half.scene, half.settings, 1), three = features_of(half.scene, half.settings, 3);
  EXPECT_EQ(std::memcmp(one.data(), three.data(), one.size() * sizeof(PixelFeatures)), 0);
  const auto from_30 = features_of(half.scene, half.settings, 2, 30);
  EXPECT_EQ(std::memcmp(one.data() + 30, from_30.data(), from_30.size() * sizeof(PixelFeatures)), 0);
}

TEST(Features, AreStoppedLikeAPass) {
  const HalfPicture half;
  const auto renderer = make_cpu_renderer(1);
  std::vector<PixelFeatures> out(1);
  EXPECT_EQ(renderer->render_features(0, 1, out, {}).error().code, ErrorCode::internal);
  const auto prepared = renderer->prepare(half.scene, {});
  ASSERT_TRUE(renderer->begin(*prepared, half.settings));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(renderer->render_features(0, 1, out, stop.get_token()).error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace kiln::render
