#include "scene/sky.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "scene/environment.h"
#include "scene/sky_light.h"
#include "scene/table_cell.h"

namespace kiln {
namespace {

constexpr std::uint32_t kWidth = 1024, kHeight = 512, kHorizonRow = kHeight / 2;
constexpr double kPi_d = std::numbers::pi;
constexpr double kRowAngle = kPi_d / kHeight;
constexpr double kSunRadius_rad = 0.2666 * kPi_d / 180;
constexpr double kSunU = 0.75;  // +Z

/// The irradiance of the sun outside the atmosphere: 133,000 lx where pi is 100,000 (Rea, "The IESNA Lighting
/// Handbook", 2000, chapter 8: 127,500 to 133,000).
constexpr auto kSunIrradiance = static_cast<float>(1.33 * kPi_d);

Vec3 clamped(Vec3 c) { return {std::max(c.x, 0.0f), std::max(c.y, 0.0f), std::max(c.z, 0.0f)}; }

/// The sky's colours at a coarse grid of directions on one side of the sun; elevations are dense at the horizon.
class SkyGrid {
 public:
  explicit SkyGrid(const scene::SkyLight& light) {
    for (int i = 0; i < kElevations; ++i)
      for (int j = 0; j < kAzimuths; ++j) {
        const double t = i / (kElevations - 1.0);
        const auto share = light.radiance(t * t * kPi_d / 2, kPi_d * j / (kAzimuths - 1.0));
        colors_.push_back(clamped(scene::color_of_sunlight(share)) * kSunIrradiance);
      }
  }

  /// `azimuth_rad` from the sun's, in [0, pi].
  Vec3 at(double elevation_rad, double azimuth_rad) const {
    const double y = std::sqrt(elevation_rad / (kPi_d / 2)) * (kElevations - 1);
    const double x = azimuth_rad / kPi_d * (kAzimuths - 1);
    const scene::TableCell cell = scene::table_cell(y, x, kElevations, kAzimuths);
    const Vec3 *upper = &colors_[cell.left], *lower = &colors_[cell.below];
    return lerp(lerp(upper[0], upper[1], cell.s), lerp(lower[0], lower[1], cell.s), cell.t);
  }

 private:
  static constexpr int kElevations = 64, kAzimuths = 65;
  std::vector<Vec3> colors_;
};

double elevation_of(std::uint32_t row) { return kPi_d / 2 - (row + 0.5) * kRowAngle; }

/// The solid angle over which bilinear lookup (kernels/environment.h) spreads a pixel of that row.
double spread_of(std::uint32_t row) {
  const double around = 2 * kPi_d / kWidth;
  if (row > 0) return around * std::cos(elevation_of(row)) * 2 * (1 - std::cos(kRowAngle)) / kRowAngle;
  // Up to the pole it counts in full, from half a row to one and a half it fades out.
  const auto fading = [](double a) { return -1.5 * std::cos(a) - (std::sin(a) - a * std::cos(a)) / kRowAngle; };
  return around * (1 - std::cos(kRowAngle / 2) + fading(1.5 * kRowAngle) - fading(0.5 * kRowAngle));
}

void paint_sky(const scene::SkyLight& light, EnvironmentImage& image) {
  const SkyGrid grid(light);
  for (std::uint32_t y = 0; y < kHorizonRow; ++y)
    for (std::uint32_t x = 0; x < kWidth; ++x) {
      const double from_sun = std::abs((x + 0.5) / kWidth - kSunU);
      image.pixels[std::size_t{y} * kWidth + x] =
          grid.at(elevation_of(y), 2 * kPi_d * std::min(from_sun, 1 - from_sun));
    }
}

/// Adds an equal share of the sun at each of many points of its disc. What is below the horizon is not there.
void paint_sun(const scene::SkyLight& light, double elevation_rad, EnvironmentImage& image) {
  constexpr int kPoints = 64;  // across
  int points = 0;
  std::vector<Vec3> lit(image.pixels.size() / 2, Vec3{0, 0, 0});
  for (int i = 0; i < kPoints; ++i) {
    const double up = kSunRadius_rad * (2 * (i + 0.5) / kPoints - 1);
    const Vec3 color = clamped(scene::color_of_sunlight(light.sunlight(elevation_rad + up)));
    for (int j = 0; j < kPoints; ++j) {
      const double aside = kSunRadius_rad * (2 * (j + 0.5) / kPoints - 1);
      if (std::hypot(up, aside) > kSunRadius_rad) continue;
      ++points;
      const double level = std::cos(elevation_rad + up), y = std::sin(elevation_rad + up);
      if (y < 0) continue;
      const double turns = std::atan2(level, aside) / (2 * kPi_d) + 0.5;  // from z and x
      const auto row = static_cast<std::uint32_t>(std::acos(y / std::hypot(1.0, aside)) / kRowAngle);
      const auto column = static_cast<std::uint32_t>(turns * kWidth);
      lit[std::size_t{std::min(row, kHorizonRow - 1)} * kWidth + column % kWidth] += color;
    }
  }
  const float each = kSunIrradiance / static_cast<float>(points);
  for (std::size_t i = 0; i < lit.size(); ++i)
    if (max_component(lit[i]) > 0)
      image.pixels[i] += lit[i] * (each / static_cast<float>(spread_of(static_cast<std::uint32_t>(i / kWidth))));
}

/// What falls on the ground.
Vec3 irradiance_up(const EnvironmentImage& image) {
  Vec3 sum{0, 0, 0};
  for (std::uint32_t y = 0; y < kHorizonRow; ++y) {
    Vec3 row{0, 0, 0};
    for (std::uint32_t x = 0; x < kWidth; ++x) row += image.pixels[std::size_t{y} * kWidth + x];
    sum += row * static_cast<float>(spread_of(y) * std::sin(elevation_of(y)));
  }
  return sum;
}

}  // namespace

std::shared_ptr<const EnvironmentImage> sky_environment(const SkyRequest& sky) {
  const float elevation_rad = sky.sun_elevation_deg * static_cast<float>(kPi_d / 180);
  const scene::SkyLight light(elevation_rad, sky.turbidity, sky.ground_albedo);
  auto image = std::make_shared<EnvironmentImage>();
  image->width = kWidth;
  image->height = kHeight;
  image->pixels.resize(std::size_t{kWidth} * kHeight);
  paint_sky(light, *image);
  paint_sun(light, elevation_rad, *image);
  const Vec3 ground = irradiance_up(*image) * static_cast<float>(sky.ground_albedo / kPi_d);
  std::fill(image->pixels.begin() + std::ptrdiff_t{kHorizonRow} * kWidth, image->pixels.end(), ground);
  build_environment_table(*image);
  return image;
}

}  // namespace kiln
