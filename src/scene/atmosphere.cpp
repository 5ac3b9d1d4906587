#include "scene/atmosphere.h"

#include <algorithm>
#include <cmath>

#include "scene/table_cell.h"

namespace kiln::scene {
namespace {

constexpr double kAirScale_m = 8400, kAerosolScale_m = 1200;
constexpr double kOzonePeak_m = 25e3, kOzoneHalfWidth_m = 15e3;  // a tent
constexpr double kOzoneColumn = 300 * 2.687e20;                  // per m2: 300 Dobson units

/// Outside the atmosphere, W/m2/nm, means of the bands (ASTM G173-03).
constexpr Spectrum kSunlight{1.259f, 1.719f, 1.706f, 2.000f, 2.000f, 1.942f, 1.861f, 1.877f, 1.847f,
                             1.829f, 1.783f, 1.707f, 1.645f, 1.551f, 1.513f, 1.445f, 1.372f};

/// Cross-sections at 233 K, 1e-25 m2 (Serdyuchenko et al., "High Spectral Resolution Ozone Absorption Cross-sections",
/// 2014), means of the bands.
constexpr Spectrum kOzone{0.0078f, 0.031f, 0.096f, 0.247f, 0.532f, 1.015f, 1.706f, 2.685f, 3.589f,
                          4.502f,  4.705f, 4.342f, 3.208f, 2.248f, 1.502f, 0.960f, 0.642f};

double band_nm(std::size_t band) { return 390 + 20.0 * static_cast<double>(band); }

double squared(double x) { return x * x; }

/// The optical depth of all the air above sea level (Bodhaine et al., "On Rayleigh Optical Depth Calculations", 1999,
/// equation 30).
double air_optical_depth(double wavelength_nm) {
  const double l2 = squared(wavelength_nm * 1e-3);
  return 0.0021520 * (1.0455996 - 341.29061 / l2 - 0.90230850 * l2) / (1 + 0.0027059889 / l2 - 85.968563 * l2);
}

double lobe(double x, double mean, double below, double above) {
  return std::exp(-0.5 * squared((x - mean) / (x < mean ? below : above)));
}

/// Wyman, Sloan and Shirley, "Simple Analytic Approximations to the CIE XYZ Color Matching Functions", JCGT 2013.
Vec3 color_matching(double nm) {
  const double x =
      1.056 * lobe(nm, 599.8, 37.9, 31.0) + 0.362 * lobe(nm, 442.0, 16.0, 26.7) - 0.065 * lobe(nm, 501.1, 20.4, 26.2);
  const double y = 0.821 * lobe(nm, 568.8, 46.9, 40.5) + 0.286 * lobe(nm, 530.9, 16.3, 31.1);
  const double z = 1.217 * lobe(nm, 437.0, 11.8, 36.0) + 0.681 * lobe(nm, 459.0, 26.0, 13.8);
  return {static_cast<float>(x), static_cast<float>(y), static_cast<float>(z)};
}

Vec3 rec709_from_xyz(Vec3 c) {
  return {3.2404542f * c.x - 1.5371385f * c.y - 0.4985314f * c.z,
          -0.9692660f * c.x + 1.8760108f * c.y + 0.0415560f * c.z,
          0.0556434f * c.x - 0.2040259f * c.y + 1.0572252f * c.z};
}

/// What each band of sunlight adds to a colour.
std::array<Vec3, kBands> band_colors() {
  std::array<Vec3, kBands> colors;
  float luminance_sum = 0;
  for (std::size_t b = 0; b < kBands; ++b) {
    const Vec3 xyz = color_matching(band_nm(b)) * kSunlight[b];
    luminance_sum += xyz.y;
    colors[b] = rec709_from_xyz(xyz);
  }
  for (Vec3& c : colors) c *= 1 / luminance_sum;
  return colors;
}

/// Along a ray that only rises. Steps grow from its start, where the air is dense.
Amounts along_rising_ray(double height_m, double cosine, double length_m) {
  constexpr int kSteps = 64;
  Amounts sum;
  double from = 0;
  for (int i = 1; i <= kSteps; ++i) {
    const double to = length_m * squared(static_cast<double>(i) / kSteps);
    const Amounts here = densities(height_along_m(height_m, cosine, (from + to) / 2));
    sum = sum + here * static_cast<float>(to - from);
    from = to;
  }
  return sum;
}

}  // namespace

Amounts operator+(const Amounts& a, const Amounts& b) {
  return {a.air + b.air, a.aerosol + b.aerosol, a.ozone + b.ozone};
}

Amounts operator*(const Amounts& a, float s) { return {a.air * s, a.aerosol * s, a.ozone * s}; }

Amounts densities(double height_m) {
  return {std::exp(static_cast<float>(-height_m / kAirScale_m)),
          std::exp(static_cast<float>(-height_m / kAerosolScale_m)),
          static_cast<float>(std::max(0.0, 1 - std::abs(height_m - kOzonePeak_m) / kOzoneHalfWidth_m))};
}

double horizon_cosine(double height_m) {
  const double ratio = kEarthRadius_m / (kEarthRadius_m + height_m);
  return -std::sqrt(std::max(0.0, 1 - ratio * ratio));
}

double distance_to_space_m(double height_m, double cosine) {
  const double r = kEarthRadius_m + height_m, top = kEarthRadius_m + kAtmosphereTop_m;
  return std::max(0.0, std::sqrt(top * top - r * r * (1 - cosine * cosine)) - r * cosine);
}

double height_along_m(double height_m, double cosine, double t_m) {
  const double r = kEarthRadius_m + height_m, rise = t_m * (2 * r * cosine + t_m);
  return std::max(0.0, height_m + rise / (std::sqrt(std::max(0.0, r * r + rise)) + r));
}

Amounts amounts_to_space(double height_m, double cosine) {
  if (cosine >= 0) return along_rising_ray(height_m, cosine, distance_to_space_m(height_m, cosine));
  // Down to the lowest point and up again: two rays that rise from there.
  const double r = kEarthRadius_m + height_m;
  const double lowest_m = std::max(0.0, r * std::sqrt(1 - cosine * cosine) - kEarthRadius_m);
  return along_rising_ray(lowest_m, 0, -r * cosine) + along_rising_ray(lowest_m, 0, distance_to_space_m(lowest_m, 0));
}

Air::Air(float turbidity) {
  constexpr double kAerosolAlbedo = 0.93, kAngstromExponent = 1.3;
  const double aerosol_at_550 = (static_cast<double>(turbidity) - 1) * air_optical_depth(550);
  for (std::size_t b = 0; b < kBands; ++b) {
    const double nm = band_nm(b);
    const double aerosol = aerosol_at_550 * std::pow(nm / 550, -kAngstromExponent) / kAerosolScale_m;
    molecules[b] = static_cast<float>(air_optical_depth(nm) / kAirScale_m);
    aerosol_extinction[b] = static_cast<float>(aerosol);
    aerosol_scattering[b] = static_cast<float>(kAerosolAlbedo * aerosol);
    ozone[b] = kOzone[b] * static_cast<float>(1e-25 * kOzoneColumn / kOzoneHalfWidth_m);
  }
}

Spectrum Air::transmittance(const Amounts& amounts) const {
  Spectrum through;
  for (std::size_t b = 0; b < kBands; ++b)
    through[b] =
        std::exp(-(molecules[b] * amounts.air + aerosol_extinction[b] * amounts.aerosol + ozone[b] * amounts.ozone));
  return through;
}

Vec3 color_of_sunlight(const Spectrum& share) {
  static const std::array<Vec3, kBands> kColors = band_colors();
  Vec3 sum{0, 0, 0};
  for (std::size_t b = 0; b < kBands; ++b) sum += kColors[b] * share[b];
  return sum;
}

const AmountsToSpace& AmountsToSpace::shared() {
  static const AmountsToSpace kTable;
  return kTable;
}

/// Heights and cosines are dense where the air is: near the ground, and near the horizon.
AmountsToSpace::AmountsToSpace() {
  for (int i = 0; i < kHeights; ++i)
    for (int j = 0; j < kCosines; ++j) {
      const double height_m = kAtmosphereTop_m * squared(i / (kHeights - 1.0)), low = horizon_cosine(height_m);
      table_[static_cast<std::size_t>(i) * kCosines + static_cast<std::size_t>(j)] =
          amounts_to_space(height_m, low + (1 - low) * squared(j / (kCosines - 1.0)));
    }
}

bool AmountsToSpace::look_up(double height_m, double cosine, Amounts& amounts) const {
  const double low = horizon_cosine(height_m);
  if (cosine < low) return false;
  const double y = std::sqrt(std::clamp(height_m / kAtmosphereTop_m, 0.0, 1.0)) * (kHeights - 1);
  const double x = std::sqrt(std::min(1.0, (cosine - low) / (1 - low))) * (kCosines - 1);
  const auto [left, below, s, t] = table_cell(y, x, kHeights, kCosines);
  const Amounts *upper = &table_[left], *lower = &table_[below];
  amounts = (upper[0] * (1 - s) + upper[1] * s) * (1 - t) + (lower[0] * (1 - s) + lower[1] * s) * t;
  return true;
}

}  // namespace kiln::scene
