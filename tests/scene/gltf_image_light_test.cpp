#include <cmath>
#include <functional>
#include <gmock/gmock.h>

#include "kernels/environment.h"

#include "glb_builder.h"
#include "image/encode.h"

namespace kiln::scene::test {
namespace {

constexpr const char* kExtension = "EXT_lights_image_based";
constexpr std::uint32_t kSide = 8;

/// A face of a colour, straight alpha, whose upper right quarter is white. A divisor below 1 makes it RGBD.
std::vector<std::byte> face_png(Vec3 color, float divisor) {
  LinearImage image{kSide, kSide, {}};
  for (std::uint32_t y = 0; y < kSide; ++y)
    for (std::uint32_t x = 0; x < kSide; ++x) {
      const Vec3 c = x >= kSide / 2 && y < kSide / 2 ? Vec3{1, 1, 1} : color;
      image.pixels.push_back({c.x * divisor, c.y * divisor, c.z * divisor, divisor});
    }
  EncodeSettings settings;
  settings.tone_mapping = ToneMapping::none;
  settings.transparent = divisor < 1;
  return *encode(image, settings, {});
}

/// Six faces of different colours; +X is red, -X dark red and so on.
const Vec3 kColors[] = {{1, 0, 0}, {0.25f, 0, 0}, {0, 1, 0}, {0, 0.25f, 0}, {0, 0, 1}, {0, 0, 0.25f}};

GlbBuilder lit(Json light = Json::object(), float divisor = 1) {
  GlbBuilder b;
  b.json["extensionsUsed"] = b.json["extensionsRequired"] = {kExtension};
  Json faces = Json::array();
  for (const Vec3 color : kColors)
    faces.push_back(b.add("images", {{"bufferView", b.view(face_png(color, divisor))}, {"mimeType", "image/png"}}));
  light["specularImages"] = Json::array({faces});
  light["specularImageSize"] = kSide;
  light["irradianceCoefficients"] = Json(9, Json{0, 0, 0});
  b.json["extensions"][kExtension]["lights"] = Json::array({light});
  b.json["scenes"] = {{{"nodes", {b.triangle()}}, {"extensions", {{kExtension, {{"light", 0}}}}}}};
  return b;
}

std::shared_ptr<const EnvironmentImage> light_of(const GlbBuilder& b) {
  const auto scene = load(b, LoadOptions{});
  if (!scene) throw std::runtime_error(scene.error().message);
  return scene->environment;
}

Vec3 radiance(const EnvironmentImage& image, Vec3 direction) {
  EnvironmentView view;
  view.pixels = image.pixels.data();
  view.width = image.width, view.height = image.height;
  return environment_radiance_at(view, environment_point(view, normalize(direction)));
}

void expect_near(Vec3 a, Vec3 b, float tolerance = 0.01f) {
  EXPECT_NEAR(a.x, b.x, tolerance);
  EXPECT_NEAR(a.y, b.y, tolerance);
  EXPECT_NEAR(a.z, b.z, tolerance);
}

TEST(ImageLight, IsAnEnvironmentOfAsFinePixels) {
  const auto image = light_of(lit());
  ASSERT_TRUE(image);
  EXPECT_EQ(image->width, 4 * kSide);
  EXPECT_EQ(image->height, 2 * kSide);
  EXPECT_EQ(image->cumulative.size(), image->height + image->pixels.size());
}

/// Seen from inside, +Y up: each face is upright, its right hand side on the right.
TEST(ImageLight, HasItsFacesWhereTheirAxesPoint) {
  const auto image = light_of(lit());
  const Vec3 axes[] = {{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}};
  const Vec3 up[] = {{0, 1, 0}, {0, 1, 0}, {0, 0, -1}, {0, 0, 1}, {0, 1, 0}, {0, 1, 0}};
  for (std::size_t i = 0; i < 6; ++i) {
    const Vec3 right = cross(axes[i], up[i]);
    expect_near(radiance(*image, axes[i] + (right + up[i]) * 0.5f), {1, 1, 1});
    expect_near(radiance(*image, axes[i] + (right - up[i]) * 0.5f), kColors[i]);
    expect_near(radiance(*image, axes[i] - (right + up[i]) * 0.5f), kColors[i]);
    expect_near(radiance(*image, axes[i] - (right - up[i]) * 0.5f), kColors[i]);
  }
}

TEST(ImageLight, IsTurnedAndScaled) {
  // A quarter turn about +Y carries +Z to +X.
  const auto image = light_of(lit({{"rotation", {0, 0.70710678, 0, 0.70710678}}, {"intensity", 3}}));
  expect_near(radiance(*image, {1, -0.5f, 0.5f}), kColors[4] * 3, 0.03f);
}

TEST(ImageLight, DividesColoursByAlpha) {
  const auto image = light_of(lit({}, 0.25f));
  expect_near(radiance(*image, {-1, -0.5f, 0.5f}), kColors[1] * (1 / 0.25f), 0.03f);
}

TEST(ImageLight, IsThatOfTheSceneThatIsShown) {
  GlbBuilder b = lit();
  b.json["scenes"].push_back({{"nodes", {0}}});
  b.json["scene"] = 1;
  EXPECT_FALSE(light_of(b));
}

TEST(ImageLight, OfTheSameFileIsNotDecodedAgain) {
  const GlbBuilder b = lit();
  const auto first = load(b, LoadOptions{});
  ASSERT_TRUE(first);
  const auto second = load(b, LoadOptions{}, {}, &*first);
  ASSERT_TRUE(second);
  EXPECT_EQ(first->environment, second->environment);
}

TEST(ImageLight, IsRefusedByItsPlaceWhereItIsWrong) {
  const std::string place = "/extensions/EXT_lights_image_based/lights/0";
  const auto refused = [](const std::function<void(Json & document, Json & light)>& break_it) {
    GlbBuilder b = lit();
    break_it(b.json, b.json["extensions"][kExtension]["lights"][0]);
    const auto scene = load(b);
    return scene ? "loaded" : scene.error().pointer;
  };
  EXPECT_EQ(refused([](Json&, Json&) {}), "loaded");
  EXPECT_EQ(refused([](Json&, Json& l) { l.erase("specularImages"); }), place + "/specularImages");
  EXPECT_EQ(refused([](Json&, Json& l) { l["specularImages"][0].erase(5); }), place + "/specularImages/0");
  EXPECT_EQ(refused([](Json&, Json& l) { l["specularImages"][0][3] = 9; }), place + "/specularImages/0/3");
  EXPECT_EQ(refused([](Json&, Json& l) { l["rotation"] = {1, 1, 1, 1}; }), place + "/rotation");
  EXPECT_EQ(refused([](Json&, Json& l) { l["intensity"] = -1; }), place + "/intensity");
  EXPECT_EQ(refused([](Json& d, Json&) { d["scenes"][0]["extensions"][kExtension]["light"] = 1; }),
            "/scenes/0/extensions/EXT_lights_image_based/light");
}

}  // namespace
}  // namespace kiln::scene::test
