// What camera and film do to whole pictures.
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

/// A lamp of radius 0.02 at the origin in the dark, seen from 4 m: 1.6 pixels in a field of 64.
constexpr float kLampRadius_m = 0.02f, kDistance_m = 4, kHalfSize = 0.1f;
constexpr std::uint32_t kPixels = 64;

FrameSettings at_lamp() { return looking({0, 0, kDistance_m}, {0, 0, -1}, kHalfSize, kPixels, 256); }

std::shared_ptr<const Scene> lamp() {
  SceneBuilder builder;
  return builder.sphere(builder.material(glowing({1, 1, 1})), scaling(kLampRadius_m)).build();
}

struct Spot {
  double light = 0;           ///< sum over the picture
  double mean_square_px = 0;  ///< of the distance from the picture's middle
};

Spot spot_of(const LinearImage& image) {
  Spot spot;
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    const double x = static_cast<double>(i % image.width) + 0.5 - image.width / 2.0;
    const double y = static_cast<double>(i / image.width) + 0.5 - image.height / 2.0;
    spot.light += image.pixels[i].x;
    spot.mean_square_px += image.pixels[i].x * (x * x + y * y);
  }
  spot.mean_square_px /= spot.light;
  return spot;
}

/// A lens of radius R that is focused at F shows a point at D as a disc of radius R |1/F - 1/D|, on a film at distance
/// one; the mean square of the distance from the middle of a disc is half its radius squared.
TEST(Lens, BlursWhatIsOutOfFocusByTheCircleOfConfusion) {
  const Spot sharp = spot_of(picture(lamp(), at_lamp()));
  for (const float focus_m : {2.0f, 12.0f}) {
    FrameSettings s = at_lamp();
    s.camera.lens_radius_m = 0.1f, s.camera.focus_distance_m = focus_m;
    const Spot blurred = spot_of(picture(lamp(), s));
    const double radius = 0.1 * std::abs(1 / focus_m - 1 / kDistance_m) / kHalfSize * kPixels / 2;
    EXPECT_NEAR(blurred.mean_square_px - sharp.mean_square_px, radius * radius / 2, 0.05 * radius * radius / 2);
    EXPECT_NEAR(blurred.light, sharp.light, 0.05 * sharp.light) << "it spreads the light, and loses none";
  }
}

TEST(Lens, LeavesWhatIsInFocusSharp) {
  FrameSettings s = at_lamp();
  const Spot sharp = spot_of(picture(lamp(), s));
  s.camera.lens_radius_m = 0.1f, s.camera.focus_distance_m = kDistance_m;
  EXPECT_NEAR(spot_of(picture(lamp(), s)).mean_square_px, sharp.mean_square_px, 0.05 * sharp.mean_square_px);
}

/// Filters that reach further than a pixel or two leave no trace of the grid of pixels.
TEST(PixelFilter, SpreadsALampByItsVariance) {
  constexpr double kUnit = 0.0767;  // the window's variance along one axis, for a reach of 1
  constexpr double kRadius_px = kLampRadius_m / kDistance_m / kHalfSize * kPixels / 2;
  FrameSettings s = at_lamp();
  for (const float reach_px : {3.0f, 6.0f}) {
    s.filter_width_px = reach_px;
    const double expected = kRadius_px * kRadius_px / 2 + 2 * kUnit * reach_px * reach_px;
    EXPECT_NEAR(spot_of(picture(lamp(), s)).mean_square_px, expected, 0.06 * expected) << reach_px;
  }
}

FrameSettings varied_frame() {
  FrameSettings s = looking({0, 1, 5}, {0, -0.2f, -1}, 0.4f, 24, 3);
  s.height = 16, s.camera.half_height = s.camera.half_width * 16 / 24;
  s.camera.lens_radius_m = 0.1f, s.camera.focus_distance_m = 4;
  s.environment = studio_environment();
  s.seed = 11;
  return s;
}

FrameSettings part_of(FrameSettings s, std::uint32_t x, std::uint32_t y, std::uint32_t width, std::uint32_t height) {
  s.film = {s.width, s.height, x, y};
  s.width = width, s.height = height;
  return s;
}

TEST(Region, HasThePixelsOfTheWholePictureToTheLastBit) {
  SceneBuilder builder;
  const auto grey = builder.material(matte({0.6f, 0.6f, 0.6f}));
  const auto scene = builder.square(grey, translation({0, -1, 0}) * scaling(4)).sphere(grey).build();
  const LinearImage whole = picture(scene, varied_frame());
  for (const auto& [x, y, width, height] :
       std::vector<Region>{{0, 0, 24, 16}, {0, 0, 5, 3}, {7, 2, 10, 9}, {23, 15, 1, 1}}) {
    const LinearImage part = picture(scene, part_of(varied_frame(), x, y, width, height));
    ASSERT_EQ(part.width, width);
    ASSERT_EQ(part.pixels.size(), std::size_t{width} * height);
    for (std::uint32_t row = 0; row < height; ++row) {
      EXPECT_EQ(std::memcmp(&part.pixels[row * width], &whole.pixels[(y + row) * 24 + x], width * sizeof(Vec4)), 0)
          << x << ", " << y << ": row " << row;
    }
  }
}

}  // namespace
}  // namespace kiln::render
