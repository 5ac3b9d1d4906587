#include <algorithm>
#include <gtest/gtest.h>

#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

Material unlit(Vec3 color) {
  Material m;
  m.base_color = color;
  m.unlit = true;
  m.double_sided = true;
  return m;
}

Material see_through(AlphaMode mode, float alpha) {
  Material m = unlit({1, 0.5f, 0.25f});
  m.alpha_mode = mode;
  m.alpha = alpha;
  return m;
}

/// One square that fills the picture, before a transparent background.
Vec4 seen_before_nothing(const Material& material) {
  SceneBuilder builder;
  const auto scene = builder.square(builder.material(material)).build();
  FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.1f, 16, 256);
  s.background.kind = BackgroundKind::transparent;
  s.environment = constant_environment({1, 1, 1});
  return mean(picture(scene, s));
}

TEST(Alpha, BlendCoversByItsAlphaAndIsAssociated) {
  const Vec4 seen = seen_before_nothing(see_through(AlphaMode::blend, 0.3f));
  EXPECT_NEAR(seen.w, 0.3f, 0.01f);
  EXPECT_NEAR(seen.x, 0.3f, 0.01f);
  EXPECT_NEAR(seen.y, 0.15f, 0.005f);
}

TEST(Alpha, MaskIsAllOrNothing) {
  EXPECT_EQ(seen_before_nothing(see_through(AlphaMode::mask, 0.49f)).w, 0);
  EXPECT_EQ(seen_before_nothing(see_through(AlphaMode::mask, 0.5f)).w, 1);
}

TEST(Alpha, OpaqueIgnoresAlpha) { EXPECT_EQ(seen_before_nothing(see_through(AlphaMode::opaque, 0)).w, 1); }

TEST(Alpha, BlendedLayersCoverTogether) {
  SceneBuilder builder;
  const auto half = builder.material(see_through(AlphaMode::blend, 0.5f));
  const auto scene = builder.square(half).square(half, translation({0, -0.2f, 0})).build();
  FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.1f, 16, 256);
  s.background.kind = BackgroundKind::transparent;
  EXPECT_NEAR(mean(picture(scene, s)).w, 0.75f, 0.01f);
}

TEST(Alpha, ShadowsFadeAsTheBlockerDoes) {
  const auto lit_behind = [](float alpha) {
    SceneBuilder builder;
    Material blocker = matte({0, 0, 0});
    blocker.alpha_mode = AlphaMode::blend;
    blocker.alpha = alpha;
    PunctualLight light;
    light.position = {0.9f, 0.9f, 0};  // its rays to the patch cross the blocker, the camera's do not
    light.intensity = {1, 1, 1};
    const auto scene = builder.square(builder.material(matte({0.5f, 0.5f, 0.5f})))
                           .square(builder.material(blocker), translation({0.5f, 0.5f, 0}) * scaling(0.2f))
                           .light(light)
                           .build();
    FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.001f, 4, 64);
    s.max_depth = 1;
    return mean(picture(scene, s)).x;
  };
  const float open = lit_behind(0);
  EXPECT_GT(open, 0);
  EXPECT_NEAR(lit_behind(0.25f), 0.75f * open, 1e-4f * open);
  EXPECT_EQ(lit_behind(1), 0);
}

TEST(Background, TransparentHasNoCoverageAndNoLight) {
  SceneBuilder builder;
  const auto scene = builder.square(builder.material(unlit({1, 1, 1})), translation({0, 0, -100})).build();
  FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.1f, 4, 4);
  s.environment = constant_environment({1, 2, 3});
  s.background.kind = BackgroundKind::transparent;
  Vec4 seen = mean(picture(scene, s));
  EXPECT_EQ(seen.x, 0);
  EXPECT_EQ(seen.w, 0);
  s.background.kind = BackgroundKind::environment;
  seen = mean(picture(scene, s));
  EXPECT_EQ(seen.y, 2);
  EXPECT_EQ(seen.w, 1);
  s.background = {BackgroundKind::color, {0.5f, 0.25f, 0.125f}};
  seen = mean(picture(scene, s));
  EXPECT_EQ(seen.z, 0.125f);
  EXPECT_EQ(seen.w, 1);
}

TEST(Background, CoverageAtAnEdgeIsTheShareOfThePixel) {
  SceneBuilder builder;
  const auto scene = builder.square(builder.material(unlit({1, 1, 1})), translation({1, 0, 0})).build();
  FrameSettings s = looking({0, 1, 0}, {0, -1, 0}, 0.5f, 3, 1024);  // the edge runs through the middle column
  s.filter_width_px = 0.5f;                                         // so that the others do not see it
  s.background.kind = BackgroundKind::transparent;
  const LinearImage image = picture(scene, s);
  EXPECT_NEAR(image.pixels[3].w, 0, 1e-6f);
  EXPECT_NEAR(image.pixels[4].w, 0.5f, 0.01f);
  EXPECT_NEAR(image.pixels[5].w, 1, 1e-6f);
  EXPECT_NEAR(image.pixels[4].x, image.pixels[4].w, 1e-6f);
}

TEST(BackFaces, AreCulledForTheCameraOnly) {
  Material m = unlit({1, 1, 1});
  m.double_sided = false;
  SceneBuilder front, back;
  FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.1f, 4, 4);
  s.background.kind = BackgroundKind::transparent;
  EXPECT_EQ(mean(picture(front.square(front.material(m)).build(), s)).w, 1);
  EXPECT_EQ(mean(picture(back.square(back.material(m), upside_down()).build(), s)).w, 0);
}

