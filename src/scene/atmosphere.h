#pragma once

#include <array>
#include <cstddef>

#include "kernels/vec.h"

/// The clear air of the Earth, by wavelength: molecules, aerosol and ozone in shells around a sphere, without clouds
/// and without refraction.
namespace kiln::scene {

/// One value for each 20 nm wide band from 380 to 720 nm.
inline constexpr std::size_t kBands = 17;
using Spectrum = std::array<float, kBands>;

inline constexpr double kEarthRadius_m = 6.36e6, kAtmosphereTop_m = 1e5;  ///< the top as a height

/// How much of each constituent: at a height relative to the densest place, along a way as metres of that density.
struct Amounts {
  float air = 0, aerosol = 0, ozone = 0;
};

Amounts operator+(const Amounts& a, const Amounts& b);
Amounts operator*(const Amounts& a, float s);

/// Relative densities: air falls by e in 8.4 km, aerosol in 1.2 km, ozone peaks at 25 km.
Amounts densities(double height_m);

/// What lies between a place at `height_m` and space in a direction whose cosine to the vertical is `cosine`; it must
/// not meet the ground (cosine >= horizon_cosine).
Amounts amounts_to_space(double height_m, double cosine);

/// The cosine to the vertical at which the ground begins: 0 on the ground, below it higher up.
double horizon_cosine(double height_m);

/// The distance to the top of the atmosphere.
double distance_to_space_m(double height_m, double cosine);

/// The height at the distance `t_m` along a ray.
double height_along_m(double height_m, double cosine, double t_m);

/// How much a metre of the densest constituents scatters and absorbs.
struct Air {
  Spectrum molecules{}, aerosol_scattering{}, aerosol_extinction{}, ozone{};  ///< per metre

  /// `turbidity` as Linke's: the optical depth of air and aerosol over that of the air, at 550 nm; 1 is pure air.
  explicit Air(float turbidity);

  /// What gets through.
  Spectrum transmittance(const Amounts& amounts) const;
};

/// Scene-linear Rec. 709 of sunlight, of which `share` is left in each band. All of it has the luminance 1.
Vec3 color_of_sunlight(const Spectrum& share);

/// amounts_to_space by a table: 64 heights by 64 directions above the horizon. Any thread.
class AmountsToSpace {
 public:
  /// Built once for all.
  static const AmountsToSpace& shared();

  /// False where the direction meets the ground.
  bool look_up(double height_m, double cosine, Amounts& amounts) const;

 private:
  AmountsToSpace();

  static constexpr int kHeights = 64, kCosines = 64;
  std::array<Amounts, std::size_t{kHeights} * kCosines> table_{};
};

}  // namespace kiln::scene
