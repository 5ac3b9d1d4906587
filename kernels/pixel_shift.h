#pragma once

#include "kernels/rng.h"

/// How the pixels of a tile share their sample points, so that what one pixel misses its neighbours make up for: the
/// error of a picture with few samples becomes fine grain, without the coarse blotches of independent pixels. The idea
/// is that of Ahmed and Wonka ("Screen-Space Blue-Noise Diffusion of Monte Carlo Sampling Error via Hierarchical
/// Ordering of Pixels", 2020): points are handed out along a Morton curve. Theirs gives each pixel a run of the
/// sequence, which has to be as long as the picture will have samples. Here each pixel has all of the sequence,
/// digitally shifted by a vector of its own, and the shifts are such that every prefix is shared well.
///
/// Shifts are linear in the bits of the place on the Morton curve. In dimensions 0 and 1 the first 4^k samples (k = 0
/// to 4) of any aligned square of 2^n by 2^n pixels (n = 0 to 6, k + n up to 8) are together a (0, 2k + 2n, 2)-net
/// in base 2. Dimensions 2 and 3 are stratified so one by one, and together for k = 0. The columns were found by a
/// depth-first search over their bits; a test holds what is said here.
namespace kiln {

/// Tiles of 64 by 64 pixels are independent of each other.
inline constexpr std::uint32_t kTileBits = 6;

/// 16 binary places of each of four dimensions, the first place in the lowest bit, dimension 0 in the lowest bits.
using PixelShift = std::uint64_t;

struct PixelShiftTables {
  static constexpr int kSize = 1 << kTileBits;
  PixelShift coarse[kSize] = {}, fine[kSize] = {};
};

KILN_HD constexpr PixelShiftTables make_pixel_shift_tables() {
  constexpr int kBits = 2 * kTileBits;
  // By the bits of the place on the Morton curve, the finest first.
  constexpr std::uint32_t kColumns[4][kBits] = {
      {0xc5b6, 0x0f6d, 0xb28a, 0x3e79, 0x2b83, 0x698d, 0x61c5, 0x6cdd, 0x89ea, 0x088f, 0xa235, 0xb557},
      {0x0d6d, 0x47b6, 0x11cf, 0x0fe7, 0x1f2f, 0xa4bf, 0x5e4a, 0x8cbb, 0x631f, 0xd1e4, 0xa2c0, 0x29dc},
      {0x2296, 0x85ed, 0x3a53, 0x0b1c, 0xbbc1, 0xc214, 0xe7de, 0xd4c8, 0x079a, 0x60db, 0xb67e, 0x0859},
      {0x42f5, 0x179a, 0x74ce, 0x2cb2, 0xaf1e, 0x933e, 0x3fca, 0xe10e, 0x7b0a, 0x058e, 0x28a1, 0x004c}};
  PixelShiftTables tables;
  for (int i = 0; i < PixelShiftTables::kSize; ++i) {
    for (int bit = 0; bit < static_cast<int>(kTileBits); ++bit) {
      if (((i >> bit) & 1) == 0) continue;
      for (int d = 0; d < 4; ++d) {
        tables.coarse[i] ^= static_cast<PixelShift>(kColumns[d][kBits - 1 - bit]) << (16 * d);
        tables.fine[i] ^= static_cast<PixelShift>(kColumns[d][kBits - 1 - kTileBits - bit]) << (16 * d);
      }
    }
  }
  return tables;
}

/// Where a pixel lies on the Morton curve through its tile, bits reversed: the lowest two choose a quadrant of the
/// tile, the next two a quadrant of that.
KILN_HD std::uint32_t morton_place(std::uint32_t column, std::uint32_t row) {
  std::uint32_t place = 0;
  for (std::uint32_t bit = 0; bit < kTileBits; ++bit) {
    const std::uint32_t to = 2 * (kTileBits - 1 - bit);
    place |= ((column >> bit) & 1u) << (to + 1) | ((row >> bit) & 1u) << to;
  }
  return place;
}

/// The shift of a pixel whose place (as above) has been scrambled in any way that keeps its quadrants together.
KILN_HD PixelShift pixel_shift(std::uint32_t place) {
  static constexpr PixelShiftTables kTables = make_pixel_shift_tables();
  constexpr std::uint32_t kMask = PixelShiftTables::kSize - 1;
  return kTables.coarse[place & kMask] ^ kTables.fine[(place >> kTileBits) & kMask];
}

}  // namespace kiln
