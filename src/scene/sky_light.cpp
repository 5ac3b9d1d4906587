#include "scene/sky_light.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "scene/table_cell.h"

namespace kiln::scene {
namespace {

constexpr double kPi_d = std::numbers::pi;
constexpr float kIsotropic = static_cast<float>(1 / (4 * kPi_d));

double squared(double x) { return x * x; }

/// For molecules, per steradian.
float rayleigh_phase(double cosine) { return static_cast<float>(3 / (16 * kPi_d) * (1 + squared(cosine))); }

/// For aerosol (Cornette and Shanks, "Physically Reasonable Analytic Expression for the Single-Scattering Phase
/// Function", 1992), per steradian.
float aerosol_phase(double cosine) {
  const double g = 0.76;
  return static_cast<float>(3 / (8 * kPi_d) * (1 - g * g) * (1 + squared(cosine)) /
                            ((2 + g * g) * std::pow(1 + g * g - 2 * g * cosine, 1.5)));
}

/// The sun's cosine to the vertical at the distance t along a ray that leaves (height, vertical cosine) and has the
/// cosine `to_sun` to the sun.
double sun_cosine_along(double sun_cosine, double to_sun, double height_m, double t_m, double height_there_m) {
  const double c = ((kEarthRadius_m + height_m) * sun_cosine + t_m * to_sun) / (kEarthRadius_m + height_there_m);
  return std::clamp(c, -1.0, 1.0);
}

/// The distance at which a ray that points below the horizon meets the ground.
double distance_to_ground_m(double height_m, double cosine) {
  const double r = kEarthRadius_m + height_m;
  const double root = std::sqrt(std::max(0.0, squared(kEarthRadius_m) - r * r * (1 - cosine * cosine)));
  return std::max(0.0, -r * cosine - root);
}

/// What one step of a ray scatters and takes away.
struct Step {
  Spectrum molecules, aerosol;  ///< scattering times the effective length of the step, metres folded in
};

/// Moves along a ray by a step of even air: what is scattered on the way is weakened within the step too.
Step take_step(const Air& air, double height_m, float length_m, Spectrum& through) {
  const Amounts here = densities(height_m);
  Step step;
  for (std::size_t b = 0; b < kBands; ++b) {
    const float molecules = air.molecules[b] * here.air, aerosol = air.aerosol_extinction[b] * here.aerosol;
    const float extinction = molecules + aerosol + air.ozone[b] * here.ozone;
    const float depth = extinction * length_m, left = std::exp(-depth);
    const float effective = through[b] * (depth > 1e-4f ? (1 - left) / extinction : length_m);
    step.molecules[b] = molecules * effective;
    step.aerosol[b] = air.aerosol_scattering[b] * here.aerosol * effective;
    through[b] *= left;
  }
  return step;
}

/// Where the steps of a ray end: they grow from its start.
double step_end_m(double length_m, int step, int steps) {
  return length_m * squared(static_cast<double>(step) / steps);
}

Spectrum filled(float value) {
  Spectrum s;
  s.fill(value);
  return s;
}

}  // namespace

SkyLight::SkyLight(float sun_elevation_rad, float turbidity, float ground_albedo)
    : to_space_(AmountsToSpace::shared()),
      air_(turbidity),
      sun_sin_(std::sin(static_cast<double>(sun_elevation_rad))),
      sun_cos_(std::cos(static_cast<double>(sun_elevation_rad))),
      ground_albedo_(ground_albedo) {
  constexpr double kReach_rad = 0.18;  // around the Earth, to where a level ray leaves the atmosphere
  const double elevation = sun_elevation_rad;
  lowest_cosine_ = std::sin(elevation - kReach_rad);
  highest_cosine_ = elevation + kReach_rad < kPi_d / 2 ? std::sin(elevation + kReach_rad) : 1;
  for (int i = 0; i < kHeights; ++i)
    for (int j = 0; j < kCosines; ++j)
      multiple_.push_back(multiple_at_node(kAtmosphereTop_m * squared(i / (kHeights - 1.0)),
                                           std::lerp(lowest_cosine_, highest_cosine_, j / (kCosines - 1.0))));
}

Spectrum SkyLight::sunlight(double elevation_rad) const {
  const double cosine = std::sin(elevation_rad);
  return cosine < 0 ? Spectrum{} : air_.transmittance(amounts_to_space(0, cosine));
}

Spectrum SkyLight::radiance(double elevation_rad, double azimuth_rad) const {
  constexpr int kSteps = 32;
  const double cosine = std::sin(elevation_rad);
  const double to_sun = cosine * sun_sin_ + std::cos(elevation_rad) * sun_cos_ * std::cos(azimuth_rad);
  const float molecules_phase = rayleigh_phase(to_sun), aerosol = aerosol_phase(to_sun);
  const double length_m = distance_to_space_m(0, cosine);
  Spectrum sum{}, through = filled(1);
  for (int i = 0; i < kSteps; ++i) {
    const double from = step_end_m(length_m, i, kSteps), to = step_end_m(length_m, i + 1, kSteps), t = (from + to) / 2;
    const double height_m = height_along_m(0, cosine, t);
    const double sun = sun_cosine_along(sun_sin_, to_sun, 0, t, height_m);
    Amounts amounts;
    const Spectrum direct = to_space_.look_up(height_m, sun, amounts) ? air_.transmittance(amounts) : Spectrum{};
    const Spectrum around = multiple_at(height_m, sun);
    const Step step = take_step(air_, height_m, static_cast<float>(to - from), through);
    for (std::size_t b = 0; b < kBands; ++b)
      sum[b] += direct[b] * (step.molecules[b] * molecules_phase + step.aerosol[b] * aerosol) +
                around[b] * (step.molecules[b] + step.aerosol[b]);
  }
  return sum;
}

Spectrum SkyLight::multiple_at(double height_m, double sun_cosine) const {
  const double y = std::sqrt(std::clamp(height_m / kAtmosphereTop_m, 0.0, 1.0)) * (kHeights - 1);
  const double x =
      std::clamp((sun_cosine - lowest_cosine_) / (highest_cosine_ - lowest_cosine_), 0.0, 1.0) * (kCosines - 1);
  const TableCell cell = table_cell(y, x, kHeights, kCosines);
  const Spectrum *upper = &multiple_[cell.left], *lower = &multiple_[cell.below];
  Spectrum out;
  for (std::size_t b = 0; b < kBands; ++b)
    out[b] =
        std::lerp(std::lerp(upper[0][b], upper[1][b], cell.s), std::lerp(lower[0][b], lower[1][b], cell.s), cell.t);
  return out;
}

/// Hillaire 2020, equations 5 to 10: light of the second order over 1 minus what each further order keeps, as radiance
/// that is the same from all sides. The phase function of the orders beyond the first is even.
Spectrum SkyLight::multiple_at_node(double height_m, double sun_cosine) const {
  constexpr int kLevels = 12, kAzimuths = 3, kSteps = 16;
  const double sun_sine = std::sqrt(1 - sun_cosine * sun_cosine);
  Spectrum second{}, kept{};
  for (int i = 0; i < kLevels; ++i)
    for (int j = 0; j < kAzimuths; ++j) {
      const double cosine = 1 - 2 * (i + 0.5) / kLevels, azimuth = kPi_d * (j + 0.5) / kAzimuths;
      const double to_sun = cosine * sun_cosine + std::sqrt(1 - cosine * cosine) * sun_sine * std::cos(azimuth);
      const bool to_ground = cosine < horizon_cosine(height_m);
      const double length_m =
          to_ground ? distance_to_ground_m(height_m, cosine) : distance_to_space_m(height_m, cosine);
      Spectrum through = filled(1);
      Amounts amounts;
      for (int k = 0; k < kSteps; ++k) {
        const double from = step_end_m(length_m, k, kSteps), to = step_end_m(length_m, k + 1, kSteps);
        const double t = (from + to) / 2, there_m = height_along_m(height_m, cosine, t);
        const double sun = sun_cosine_along(sun_cosine, to_sun, height_m, t, there_m);
        const bool is_lit = to_space_.look_up(there_m, sun, amounts);
        const Spectrum direct = is_lit ? air_.transmittance(amounts) : Spectrum{};
        const Step step = take_step(air_, there_m, static_cast<float>(to - from), through);
        for (std::size_t b = 0; b < kBands; ++b) {
          const float scattered = step.molecules[b] + step.aerosol[b];
          second[b] += scattered * direct[b] * kIsotropic;
          kept[b] += scattered;
        }
      }
      const double sun = sun_cosine_along(sun_cosine, to_sun, height_m, length_m, 0);
      if (!to_ground || sun <= 0 || !to_space_.look_up(0, sun, amounts)) continue;
      const Spectrum direct = air_.transmittance(amounts);
      const auto reflected = static_cast<float>(ground_albedo_ / kPi_d * sun);
      for (std::size_t b = 0; b < kBands; ++b) second[b] += through[b] * direct[b] * reflected;
    }
  constexpr float kShare = 1.0f / (kLevels * kAzimuths);
  Spectrum all;
  for (std::size_t b = 0; b < kBands; ++b) all[b] = second[b] * kShare / (1 - kept[b] * kShare);
  return all;
}

}  // namespace kiln::scene
