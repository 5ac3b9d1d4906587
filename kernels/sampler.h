#pragma once

#include "kernels/film_place.h"
#include "kernels/pixel_shift.h"
#include "kernels/rng.h"
#include "kernels/vec.h"

/// Owen-scrambled Sobol points by hashing (Burley, "Practical Hash-based Owen Scrambling", JCGT 2020): groups of four
/// dimensions, each group with its own shuffle of the point order and its own scramble ("padding"). Every number is a
/// pure function of (seed, pixel, sample, dimension); an aligned power of two of samples is a (0,m,2)-net in the first
/// two dimensions of each group. The pixels of a tile have the same scrambles and their own shifts (pixel_shift.h), by
/// which neighbours complement each other.
namespace kiln {

KILN_HD constexpr std::uint32_t reverse_bits(std::uint32_t x) {
  x = (x >> 16) | (x << 16);
  x = ((x & 0xff00ff00u) >> 8) | ((x & 0x00ff00ffu) << 8);
  x = ((x & 0xf0f0f0f0u) >> 4) | ((x & 0x0f0f0f0fu) << 4);
  x = ((x & 0xccccccccu) >> 2) | ((x & 0x33333333u) << 2);
  return ((x & 0xaaaaaaaau) >> 1) | ((x & 0x55555555u) << 1);
}

/// The Laine-Karras permutation with Burley's constants: each bit depends on the lower ones only, so that on reversed
/// bits it is a nested uniform (Owen) scramble.
KILN_HD std::uint32_t laine_karras(std::uint32_t x, std::uint32_t seed) {
  x += seed;
  x ^= x * 0x6c50b47cu;
  x ^= x * 0xb82f1e52u;
  x ^= x * 0xc7afe638u;
  x ^= x * 0x8d22f6e6u;
  return x;
}

/// Points are numbered modulo 2^16; beyond that a sequence starts anew with another scramble.
inline constexpr int kSobolBits = 16;

/// The generator matrix of one Sobol dimension, columns with their bits reversed (bit 0 is the first binary place).
struct SobolMatrix {
  std::uint32_t column[kSobolBits] = {};
};

/// Joe and Kuo, "Constructing Sobol Sequences with Better Two-Dimensional Projections", 2008, equation 2: a primitive
/// polynomial of `degree` with the inner coefficients `a`, and initial direction numbers m1, m2, m3.
KILN_HD constexpr SobolMatrix make_sobol_matrix(int degree, std::uint32_t a, std::uint32_t m1, std::uint32_t m2,
                                                std::uint32_t m3) {
  std::uint32_t m[kSobolBits] = {m1, m2, m3};
  for (int k = degree; k < kSobolBits; ++k) {
    m[k] = (m[k - degree] << degree) ^ m[k - degree];
    for (int j = 1; j < degree; ++j) {
      if ((a >> (degree - 1 - j)) & 1u) m[k] ^= m[k - j] << j;
    }
  }
  SobolMatrix matrix;
  for (int k = 0; k < kSobolBits; ++k) matrix.column[k] = reverse_bits(m[k] << (31 - k));
  return matrix;
}

/// Dimensions 1, 2 and 3 of the Sobol point `index`, bits reversed; dimension 0 is `index` itself.
struct SobolPoint {
  std::uint32_t d1 = 0, d2 = 0, d3 = 0;
};

KILN_HD SobolPoint sobol_point(std::uint32_t index) {
  constexpr SobolMatrix kSecond = make_sobol_matrix(1, 0, 1, 0, 0);
  constexpr SobolMatrix kThird = make_sobol_matrix(2, 1, 1, 3, 0);
  constexpr SobolMatrix kFourth = make_sobol_matrix(3, 1, 1, 3, 1);
  SobolPoint p;
  for (int k = 0; k < kSobolBits; ++k) {
    const std::uint32_t mask = 0u - ((index >> k) & 1u);
    p.d1 ^= kSecond.column[k] & mask;
    p.d2 ^= kThird.column[k] & mask;
    p.d3 ^= kFourth.column[k] & mask;
  }
  return p;
}

/// The numbers of one sample of one pixel.
struct Sampler {
  std::uint32_t seed = 0;   ///< of the tile
  std::uint16_t index = 0;  ///< of the sample
  std::uint16_t place = 0;  ///< of the pixel in the tile, as morton_place() gives it
};

KILN_HD Sampler make_sampler(std::uint64_t seed, FilmPlace pixel, std::uint32_t sample) {
  const std::uint32_t tile = (pixel.row >> kTileBits) << 16 | (pixel.column >> kTileBits);
  std::uint32_t s = hash_combine(static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
  s = hash_combine(hash_combine(s, tile), sample >> kSobolBits);
  return {s, static_cast<std::uint16_t>(sample), static_cast<std::uint16_t>(morton_place(pixel.column, pixel.row))};
}

/// Four numbers in [0, 1). Groups are independent of each other.
KILN_HD Vec4 sample_4d(const Sampler& sampler, std::uint32_t group) {
  const std::uint32_t seed = hash_combine(sampler.seed, group);
  constexpr std::uint32_t kMask = (1u << kSobolBits) - 1;
  const std::uint32_t index = reverse_bits(laine_karras(reverse_bits(sampler.index), seed)) & kMask;
  const PixelShift shift = pixel_shift(laine_karras(sampler.place, seed ^ 0x5u));
  const SobolPoint p = sobol_point(index);
  const std::uint32_t d0 = index ^ (static_cast<std::uint32_t>(shift) & kMask);
  const std::uint32_t d1 = p.d1 ^ (static_cast<std::uint32_t>(shift >> 16) & kMask);
  const std::uint32_t d2 = p.d2 ^ (static_cast<std::uint32_t>(shift >> 32) & kMask);
  const std::uint32_t d3 = p.d3 ^ static_cast<std::uint32_t>(shift >> 48);
  return {unit_float(reverse_bits(laine_karras(d0, hash_u32(seed ^ 0x1u)))),
          unit_float(reverse_bits(laine_karras(d1, hash_u32(seed ^ 0x2u)))),
          unit_float(reverse_bits(laine_karras(d2, hash_u32(seed ^ 0x3u)))),
          unit_float(reverse_bits(laine_karras(d3, hash_u32(seed ^ 0x4u))))};
}

/// One number that shares no structure with any other, for decisions whose count is not known beforehand.
KILN_HD float sample_white_noise(const Sampler& sampler, std::uint32_t event) {
  const std::uint32_t sample = static_cast<std::uint32_t>(sampler.place) << kSobolBits | sampler.index;
  return unit_float(hash_combine(hash_combine(sampler.seed ^ 0xa511e9b3u, sample), event));
}

}  // namespace kiln
