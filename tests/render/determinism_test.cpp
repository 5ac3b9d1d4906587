#include <cstring>
#include <gtest/gtest.h>
#include <thread>

#include "kernels/rng.h"

#include "render/cpu_renderer.h"
#include "render/render_frame.h"
#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

/// A bit of everything: gloss, a lamp, a blended sheet, an instanced sphere, a fine texture, an environment.
std::shared_ptr<const Scene> varied_scene() {
  SceneBuilder builder;
  Material gloss, sheet = matte({0.9f, 0.2f, 0.2f});
  gloss.roughness = 0.3f;
  sheet.alpha_mode = AlphaMode::blend;
  sheet.alpha = 0.5f;
  Material fine = matte({0.6f, 0.6f, 0.6f});
  std::vector<std::uint32_t> texels;
  for (std::uint32_t i = 0; i < 128 * 128; ++i) texels.push_back(hash_u32(i));
  Texture texture;
  texture.width = texture.height = 128;
  fine.base_color_texture.texture = builder.texture(texture, texels);
  const auto shiny = builder.material(gloss), red = builder.material(sheet);
  const auto grey = builder.material(fine), lamp = builder.material(glowing({4, 4, 4}));
  return builder.square(grey, translation({0, -1, 0}) * scaling(4))
      .square(lamp, translation({0, 3, 0}))
      .square(red, translation({0, 1.5f, 0}))
      .sphere(shiny, translation({-1, 0, 0}))
      .again(grey, translation({1.5f, 0, 0}) * scaling(0.7f))
      .build();
}

FrameSettings varied_frame() {
  FrameSettings s = looking({0, 1, 6}, {0, -0.1f, -1}, 0.5f, 32, 13);
  s.environment = studio_environment();
  s.seed = 42;
  return s;
}

bool same_bytes(const LinearImage& a, const LinearImage& b) {
  return a.pixels.size() == b.pixels.size() &&
         std::memcmp(a.pixels.data(), b.pixels.data(), a.pixels.size() * sizeof(Vec4)) == 0;
}

TEST(Determinism, AnyNumberOfThreadsGivesTheSameBytes) {
  const auto scene = varied_scene();
  const LinearImage one = picture(scene, varied_frame(), 1);
  EXPECT_TRUE(same_bytes(one, picture(scene, varied_frame(), 1)));
  EXPECT_TRUE(same_bytes(one, picture(scene, varied_frame(), 2)));
  EXPECT_TRUE(same_bytes(one, picture(scene, varied_frame(), 3)));
}

TEST(Determinism, AnotherSeedGivesAnotherPicture) {
  FrameSettings other = varied_frame();
  other.seed = 43;
  EXPECT_FALSE(same_bytes(picture(varied_scene(), varied_frame()), picture(varied_scene(), other)));
}

LinearImage rendered_in(const std::vector<Pass>& passes) {
  const auto renderer = make_cpu_renderer(2);
  const auto prepared = renderer->prepare(varied_scene(), {});
  EXPECT_TRUE(prepared.has_value());
  EXPECT_TRUE(renderer->begin(*prepared, varied_frame()).has_value());
  for (const Pass& pass : passes) EXPECT_TRUE(renderer->render(pass, {}).has_value());
  return *renderer->read_accumulator();
}

TEST(Determinism, AnySplitIntoPassesGivesTheSameBytes) {
  const LinearImage whole = rendered_in({{0, 1024, 0, 13}});
  EXPECT_TRUE(same_bytes(whole, rendered_in({{0, 1024, 0, 1}, {0, 1024, 1, 12}})));
  EXPECT_TRUE(same_bytes(whole, rendered_in({{500, 524, 0, 13}, {0, 500, 0, 6}, {0, 499, 6, 7}, {499, 1, 6, 7}})));
}

