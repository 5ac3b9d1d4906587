#include "kernels/camera.h"

#include <gtest/gtest.h>

namespace kiln {
namespace {

constexpr Vec4 kMiddle{0.5f, 0.5f, 0.5f, 0.5f};

FrameView frame_4_by_2() {
  FrameView frame;
  frame.width = frame.film_width = 4, frame.height = frame.film_height = 2;
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
  const Ray upper_left = sample_camera_ray(frame, {0, 0}, kMiddle),
            lower_right = sample_camera_ray(frame, {3, 1}, kMiddle);
  expect_near(upper_left.direction, normalize(Vec3{-1.5f, 0.5f, -1}));
  expect_near(lower_right.direction, normalize(Vec3{1.5f, -0.5f, -1}));
  expect_near(upper_left.origin, {0, 0, 0});
}

TEST(Camera, SendsOrthographicRaysInParallel) {
  FrameView frame = frame_4_by_2();
  frame.camera.projection = Projection::orthographic;
  const Ray ray = sample_camera_ray(frame, {0, 0}, kMiddle);
  expect_near(ray.origin, {-1.5f, 0.5f, 0});
  expect_near(ray.direction, {0, 0, -1});
}

TEST(Camera, FiltersOverTheFiltersReach) {
  FrameView frame = frame_4_by_2();
  for (const float reach_px : {0.1f, 1.5f, 8.0f}) {
    frame.filter_width_px = reach_px;
    const Ray ray = sample_camera_ray(frame, {1, 0}, {1e-7f, 0.5f, 0.5f, 0.5f});
    const float column = (ray.direction.x / -ray.direction.z / 2 + 1) / 2 * 4;
    EXPECT_LT(column, 1.5f - 0.95f * reach_px);
    EXPECT_GT(column, 1.5f - reach_px);
  }
}

TEST(FilmPlace, CountsFromTheRegionsCorner) {
  FrameView frame;
  frame.width = 3, frame.height = 2;
  frame.film_width = frame.film_height = 100;
  frame.film_x = 10, frame.film_y = 20;
  EXPECT_EQ(film_place(frame, 0).column, 10u);
  EXPECT_EQ(film_place(frame, 0).row, 20u);
  EXPECT_EQ(film_place(frame, 5).column, 12u);
  EXPECT_EQ(film_place(frame, 5).row, 21u);
}

/// A grid of points of the lens, each as the numbers that choose it.
template <class Check>
void for_points_of_the_lens(Check check) {
  constexpr int kSide = 16;
  for (int i = 0; i < kSide * kSide; ++i) {
    check(Vec4{0.3f, 0.8f, (static_cast<float>(i % kSide) + 0.5f) / kSide,
               (static_cast<float>(i / kSide) + 0.5f) / kSide});
  }
}

/// Where the ray meets the plane at this distance along the view.
Vec3 at_distance(const Ray& ray, float distance) {
  return ray.origin + ray.direction * ((-distance - ray.origin.z) / ray.direction.z);
}

TEST(Lens, KeepsThePlaneInFocusWhereThePinholeSeesIt) {
  for (const auto projection : {Projection::perspective, Projection::orthographic}) {
    FrameView pinhole = frame_4_by_2();
    pinhole.camera.projection = projection;
    FrameView lens = pinhole;
    lens.camera.lens_radius_m = 0.25f, lens.camera.focus_distance_m = 3;
    for_points_of_the_lens([&](Vec4 u) {
      const Vec3 sharp = at_distance(sample_camera_ray(pinhole, {3, 0}, u), 3);
      const Vec3 seen = at_distance(sample_camera_ray(lens, {3, 0}, u), 3);
      EXPECT_LT(length(seen - sharp), 2e-6f * length(sharp));
    });
  }
}

TEST(Lens, IsADiscThatIsCoveredEvenly) {
  FrameView lens = frame_4_by_2();
  lens.camera.lens_radius_m = 0.25f;
  double squares = 0, largest = 0;
  int points = 0;
  for_points_of_the_lens([&](Vec4 u) {
    const Ray ray = sample_camera_ray(lens, {3, 0}, u);
    EXPECT_EQ(ray.origin.z, 0);
    EXPECT_NEAR(length(ray.direction), 1, 1e-6f);
    EXPECT_TRUE(ray.culls);
    squares += dot(ray.origin, ray.origin);
    largest = std::max<double>(largest, length(ray.origin));
    ++points;
  });
  EXPECT_LE(largest, 0.25);
  EXPECT_GT(largest, 0.23);
  EXPECT_NEAR(squares / points, 0.25 * 0.25 / 2, 5e-4) << "half the square of the radius, as on an even disc";
}

TEST(Lens, WithoutARadiusIsThePinholeToTheLastBit) {
  const FrameView pinhole = frame_4_by_2();
  FrameView lens = pinhole;
  lens.camera.focus_distance_m = 7;
  for_points_of_the_lens([&](Vec4 u) {
    const Ray a = sample_camera_ray(pinhole, {2, 1}, u), b = sample_camera_ray(lens, {2, 1}, u);
    EXPECT_EQ(a.origin, b.origin);
    EXPECT_EQ(a.direction, b.direction);
  });
}

}  // namespace
}  // namespace kiln
