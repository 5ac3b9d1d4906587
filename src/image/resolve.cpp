#include "image/resolve.h"

#include <algorithm>
#include <cmath>

#include "image/tone_map.h"
#include "image/white_balance.h"

namespace kiln {
namespace {

/// The nearest of the whole numbers up to `largest`, for [0, 1].
std::uint32_t quantise(float v, float largest) {
  return static_cast<std::uint32_t>(std::lround(std::clamp(v, 0.0f, 1.0f) * largest));
}

void append(std::uint32_t value, DisplayImage& out) {
  if (out.bit_depth == 16) out.bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  out.bytes.push_back(static_cast<std::uint8_t>(value & 255));
}

/// Calls `take(pixel, samples)` in row-major order.
template <class Take>
void for_each_count(const SampleCounts& counts, std::uint64_t pixels, Take&& take) {
  std::uint64_t unlimited = 0;  // pixels so far
  for (std::uint64_t pixel = 0; pixel < pixels; ++pixel) {
    if (!counts.limits.empty() && counts.limits[pixel] <= counts.behind) {
      take(pixel, counts.limits[pixel]);
    } else {
      take(pixel, unlimited++ < counts.boundary ? counts.before : counts.behind);
    }
  }
}

/// Alpha in [0, 1]; NaN counts as 0.
float coverage(float alpha) { return alpha > 0 ? std::min(alpha, 1.0f) : 0.0f; }

}  // namespace

std::uint64_t total_samples(const SampleCounts& counts, std::uint64_t pixels) {
  std::uint64_t total = 0;
  for_each_count(counts, pixels, [&total](std::uint64_t, std::uint32_t samples) { total += samples; });
  return total;
}

std::vector<std::uint32_t> samples_of_pixels(const SampleCounts& counts, std::uint64_t pixels) {
  std::vector<std::uint32_t> samples(pixels);
  for_each_count(counts, pixels, [&samples](std::uint64_t pixel, std::uint32_t count) { samples[pixel] = count; });
  return samples;
}

LinearImage resolve_accumulator(const LinearImage& sums, std::uint32_t samples_per_pixel) {
  return resolve_accumulator(sums, SampleCounts{0, 0, samples_per_pixel, {}});
}

LinearImage resolve_accumulator(const LinearImage& sums, const SampleCounts& counts) {
  LinearImage mean{sums.width, sums.height, sums.pixels};
  for_each_count(counts, mean.pixels.size(), [&mean](std::uint64_t pixel, std::uint32_t samples) {
    const float weight = samples == 0 ? 0.0f : 1.0f / static_cast<float>(samples);
    mean.pixels[pixel] = mean.pixels[pixel] * weight;
  });
  return mean;
}

DisplayImage to_display(const LinearImage& image, const DisplaySettings& settings) {
  DisplayImage out{image.width, image.height, settings.transparent ? 4u : 3u, settings.bit_depth, {}};
  out.bytes.reserve(image.pixels.size() * out.channels * (out.bit_depth / 8));
  const float exposure = std::exp2(settings.exposure_ev), largest = out.bit_depth == 16 ? 65535.0f : 255.0f;
  const auto balance = white_balance(settings.white_balance_k.value_or(6504));
  for (const Vec4& p : image.pixels) {
    const float alpha = settings.transparent ? coverage(p.w) : 1.0f;
    const std::uint32_t alpha_value = quantise(alpha, largest);
    Vec3 straight = alpha_value > 0 ? xyz(p) * (exposure / alpha) : Vec3{};
    if (settings.white_balance_k) straight = balance * straight;
    const Vec3 shown = tone_map(straight, settings.tone_mapping);
    for (const float c : {shown.x, shown.y, shown.z}) append(quantise(srgb_encode(c), largest), out);
    if (settings.transparent) append(alpha_value, out);
  }
  return out;
}

}  // namespace kiln
