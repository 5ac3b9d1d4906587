// Textures that are seen smaller than they are: the level of detail, and pictures with it against pictures without.
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

#include "kernels/path.h"

#include "render/scene_view.h"
#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

constexpr std::uint32_t kBlack = 0xff000000u, kWhite = 0xffffffffu;

std::vector<std::uint32_t> checker(std::uint32_t side) {
  std::vector<std::uint32_t> texels;
  for (std::uint32_t i = 0; i < side * side; ++i) texels.push_back((i + i / side) % 2 == 0 ? kBlack : kWhite);
  return texels;
}

Texture square_texture(std::uint32_t side, bool srgb = true) {
  Texture t;
  t.width = t.height = side;
  t.srgb = srgb;
  return t;
}

/// Shows its texture as it is.
Material unlit(std::uint32_t texture) {
  Material m;
  m.unlit = true;
  m.base_color_texture.texture = texture;
  return m;
}

/// A square in the plane y = 0 that shows a texture; `size` is half its side.
std::shared_ptr<const Scene> textured_square(const Texture& texture, const std::vector<std::uint32_t>& texels,
                                             float size = 1, float repeat = 1) {
  SceneBuilder builder;
  Material m = unlit(builder.texture(texture, texels));
  m.base_color_texture.m00 = m.base_color_texture.m11 = repeat;
  return builder.square(builder.material(m), scaling(size)).build();
}

std::shared_ptr<const Scene> without_levels(const Scene& scene) {
  Scene plain = scene;
  for (Texture& t : plain.textures) t.level_count = 1;
  for (Material& m : plain.materials) m.has_levels = false;
  return std::make_shared<const Scene>(std::move(plain));
}

bool same_bytes(const LinearImage& a, const LinearImage& b) {
  return a.pixels.size() == b.pixels.size() &&
         std::memcmp(a.pixels.data(), b.pixels.data(), a.pixels.size() * sizeof(Vec4)) == 0;
}

/// The root mean square of the red values' differences.
double difference(const LinearImage& a, const LinearImage& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += square(a.pixels[i].x - b.pixels[i].x);
  return std::sqrt(sum / static_cast<double>(a.pixels.size()));
}

double variance(const LinearImage& image) {
  double sum = 0, squares = 0;
  for (const Vec4& p : image.pixels) sum += p.x, squares += square(p.x);
  const double n = static_cast<double>(image.pixels.size());
  return squares / n - square(static_cast<float>(sum / n));
}

/// Down from `height` at a square whose field of view is `half_size` metres to either side of the middle there.
FrameSettings from_above(float height, float half_size, std::uint32_t pixels, std::uint32_t samples) {
  return looking({0, height, 0}, {0, -1, 0}, half_size / height, pixels, samples);
}

/// The level of detail at which the first sample of a pixel sees the square, from the geometry alone.
float level_of_detail(const Scene& scene, const FrameSettings& settings, std::uint32_t pixel) {
  const SceneView view = make_scene_view(scene);
  const FrameView frame = make_frame_view(settings, scene);
  const PathState path = start_path(frame, pixel, 0);
  const float distance = -path.ray.origin.y / path.ray.direction.y;
  const Vec3 at = path.ray.origin + path.ray.direction * distance;
  const Affine& to_object = scene.instances[0].object_from_world;
  const Vec3 on_square = transform_point(to_object, at);  // its first triangle has the corner (-1, -1)
  const float u = (on_square.z + 1) / 2, v = (on_square.x + 1) / 2;
  SurfacePoint p = surface_point(view, 0, 0, u, v);
  p.footprint = cone_footprint(path.cone, distance, surface_geometry(view, p), path.ray.direction);
  return 0.5f * std::log2(texels_in_footprint(view, p, p.material->base_color_texture));
}