TEST(BackFaces, OfAMirroringTransformAreWhereTheSpecificationPutsThem) {
  Material m = unlit({1, 1, 1});
  m.double_sided = false;
  Affine mirror;
  mirror.x = {-1, 0, 0};
  SceneBuilder builder;
  FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.1f, 4, 4);
  s.background.kind = BackgroundKind::transparent;
  EXPECT_EQ(mean(picture(builder.square(builder.material(m), mirror).build(), s)).w, 1);
}

/// Material `front` on one side and `back` on the other of the square y = 0, as single-sided faces in one place. A
/// shared mesh is one tree under two transforms; else each is in the world.
std::shared_ptr<const Scene> two_faced(Material front, Material back, bool shared, const Affine& place) {
  SceneBuilder builder;
  front.double_sided = back.double_sided = false;
  const std::uint32_t up = builder.material(front), down = builder.material(back);
  builder.square(up, place);
  if (shared) return builder.again(down, place * upside_down()).build();
  return builder.square(down, place * upside_down()).build();
}

/// A plane that is tilted, so that the two faces are rounded differently, perhaps mirrored, and on a slant to all axes.
Affine tilted(bool mirrored) {
  Affine m{{0.9f, 0.3f, -0.1f}, {-0.2f, 0.8f, 0.3f}, {0.15f, -0.25f, 0.95f}, {0.03f, -0.02f, 0.01f}};
  if (mirrored) m.x = -m.x;
  return m;
}

void expect_everywhere(const LinearImage& image, Vec3 color) {
  const auto differs = [&](const Vec4& pixel) { return !(xyz(pixel) == color) || pixel.w != 1; };
  EXPECT_EQ(std::ranges::count_if(image.pixels, differs), 0);
}

TEST(BackFaces, OfTwoCoincidentFacesTheOneThatFacesTheCameraIsSeen) {
  for (const int kind : {0, 1, 2, 3}) {
    SCOPED_TRACE(kind);
    const auto scene = two_faced(unlit({1, 0, 0}), unlit({0, 1, 0}), kind & 1, tilted(kind & 2));
    FrameSettings s = looking({0.05f, 1, 0.03f}, {-0.05f, -1, 0.02f}, 0.3f, 64, 4);
    s.background.kind = BackgroundKind::transparent;
    expect_everywhere(picture(scene, s), {1, 0, 0});
    s = looking({0.05f, -1, 0.03f}, {-0.05f, 1, 0.02f}, 0.3f, 64, 4);
    s.background.kind = BackgroundKind::transparent;
    expect_everywhere(picture(scene, s), {0, 1, 0});
  }
}

TEST(BackFaces, AreCulledBehindABlendedSurfaceToo) {
  SceneBuilder builder;
  Material single = unlit({1, 1, 1});
  single.double_sided = false;
  const auto scene = builder.square(builder.material(see_through(AlphaMode::blend, 0)), translation({0, 0.2f, 0}))
                         .square(builder.material(single), upside_down())
                         .build();
  FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.1f, 4, 4);
  s.background.kind = BackgroundKind::transparent;
  EXPECT_EQ(mean(picture(scene, s)).w, 0);
}

TEST(BackFaces, OfASharedMeshFollowTheMaterialAndTransformOfEachUse) {
  Material single = unlit({1, 1, 1});
  single.double_sided = false;
  Affine mirror;
  mirror.y = {0, -1, 0};  // the front of a square looks down, clockwise
  const auto coverage = [&](const Material& m, const Affine& place) {
    SceneBuilder builder;
    const std::uint32_t material = builder.material(m);
    builder.square(material, translation({50, 0, 0})).again(material, place);
    FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.1f, 4, 4);
    s.background.kind = BackgroundKind::transparent;
    return mean(picture(builder.build(), s)).w;
  };
  EXPECT_EQ(coverage(single, {}), 1);
  EXPECT_EQ(coverage(single, upside_down()), 0);
  EXPECT_EQ(coverage(single, mirror), 0);
  EXPECT_EQ(coverage(single, mirror * upside_down()), 1);
  EXPECT_EQ(coverage(unlit({1, 1, 1}), upside_down()), 1);
}

TEST(BackFaces, OfALampAreInvisible) {
  Material lamp = glowing({5, 5, 5});
  lamp.double_sided = false;
  SceneBuilder builder;
  FrameSettings s = looking({0, 0.5f, 0}, {0, -1, 0}, 0.1f, 4, 4);
  s.background.kind = BackgroundKind::transparent;
  const Vec4 seen = mean(picture(builder.square(builder.material(lamp), upside_down()).build(), s));
  EXPECT_EQ(seen.x, 0);
  EXPECT_EQ(seen.w, 0);
}

TEST(Unlit, ShowsItsBaseColourWhateverTheLight) {
  const Vec4 seen = seen_before_nothing(unlit({0.9f, 0.5f, 0.1f}));
  EXPECT_NEAR(seen.x, 0.9f, 1e-5f);
  EXPECT_NEAR(seen.z, 0.1f, 1e-5f);
}

}  // namespace
}  // namespace kiln::render
