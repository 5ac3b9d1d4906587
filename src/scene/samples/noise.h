#pragma once

#include <cstdint>

#include "kernels/vec.h"

/// Deterministic noise on the plane: the same floats on every run.
namespace kiln::scene {

/// A hash of two integers as a number in [0, 1).
float hash_to_unit(std::uint32_t a, std::uint32_t b);

/// Value and gradient of a smooth noise at p.
struct NoiseSample {
  float value = 0;  ///< in [-1, 1]
  Vec2 gradient;    ///< by p.x and p.y
};

/// Value noise on the integer lattice with quintic interpolation and its exact derivatives (Perlin 2002, "Improving
/// Noise", for the polynomial).
NoiseSample value_noise(Vec2 p, std::uint32_t seed);

}  // namespace kiln::scene
