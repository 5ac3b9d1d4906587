#include "image/resolve.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "image/tone_map.h"

namespace kiln {
namespace {

std::uint8_t to_byte(float v) { return static_cast<std::uint8_t>(std::lround(std::clamp(v, 0.0f, 1.0f) * 255.0f)); }

/// Alpha in [0, 1]; NaN counts as 0.
float coverage(float alpha) { return alpha > 0 ? std::min(alpha, 1.0f) : 0.0f; }

}  // namespace

LinearImage resolve_accumulator(const LinearImage& sums, std::uint32_t samples_per_pixel) {
  return resolve_accumulator(sums, SampleCounts{0, 0, samples_per_pixel});
}

LinearImage resolve_accumulator(const LinearImage& sums, const SampleCounts& counts) {
  LinearImage mean{sums.width, sums.height, sums.pixels};
  const auto weigh = [](std::span<Vec4> pixels, std::uint32_t samples) {
    const float weight = samples == 0 ? 0.0f : 1.0f / static_cast<float>(samples);
    for (Vec4& p : pixels) p = p * weight;
  };
  const std::span pixels(mean.pixels);
  const auto boundary = std::min<std::uint64_t>(counts.boundary, pixels.size());
  weigh(pixels.first(boundary), counts.before);
  weigh(pixels.subspan(boundary), counts.behind);
  return mean;
}

DisplayImage to_display(const LinearImage& image, const DisplaySettings& settings) {
  DisplayImage out{image.width, image.height, settings.transparent ? 4u : 3u, {}};
  out.bytes.reserve(image.pixels.size() * out.channels);
  const float exposure = std::exp2(settings.exposure_ev);
  for (const Vec4& p : image.pixels) {
    const float alpha = settings.transparent ? coverage(p.w) : 1.0f;
    const std::uint8_t alpha_byte = to_byte(alpha);
    const Vec3 straight = alpha_byte > 0 ? xyz(p) * (exposure / alpha) : Vec3{};
    const Vec3 shown = tone_map(straight, settings.tone_mapping);
    for (const float c : {shown.x, shown.y, shown.z}) out.bytes.push_back(to_byte(srgb_encode(c)));
    if (settings.transparent) out.bytes.push_back(alpha_byte);
  }
  return out;
}

}  // namespace kiln