TEST(LevelOfDetail, OfAPlaneSeenStraightOnIsThatOfTexelsPerPixel) {
  const auto scene = textured_square(square_texture(256), checker(256));
  for (const float height : {0.5f, 3.0f, 40.0f}) {
    for (const auto projection : {Projection::perspective, Projection::orthographic}) {
      FrameSettings s = from_above(height, 0.9f, 16, 1);
      s.camera.projection = projection;
      if (projection == Projection::orthographic) s.camera.half_width = s.camera.half_height = 0.9f;
      const float texels_per_pixel = 256 * 0.9f / 16;
      for (const std::uint32_t pixel : {0u, 100u, 16 * 8 + 8u, 255u})
        EXPECT_NEAR(level_of_detail(*scene, s, pixel), std::log2(texels_per_pixel), 1e-3) << height << " " << pixel;
    }
  }
}

TEST(LevelOfDetail, CountsTheScaleOfTheInstanceAndThatOfTheSlot) {
  const FrameSettings s = from_above(3, 0.9f, 16, 1);
  const float plain = level_of_detail(*textured_square(square_texture(256), checker(256)), s, 100);
  EXPECT_NEAR(level_of_detail(*textured_square(square_texture(256), checker(256), 2), s, 100), plain - 1, 1e-3);
  EXPECT_NEAR(level_of_detail(*textured_square(square_texture(256), checker(256), 1, 8), s, 100), plain + 3, 1e-3);
}

TEST(LevelOfDetail, GrowsWithTheSlantByTheMeanOfBothAxesAndIsBounded) {
  const auto scene = textured_square(square_texture(256), checker(256), 1000);
  const auto seen_at = [&](float cosine) {
    FrameSettings s = looking({0, cosine, 0}, {0, -cosine, -std::sqrt(1 - cosine * cosine)}, 1e-3f, 1, 1);
    s.filter_width_px = 0.1f;
    return level_of_detail(*scene, s, 0);  // one metre away
  };
  EXPECT_NEAR(seen_at(0.5f), seen_at(0.99999f) + 0.5f, 0.01f);
  EXPECT_NEAR(seen_at(0.25f), seen_at(0.99999f) + 1.0f, 0.01f);
  EXPECT_NEAR(seen_at(0.005f), seen_at(0.01f), 0.01f);
}

TEST(RayCone, IsNarrowerForLaterSamplesDownToAnEighth) {
  Scene textured;
  textured.textures.emplace_back().level_count = 2;
  const FrameView frame = make_frame_view(from_above(1, 1, 16, 1), textured);
  const auto scale = [&](std::uint32_t sample) { return start_path(frame, 0, sample).cone.scale; };
  EXPECT_FLOAT_EQ(scale(0), 1);
  EXPECT_FLOAT_EQ(scale(3), 0.5f);
  EXPECT_FLOAT_EQ(scale(63), 0.125f);
  EXPECT_FLOAT_EQ(scale(64), 0.125f);
  EXPECT_FLOAT_EQ(scale(65536), 0.125f);
}

TEST(RayCone, IsWidenedByRoughnessAndNotByAMirror) {
  const auto spread_behind = [](float pdf) {
    RayCone cone{0.1f, 0.01f, 0.5f};
    scatter_cone(10, pdf, cone);
    EXPECT_FLOAT_EQ(cone.width_m, 0.2f);
    return cone.spread - 0.01f;
  };
  EXPECT_NEAR(spread_behind(1e12f), 0, 1e-5f);
  EXPECT_NEAR(spread_behind(1e4f), 0.5f * 2 / std::sqrt(kPi * 1e4f), 1e-6f);
  EXPECT_FLOAT_EQ(spread_behind(kInvPi), spread_behind(0.01f)) << "bounded";
  EXPECT_FLOAT_EQ(spread_behind(std::numeric_limits<float>::min()), spread_behind(0.01f));
}

