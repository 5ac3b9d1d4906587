#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kiln/image.h"
#include "kiln/render_request.h"

namespace kiln {

/// The accumulator (sums over samples) -> the mean over `samples_per_pixel` samples. `samples_per_pixel` > 0.
LinearImage resolve_accumulator(const LinearImage& sums, std::uint32_t samples_per_pixel);

/// How many samples the pixels of a picture that is under way have. Pixels whose limit is `behind` or less have as many
/// as that; of the others, in row-major order, the first `boundary` have `before`, the rest `behind`.
struct SampleCounts {
  std::uint64_t boundary = 0;
  std::uint32_t before = 0, behind = 0;
  std::vector<std::uint32_t> limits = {};  ///< of each pixel, none below `before` and above `behind`; empty: no limit
};

/// The samples of all `pixels` together.
std::uint64_t total_samples(const SampleCounts& counts, std::uint64_t pixels);

/// The samples of each of so many pixels.
std::vector<std::uint32_t> samples_of_pixels(const SampleCounts& counts, std::uint64_t pixels);

/// The mean over as many samples as each pixel has; transparent black where it has none.
LinearImage resolve_accumulator(const LinearImage& sums, const SampleCounts& counts);

/// What a picture to be looked at is made of.
struct DisplaySettings {
  ToneMapping tone_mapping = ToneMapping::pbr_neutral;
  float exposure_ev = 0;     ///< radiance is multiplied by 2^exposure_ev first
  bool transparent = false;  ///< keep alpha; else it is left out of the picture (radiance is associated already)
  std::optional<float> white_balance_k;  ///< see white_balance(); unset: colours stay as they are
  std::uint32_t bit_depth = 8;           ///< 8 or 16
};

/// sRGB-encoded values, rows from the top, `channels` a pixel: 4 (straight alpha) when transparent, else 3. One byte
/// each, or two with the higher first, as PNG has them.
struct DisplayImage {
  std::uint32_t width = 0, height = 0, channels = 3, bit_depth = 8;
  std::vector<std::uint8_t> bytes;
};

/// White balance and exposure, then (transparent) division by alpha, then the tone curve, then sRGB, then rounding to
/// the nearest of the 2^bit_depth values. A pixel of zero alpha becomes (0, 0, 0, 0): straight alpha cannot carry light
/// without coverage.
DisplayImage to_display(const LinearImage& image, const DisplaySettings& settings);

}  // namespace kiln
