#include "scene/sky.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

#include "kernels/environment.h"

#include "render/scene_view.h"
#include "scene/atmosphere.h"
#include "scene/sky_light.h"

namespace kiln {
namespace {

constexpr double kPi_d = std::numbers::pi;
constexpr double kRadPerDeg = kPi_d / 180;

/// Kasten and Young, "Revised Optical Air Mass Tables and Approximation Formula", 1989.
double kasten_young(double elevation_deg) {
  return 1 / (std::sin(elevation_deg * kRadPerDeg) + 0.50572 * std::pow(elevation_deg + 6.07995, -1.6364));
}

double luminance_share(const scene::Spectrum& s) { return luminance(scene::color_of_sunlight(s)); }

scene::Spectrum unweakened() {
  scene::Spectrum s;
  s.fill(1);
  return s;
}

TEST(Atmosphere, HasTheRelativeAirMassOfTheTables) {
  const double overhead = scene::amounts_to_space(0, 1).air;
  EXPECT_NEAR(overhead, 8400, 20);
  // The tables' air is warmer above, and bends light: that shows within some degrees of the horizon.
  for (const double elevation_deg : {60.0, 30.0, 20.0, 10.0, 5.0})
    EXPECT_NEAR(scene::amounts_to_space(0, std::sin(elevation_deg * kRadPerDeg)).air / overhead,
                kasten_young(elevation_deg), 0.03 * kasten_young(elevation_deg))
        << elevation_deg;
}

TEST(Atmosphere, TableAgreesWithIntegration) {
  const auto& table = scene::AmountsToSpace::shared();
  for (const double height_m : {0.0, 700.0, 9000.0, 41000.0})
    for (const double above : {1e-4, 0.03, 0.4, 0.9}) {
      const double cosine = scene::horizon_cosine(height_m) + above;
      scene::Amounts found;
      ASSERT_TRUE(table.look_up(height_m, cosine, found));
      const auto exact = scene::amounts_to_space(height_m, cosine);
      EXPECT_NEAR(found.air, exact.air, 0.02 * exact.air + 1) << height_m << " " << above;
      EXPECT_NEAR(found.aerosol, exact.aerosol, 0.1 * exact.aerosol + 1) << height_m << " " << above;
      EXPECT_NEAR(found.ozone, exact.ozone, 0.03 * exact.ozone + 1) << height_m << " " << above;
    }
  scene::Amounts none;
  EXPECT_FALSE(table.look_up(1000, scene::horizon_cosine(1000) - 1e-6, none));
}

TEST(Atmosphere, LetsThroughTheSunlightThatTheIesModelOfAClearDaySays) {
  // 0.21 optical depths per air mass (Gillette, Pierpoint and Treado, "A General Illuminance Model for Daylight
  // Availability", 1984); the sky there is as hazy as turbidity 2 is here.
  const scene::Air air(2);
  for (const double elevation_deg : {90.0, 50.0, 30.0, 15.0}) {
    const double published = std::exp(-0.21 * kasten_young(elevation_deg));
    const double share =
        luminance_share(air.transmittance(scene::amounts_to_space(0, std::sin(elevation_deg * kRadPerDeg))));
    EXPECT_NEAR(share, published, 0.03 * published) << elevation_deg;
  }
}

TEST(Atmosphere, WholeSunlightHasTheLuminance1) { EXPECT_NEAR(luminance_share(unweakened()), 1, 1e-3); }

/// The integral of what lookup gives over a window of directions, times the cosine to +Y where that is asked for.
Vec3 integral(const EnvironmentImage& image, double low_rad, double high_rad, bool on_floor, int steps = 4) {
  const auto view = render::make_environment_view(image);
  const std::uint32_t w = image.width * static_cast<std::uint32_t>(steps),
                      h = image.height * static_cast<std::uint32_t>(steps);
  Vec3 sum{0, 0, 0};
  for (std::uint32_t j = 0; j < h; ++j) {
    const double elevation = kPi_d * (0.5 - (j + 0.5) / h);
    if (elevation < low_rad || elevation > high_rad) continue;
    Vec3 row{0, 0, 0};
    for (std::uint32_t i = 0; i < w; ++i)
      row += environment_radiance_at(view, {static_cast<float>((i + 0.5) / w), static_cast<float>((j + 0.5) / h)});
    const double solid_angle = 2 * kPi_d / w * kPi_d / h * std::cos(elevation);
    sum += row * static_cast<float>(solid_angle * (on_floor ? std::sin(elevation) : 1));
  }
  return sum;
}

SkyRequest sky_with(float elevation_deg, float turbidity = 2, float albedo = 0.2f) {
  return {elevation_deg, 0, turbidity, albedo};
}

Vec3 seen_towards(const EnvironmentImage& image, double elevation_deg, double azimuth_deg) {
  const double e = elevation_deg * kRadPerDeg, a = azimuth_deg * kRadPerDeg;
  return environment_radiance(render::make_environment_view(image),
                              {static_cast<float>(std::cos(e) * std::sin(a)), static_cast<float>(std::sin(e)),
                               static_cast<float>(std::cos(e) * std::cos(a))});
}

TEST(Sky, SunSendsWhatTheAirLeavesHoweverFinelyItIsPainted) {
  for (const float elevation_deg : {89.9f, 40.0f, 12.34f}) {
    const auto image = sky_environment(sky_with(elevation_deg));
    const double e = elevation_deg * kRadPerDeg, around = 1.2 * kRadPerDeg;
    // The sky beside the sun is in the window too, and taken off as it is on the sun's other side of the window.
    const auto view = render::make_environment_view(*image);
    Vec3 sun{0, 0, 0};
    constexpr int kSteps = 2000;
    const double step = 2 * around / kSteps;
    const Vec3 centre{0, static_cast<float>(std::sin(e)), static_cast<float>(std::cos(e))};
    const Vec3 up{0, static_cast<float>(std::cos(e)), static_cast<float>(-std::sin(e))};
    for (int i = 0; i < kSteps; ++i)
      for (int j = 0; j < kSteps; ++j) {
        const auto a = static_cast<float>(-around + (i + 0.5) * step),
                   b = static_cast<float>(-around + (j + 0.5) * step);
        const Vec3 d = normalize(centre + Vec3{1, 0, 0} * a + up * b);
        sun += environment_radiance(view, d) * static_cast<float>(step * step * std::pow(1 + a * a + b * b, -1.5));
      }
    const double sky = luminance(environment_radiance(view, normalize(centre + up * static_cast<float>(-around)))) * 4 *
                       around * around;
    const scene::SkyLight light(static_cast<float>(e), 2, 0.2f);
    const double expected = 1.33 * kPi_d * luminance_share(light.sunlight(e));
    EXPECT_NEAR(luminance(sun) - sky, expected, 0.01 * expected) << elevation_deg;
  }
}

TEST(Sky, SunStandsAbovePlusZAtItsElevation) {
  const auto image = sky_environment(sky_with(25));
  const auto brightest = std::max_element(image->pixels.begin(), image->pixels.end(),
                                          [](Vec3 a, Vec3 b) { return luminance(a) < luminance(b); });
  const auto index = static_cast<std::uint32_t>(brightest - image->pixels.begin());
  const EnvironmentPoint p{(static_cast<float>(index % image->width) + 0.5f) / static_cast<float>(image->width),
                           (static_cast<float>(index / image->width) + 0.5f) / static_cast<float>(image->height)};
  const EnvironmentView view = render::make_environment_view(*image);
  const Vec3 d = environment_direction(view, p);
  EXPECT_NEAR(std::asin(d.y) / kRadPerDeg, 25, 0.4);
  EXPECT_NEAR(std::atan2(d.x, d.z) / kRadPerDeg, 0, 0.4);
  const auto chance = [&](std::uint32_t pixel) {
    const std::uint32_t row = pixel / view.width;
    return chance_of(environment_rows(view), row) * chance_of(environment_columns(view, row), pixel % view.width);
  };
  for (std::uint32_t pixel = 0; pixel < image->pixels.size(); ++pixel) ASSERT_LE(chance(pixel), chance(index)) << pixel;
}

TEST(Sky, LightsAFloorAsMeasuredClearSkiesDo) {
  // The IES model of a clear sky: 0.8 + 15.5 sqrt(sin h) klx on a level plane, the sun left out (Gillette et al. 1984).
  for (const float elevation_deg : {20.0f, 40.0f, 60.0f}) {
    const scene::SkyLight light(static_cast<float>(elevation_deg * kRadPerDeg), 2, 0.2f);
    double sum = 0;
    constexpr int kSteps = 24;
    for (int i = 0; i < kSteps; ++i)
      for (int j = 0; j < kSteps; ++j) {  // uniform in the square of the sine of the elevation
        const double sine = std::sqrt((i + 0.5) / kSteps), azimuth = kPi_d * (j + 0.5) / kSteps;
        sum += luminance_share(light.radiance(std::asin(sine), azimuth)) * kPi_d / (kSteps * kSteps);
      }
    const double published = (0.8 + 15.5 * std::sqrt(std::sin(elevation_deg * kRadPerDeg))) / 133;
    EXPECT_NEAR(sum, published, 0.15 * published) << elevation_deg;
  }
}

TEST(Sky, ExposesANoonWell) {
  const double irradiance = luminance(integral(*sky_environment(sky_with(60)), 0, kPi_d / 2, true, 1));
  EXPECT_GT(irradiance / kPi_d, 0.85);
  EXPECT_LT(irradiance / kPi_d, 1.15);
}

TEST(Sky, IsBlueAboveAndRedAtTheHorizonWhereTheSunSets) {
  const auto noon = sky_environment(sky_with(60)), evening = sky_environment(sky_with(1));
  const Vec3 zenith = seen_towards(*noon, 89, 180), sunset = seen_towards(*evening, 2.5, 8);
  EXPECT_GT(zenith.z, 1.8f * zenith.x);
  EXPECT_GT(zenith.z, zenith.y);
  EXPECT_GT(sunset.x, 1.5f * sunset.z);
  EXPECT_GT(luminance(seen_towards(*noon, 3, 180)), 1.5f * luminance(zenith)) << "the horizon is brighter";
  EXPECT_GT(luminance(seen_towards(*sky_environment(sky_with(60, 6)), 55, 8)),
            1.5f * luminance(seen_towards(*noon, 55, 8)))
      << "haze glows around the sun";
}

TEST(Sky, IsTheSameOnBothSidesOfTheSun) {
  const auto image = sky_environment(sky_with(30));
  for (std::uint32_t y = 0; y < image->height; ++y)
    for (std::uint32_t k = 0; k < image->width / 2; ++k) {
      const std::uint32_t middle = image->width / 4 * 3;
      const Vec3 a = image->pixels[y * image->width + (middle + k) % image->width];
      const Vec3 b = image->pixels[y * image->width + (middle + image->width - 1 - k) % image->width];
      ASSERT_NEAR(luminance(a), luminance(b), 1e-4f * luminance(a)) << y << " " << k;
    }
}

TEST(Sky, GroundReflectsWhatFallsOnIt) {
  for (const float albedo : {0.0f, 0.3f, 1.0f}) {
    const auto image = sky_environment(sky_with(35, 3, albedo));
    const Vec3 ground = seen_towards(*image, -30, 77);
    const Vec3 irradiance = integral(*image, 0, kPi_d / 2, true, 2);
    for (int c = 0; c < 3; ++c) {
      const float expected = albedo * (&irradiance.x)[c] / static_cast<float>(kPi_d);
      EXPECT_NEAR((&ground.x)[c], expected, 0.01f * expected + 1e-6f);
    }
  }
}

TEST(Sky, GrowsDarkAfterSunset) {
  double before = 1e9;
  for (const float elevation_deg : {10.0f, 2.0f, 0.0f, -2.0f, -5.0f}) {
    const auto image = sky_environment(sky_with(elevation_deg, 3));
    const double irradiance = luminance(integral(*image, 0, kPi_d / 2, true, 1));
    EXPECT_GT(irradiance, 0) << elevation_deg;
    EXPECT_LT(irradiance, 0.75 * before) << elevation_deg;
    before = irradiance;
    for (const Vec3 p : image->pixels) ASSERT_TRUE(std::isfinite(luminance(p)) && p.x >= 0 && p.y >= 0 && p.z >= 0);
  }
}

}  // namespace
}  // namespace kiln
