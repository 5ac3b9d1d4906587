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
/// to 3) of any aligned square of 2^n by 2^n pixels (n = 0 to 6, k + n up to 8) are together a (0, 2k + 2n, 2)-net
/// in base 2. Dimensions 2 and 3 each are stratified so for k up to 2, and together for k = 0. The columns were found
/// by a depth-first search over bits; a test holds what is said here.
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
      {0x00b6, 0x006d, 0x0214, 0x039e, 0x0e58, 0x0542, 0x3311, 0x27aa, 0xc975, 0xb210, 0x6867, 0xbad5},
      {0x006d, 0x00b6, 0x0151, 0x039e, 0x05f4, 0x0e35, 0x1311, 0x3fcc, 0x59fa, 0xe0d7, 0xb68a, 0xf074},
      {0x0016, 0x002d, 0x00fc, 0x0089, 0x0182, 0x0229, 0x0bed, 0x054b, 0x369e, 0x23d1, 0xe53b, 0x54a8},
      {0x0035, 0x001a, 0x00e3, 0x00a8, 0x02ad, 0x01bf, 0x0f0f, 0x06bb, 0x2881, 0x3198, 0x6753, 0xf4a0}};
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
