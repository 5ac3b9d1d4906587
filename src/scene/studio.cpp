#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "scene/environment.h"

/// The built-in studio: a grey dome with soft boxes, placed for a camera that looks along -Z. What lies behind the
/// subject stays free of them, so that the dome is a calm background.
namespace kiln {
namespace {

constexpr std::uint32_t kWidth = 512, kHeight = 256;

/// A rectangle at distance 1 that faces the centre; half sizes in metres, edges that fade over `softness` of them.
struct SoftBox {
  Vec3 towards;
  float half_width, half_height, softness, radiance;
};

constexpr std::array<SoftBox, 6> kBoxes{{
    {{-0.45f, 1.25f, 0.60f}, 0.80f, 0.55f, 0.25f, 7.0f},   // key, overhead, a little left of the camera
    {{-1.00f, 0.28f, 0.30f}, 0.30f, 0.75f, 0.30f, 4.5f},   // strip on the left: the long highlight on round things
    {{1.00f, 0.40f, 0.45f}, 0.45f, 0.60f, 0.45f, 2.2f},    // fill on the right
    {{-0.80f, 0.55f, -0.85f}, 0.16f, 0.50f, 0.35f, 6.0f},  // rims, outside the picture
    {{0.90f, 0.65f, -0.75f}, 0.22f, 0.40f, 0.35f, 5.0f},
    {{0.35f, 0.20f, 1.00f}, 0.35f, 0.25f, 0.60f, 1.2f},  // front, low: opens the shadows
}};

float smooth_step(float low, float high, float x) {
  const float t = std::clamp((x - low) / (high - low), 0.0f, 1.0f);
  return t * t * (3 - 2 * t);
}

float edge(float offset, float half_size, float softness) {
  return 1 - smooth_step(half_size * (1 - softness), half_size, std::fabs(offset));
}

float from_box(const SoftBox& box, Vec3 direction) {
  const Vec3 center = normalize(box.towards), right = normalize(cross({0, 1, 0}, center)), up = cross(center, right);
  const float ahead = dot(direction, center);
  if (ahead <= 0) return 0;
  return box.radiance * edge(dot(direction, right) / ahead, box.half_width, box.softness) *
         edge(dot(direction, up) / ahead, box.half_height, box.softness);
}

/// Dark floor, light horizon, medium zenith.
float from_dome(Vec3 direction) {
  const float floor = 0.26f, horizon = 0.62f, zenith = 0.42f;
  if (direction.y < 0) return horizon + (floor - horizon) * smooth_step(0, 0.55f, -direction.y);
  return horizon + (zenith - horizon) * smooth_step(0, 0.9f, direction.y);
}

Vec3 pixel_direction(std::uint32_t x, std::uint32_t y) {
  const float pi = std::numbers::pi_v<float>;
  const float azimuth = 2 * pi * ((static_cast<float>(x) + 0.5f) / kWidth - 0.5f);
  const float elevation = pi * (0.5f - (static_cast<float>(y) + 0.5f) / kHeight);
  return {std::cos(elevation) * std::cos(azimuth), std::sin(elevation), std::cos(elevation) * std::sin(azimuth)};
}

/// Irradiance on a plane that faces up.
double irradiance_up(const EnvironmentImage& image) {
  double sum = 0;
  for (std::uint32_t y = 0; y < kHeight; ++y)
    for (std::uint32_t x = 0; x < kWidth; ++x) {
      const Vec3 d = pixel_direction(x, y);
      const double solid_angle = 2 * std::numbers::pi * std::numbers::pi / (kWidth * kHeight) * std::hypot(d.x, d.z);
      sum += image.pixels[std::size_t{y} * kWidth + x].y * solid_angle * std::max(d.y, 0.0f);
    }
  return sum;
}

std::shared_ptr<const EnvironmentImage> make_studio() {
  auto image = std::make_shared<EnvironmentImage>();
  image->width = kWidth;
  image->height = kHeight;
  for (std::uint32_t y = 0; y < kHeight; ++y)
    for (std::uint32_t x = 0; x < kWidth; ++x) {
      const Vec3 d = pixel_direction(x, y);
      float radiance = from_dome(d);
      for (const SoftBox& box : kBoxes) radiance += from_box(box, d);
      image->pixels.push_back({radiance, radiance, radiance});
    }
  const auto scale = static_cast<float>(std::numbers::pi / irradiance_up(*image));
  for (Vec3& p : image->pixels) p *= scale;
  build_environment_table(*image);
  return image;
}

}  // namespace

std::shared_ptr<const EnvironmentImage> studio_environment() {
  static const std::shared_ptr<const EnvironmentImage> kStudio = make_studio();
  return kStudio;
}

}  // namespace kiln