/// A texture of 4 x 4 whose levels are 0, 0.2 and 0.4 in all channels.
struct ThreeLevels {
  ThreeLevels() {
    for (int i = 0; i < 16 + 4 + 1; ++i) texels.push_back(i < 16 ? 0 : i < 20 ? 0x33333333u : 0x66666666u);
    texture = square_texture(4, false);
    texture.first_coarse_texel = 16;
    texture.level_count = 3;
    view.texels = texels.data();
  }
  float at(float footprint) const { return sample_texture(view, texture, {0.4f, 0.6f}, footprint).x; }

  std::vector<std::uint32_t> texels;
  Texture texture;
  SceneView view;
};

TEST(TextureLevel, IsTheOneWhoseTexelsAreAsLargeAsTheFootprint) {
  ThreeLevels t;
  EXPECT_EQ(t.at(0), 0);
  EXPECT_EQ(t.at(3.99f), 0);
  EXPECT_FLOAT_EQ(t.at(4), 0.2f);
  EXPECT_FLOAT_EQ(t.at(15.9f), 0.2f);
  EXPECT_FLOAT_EQ(t.at(16), 0.4f);
  EXPECT_FLOAT_EQ(t.at(1e30f), 0.4f);
  EXPECT_FLOAT_EQ(t.at(std::numeric_limits<float>::infinity()), 0.4f);
  EXPECT_EQ(t.at(std::nanf("")), 0);
  t.texture.level_count = 1;
  EXPECT_EQ(t.at(1e30f), 0);
}

TEST(TextureLevel, BetweenTwoIsTakenByChance) {
  for (const float fraction : {0.0f, 0.25f, 0.5f, 0.9f}) {
    const auto built = textured_square(square_texture(64), std::vector<std::uint32_t>(64 * 64, kBlack), 8, 8);
    Scene scene = *built;
    const auto first = static_cast<std::ptrdiff_t>(scene.textures[0].first_coarse_texel);
    std::fill(scene.texels.begin() + first + 32 * 32, scene.texels.end(), kWhite);  // from level 2 on
    const float texels_per_pixel = std::exp2(1 + fraction);
    const FrameSettings s = from_above(10, texels_per_pixel, 64, 1);  // 32 texels a metre, 64 pixels
    EXPECT_NEAR(mean(picture(std::make_shared<const Scene>(scene), s)).x, 2 - std::exp2(1 - fraction), 0.05)
        << fraction;
  }
}

TEST(TextureFiltering, OfAFarCheckerLeavesItsMeanAtOneSample) {
  const auto scene = textured_square(square_texture(256), checker(256));
  const FrameSettings s = from_above(1, 0.8f, 16, 1);  // 12.8 texels a pixel
  const LinearImage filtered = picture(scene, s), plain = picture(without_levels(*scene), s);
  EXPECT_NEAR(mean(filtered).x, 0.5f, 0.005f) << "an sRGB code more or less";
  EXPECT_LT(variance(filtered), 1e-6);
  EXPECT_GT(variance(plain), 0.02) << "1/36 between texels";
}

TEST(TextureFiltering, IsNotSeenInMagnifiedTextures) {
  for (const Filter filter : {Filter::linear, Filter::nearest}) {
    Texture t = square_texture(8);
    t.filter = filter;
    const auto scene = textured_square(t, checker(8));
    const FrameSettings s = from_above(1, 0.9f, 32, 5);
    EXPECT_TRUE(same_bytes(picture(scene, s), picture(without_levels(*scene), s)));
  }
}

TEST(TextureFiltering, OfNearestTexelsIsThatOfLinearOnesFarAway) {
  Texture t = square_texture(256);
  t.filter = Filter::nearest;
  EXPECT_LT(variance(picture(textured_square(t, checker(256)), from_above(1, 0.8f, 16, 1))), 1e-6);
}

/// Vertical stripes one texel wide in one half, and an edge between black and white.
std::vector<std::uint32_t> fine_detail(std::uint32_t side) {
  std::vector<std::uint32_t> texels;
  for (std::uint32_t y = 0; y < side; ++y)
    for (std::uint32_t x = 0; x < side; ++x)
      texels.push_back((x < side / 2 ? x % 4 < 2 : y > side / 2) ? kWhite : kBlack);
  return texels;
}

