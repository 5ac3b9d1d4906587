#include "kernels/camera.h"

#include <cmath>
#include <gtest/gtest.h>

namespace kiln {
namespace {

FrameView frame_4_by_2() {
  FrameView frame;
  frame.width = 4, frame.height = 2;
  frame.camera.half_width = 2, frame.camera.half_height = 1;
  return frame;
}

void expect_near(Vec3 a, Vec3 b) {
  EXPECT_NEAR(a.x, b.x, 1e-6f);
  EXPECT_NEAR(a.y, b.y, 1e-6f);
  EXPECT_NEAR(a.z, b.z, 1e-6f);
}

TEST(Camera, SendsTheCentreOfAPixelThroughItsPlaceOnTheFilm) {
  const FrameView frame = frame_4_by_2();
  const Ray upper_left = sample_camera_ray(frame, 0, 0.5f, 0.5f), lower_right = sample_camera_ray(frame, 7, 0.5f, 0.5f);
  expect_near(upper_left.direction, normalize(Vec3{-1.5f, 0.5f, -1}));
  expect_near(lower_right.direction, normalize(Vec3{1.5f, -0.5f, -1}));
  expect_near(upper_left.origin, {0, 0, 0});
}

TEST(Camera, SendsOrthographicRaysInParallel) {
  FrameView frame = frame_4_by_2();
  frame.camera.projection = Projection::orthographic;
  const Ray ray = sample_camera_ray(frame, 0, 0.5f, 0.5f);
  expect_near(ray.origin, {-1.5f, 0.5f, 0});
  expect_near(ray.direction, {0, 0, -1});
}

TEST(Camera, FiltersWithATentOfOnePixelToEitherSide) {
  EXPECT_FLOAT_EQ(sample_tent(0), -1);
  EXPECT_FLOAT_EQ(sample_tent(0.5f), 0);
  EXPECT_NEAR(sample_tent(0.99999994f), 1, 1e-3f);
  EXPECT_NEAR(sample_tent(0.125f), -0.5f, 1e-6f);  // an eighth of the tent's area lies beyond half a pixel
  double variance = 0;
  constexpr int kCount = 4096;
  for (int i = 0; i < kCount; ++i) variance += std::pow(sample_tent((static_cast<float>(i) + 0.5f) / kCount), 2);
  EXPECT_NEAR(variance / kCount, 1.0 / 6, 1e-3);
}

}  // namespace
}  // namespace kiln