TEST(CpuRenderer, RendersTheChosenPixelsOnlyUntilTheNextFrame) {
  const LinearImage whole = rendered_in({{0, 1024, 0, 13}}), some = rendered_in({{0, 1024, 0, 4}});
  const auto renderer = make_cpu_renderer(2);
  const auto prepared = renderer->prepare(varied_scene(), {});
  ASSERT_TRUE(prepared.has_value());
  ASSERT_TRUE(renderer->begin(*prepared, varied_frame()).has_value());
  ASSERT_TRUE(renderer->render({0, 1024, 0, 4}, {}).has_value());
  ASSERT_TRUE(renderer->choose_pixels({3, 400, 401, 1023}).has_value());
  ASSERT_TRUE(renderer->render({1, 3, 4, 9}, {}).has_value());
  ASSERT_TRUE(renderer->render({0, 1, 4, 9}, {}).has_value());
  const auto chosen = renderer->read_accumulator();
  ASSERT_TRUE(chosen.has_value());
  for (const std::size_t pixel : {3, 400, 401, 1023, 0, 402}) {
    const LinearImage& expected = pixel == 0 || pixel == 402 ? some : whole;
    EXPECT_EQ(std::memcmp(&chosen->pixels[pixel], &expected.pixels[pixel], sizeof(Vec4)), 0) << pixel;
  }
  ASSERT_TRUE(renderer->begin(*prepared, varied_frame()).has_value());
  ASSERT_TRUE(renderer->render({0, 1024, 0, 13}, {}).has_value());
  EXPECT_TRUE(same_bytes(*renderer->read_accumulator(), whole));
}

TEST(Determinism, ARestoredAccumulatorGivesTheSameBytes) {
  const LinearImage whole = rendered_in({{0, 1024, 0, 13}});
  const LinearImage part = rendered_in({{0, 1024, 0, 5}, {0, 300, 5, 8}});
  const auto renderer = make_cpu_renderer(1);
  const auto prepared = renderer->prepare(varied_scene(), {});
  ASSERT_TRUE(prepared.has_value());
  ASSERT_TRUE(renderer->begin(*prepared, varied_frame()).has_value());
  ASSERT_TRUE(renderer->restore(part).has_value());
  ASSERT_TRUE(renderer->render({300, 724, 5, 8}, {}).has_value());
  EXPECT_TRUE(same_bytes(whole, *renderer->read_accumulator()));
}

TEST(Determinism, ScenesThatArePreparedAndDroppedBesideAFrameDoNotTouchIt) {
  const LinearImage alone = rendered_in({{0, 1024, 0, 13}});
  const auto renderer = make_cpu_renderer(2);
  const auto prepared = renderer->prepare(varied_scene(), {});
  ASSERT_TRUE(prepared.has_value());
  EXPECT_GT((*prepared)->bytes(), 1000u);
  ASSERT_TRUE(renderer->begin(*prepared, varied_frame()).has_value());
  std::jthread beside([&] {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(renderer->prepare(varied_scene(), {}).has_value());
  });
  for (std::uint32_t s = 0; s < 13; ++s) ASSERT_TRUE(renderer->render({0, 1024, s, 1}, {}).has_value());
  EXPECT_TRUE(same_bytes(alone, *renderer->read_accumulator()));
}

TEST(CpuRenderer, RefusesStepsWithoutTheirPredecessor) {
  const auto renderer = make_cpu_renderer(1);
  EXPECT_EQ(renderer->begin(nullptr, varied_frame()).error().code, ErrorCode::internal);
  EXPECT_EQ(renderer->render({0, 1, 0, 1}, {}).error().code, ErrorCode::internal);
  const auto prepared = renderer->prepare(varied_scene(), {});
  ASSERT_TRUE(prepared.has_value());
  ASSERT_TRUE(renderer->begin(*prepared, varied_frame()).has_value());
  EXPECT_EQ(renderer->restore({4, 4, std::vector<Vec4>(16)}).error().code, ErrorCode::internal) << "another size";
  renderer->end();
  EXPECT_EQ(renderer->read_accumulator().error().code, ErrorCode::internal);
}

TEST(Determinism, ARendererThatWasUsedBeforeGivesTheSameBytes) {
  const auto renderer = make_cpu_renderer(2);
  const auto prepared = renderer->prepare(varied_scene(), {});
  ASSERT_TRUE(prepared.has_value());
  const auto first = render_frame(*renderer, *prepared, varied_frame(), {}, {});
  const auto second = render_frame(*renderer, *prepared, varied_frame(), {}, {});
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(same_bytes(*first, *second));
}

}  // namespace
}  // namespace kiln::render