TEST(TextureFiltering, IsSharpOnceThereAreManySamples) {
  const auto scene = textured_square(square_texture(32), fine_detail(32));
  for (const float texels_per_pixel : {1.0f, 2.0f}) {
    const std::uint32_t pixels = static_cast<std::uint32_t>(28 / texels_per_pixel);
    const auto seen = [&](const std::shared_ptr<const Scene>& of, std::uint32_t samples) {
      FrameSettings s = from_above(1, 28.0f / 32, pixels, samples);
      s.filter_width_px = 0.75f;
      return picture(of, s);
    };
    const LinearImage truth = seen(without_levels(*scene), 1024);
    const double unfiltered = difference(seen(without_levels(*scene), 64), truth);
    EXPECT_GT(variance(truth), 0.1) << "there is something to blur";
    EXPECT_LT(difference(seen(scene, 64), truth), 0.012 + unfiltered) << texels_per_pixel;
    EXPECT_LT(difference(seen(scene, 1024), truth), 0.004) << texels_per_pixel;
  }
}

TEST(TextureFiltering, KeepsTheCoverageOfWhatIsCutOut) {
  std::vector<std::uint32_t> texels;  // white grains, a sixteenth of the area, in clear green
  for (std::uint32_t i = 0; i < 256 * 256; ++i) texels.push_back(i % 4 == 0 && i / 256 % 4 == 0 ? kWhite : 0x0000ff00u);
  Texture t = square_texture(256);
  t.filter = Filter::nearest;
  SceneBuilder builder;
  Material m = unlit(builder.texture(t, texels));
  m.alpha_mode = AlphaMode::mask;
  const auto scene = builder.square(builder.material(m)).build();
  FrameSettings s = from_above(1, 0.8f, 16, 64);
  s.background.kind = BackgroundKind::transparent;
  const Vec4 seen = mean(picture(scene, s)), plain = mean(picture(without_levels(*scene), s));
  EXPECT_NEAR(seen.w, 1.0f / 16, 0.005f);
  EXPECT_EQ(seen.w, plain.w);
  EXPECT_NEAR(seen.x / seen.w, 1, 1e-4f) << "what is clear does not bleed";
}

TEST(TextureFiltering, LeavesTheLightOfTexturedLampsAlone) {
  SceneBuilder builder;
  Material lamp = glowing({3, 3, 3});
  lamp.emissive_texture.texture = builder.texture(square_texture(64), fine_detail(64));
  Material gloss = matte({0.8f, 0.8f, 0.8f});
  gloss.roughness = 0.3f, gloss.ior = 1.5f;
  const auto floor = builder.material(gloss), shining = builder.material(lamp);
  const auto scene = builder.square(floor, scaling(3)).square(shining, translation({0, 2, 0}) * upside_down()).build();
  ASSERT_TRUE(scene->materials[shining].has_levels);
  FrameSettings s = looking({0, 1, 0}, {0, -1, 0}, 1, 16, 9);
  s.max_depth = 1;
  EXPECT_TRUE(same_bytes(picture(scene, s), picture(without_levels(*scene), s)));
}

TEST(TextureFiltering, KeepsTheLightOfARoomWithTexturedWalls) {
  SceneBuilder builder;
  Material wall = matte({0.9f, 0.9f, 0.9f});
  wall.base_color_texture.texture = builder.texture(square_texture(256), checker(256));
  const auto walls = builder.material(wall);
  const auto scene = builder.square(walls, scaling(2)).square(walls, translation({0, 1, 0}) * upside_down()).build();
  FrameSettings s = looking({0, 0.5f, 1.5f}, {0, -0.2f, -1}, 0.7f, 24, 64);
  s.environment = constant_environment({1, 1, 1});
  const float plain = mean(picture(without_levels(*scene), s)).x;
  EXPECT_NEAR(mean(picture(scene, s)).x, plain, 0.01f * plain);
}

}  // namespace
}  // namespace kiln::render
