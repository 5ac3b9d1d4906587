#pragma once

#include <vector>

#include "scene/atmosphere.h"

namespace kiln::scene {

/// The light of a clear sky for a place on the ground (height 0), relative to the sunlight outside the atmosphere: an
/// irradiance of 1 in every band. Light that is scattered once is integrated along each ray; what is scattered more
/// often, or comes from the ground, by Hillaire, "A Scalable and Production Ready Sky and Atmosphere Rendering
/// Technique", 2020, as if it were the same from all sides. No clouds, no refraction, no polarisation.
/// Immutable; any thread.
class SkyLight {
 public:
  /// The sun's elevation in [-5, 90] degrees, turbidity in [1, 10], the ground's albedo in [0, 1].
  SkyLight(float sun_elevation_rad, float turbidity, float ground_albedo);

  /// What arrives from a direction above the horizon (`elevation_rad` in [0, pi/2]) whose azimuth lies `azimuth_rad`
  /// from the sun's. Without the sun itself.
  Spectrum radiance(double elevation_rad, double azimuth_rad) const;

  /// The share of sunlight that arrives straight from that elevation; none from below the horizon.
  Spectrum sunlight(double elevation_rad) const;

 private:
  /// Light from all sides that is scattered once more at a height, by the sun's cosine there.
  Spectrum multiple_at(double height_m, double sun_cosine) const;
  Spectrum multiple_at_node(double height_m, double sun_cosine) const;

  static constexpr int kHeights = 12, kCosines = 8;
  const AmountsToSpace& to_space_;
  Air air_;
  double sun_sin_, sun_cos_;  ///< of its elevation at the place
  float ground_albedo_;
  double lowest_cosine_, highest_cosine_;  ///< of the sun above all that is seen from the place
  std::vector<Spectrum> multiple_;         ///< kHeights x kCosines
};

}  // namespace kiln::scene
