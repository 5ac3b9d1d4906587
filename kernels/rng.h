#pragma once

#include <cstdint>

#include "kernels/qualifiers.h"

/// Integer hashes as a source of random numbers: pure functions, no state to carry along a path.
namespace kiln {

/// A bijection on 32 bits in which every input bit moves every output bit with a probability near one half (Wellons,
/// "Prospecting for Hash Functions", 2018: lowbias32).
KILN_HD std::uint32_t hash_u32(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

KILN_HD std::uint32_t hash_combine(std::uint32_t seed, std::uint32_t value) {
  return hash_u32(seed ^ (hash_u32(value + 0x9e3779b9u) + (seed << 6)));
}

/// The upper 24 bits as a number in [0, 1).
KILN_HD float unit_float(std::uint32_t x) { return static_cast<float>(x >> 8) * (1.0f / 16777216.0f); }

}  // namespace kiln
