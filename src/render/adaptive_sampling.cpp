#include "render/adaptive_sampling.h"

#include <algorithm>
#include <bit>
#include <tbb/parallel_for.h>

namespace kiln::render {
namespace {

constexpr std::uint32_t kFirstLook = 8;
constexpr std::uint32_t kLooksPerDoubling = 4;
constexpr float kShareOfOwn = 0.5f;  ///< of a pixel's own variance that must be low enough whatever its neighbours say

std::uint32_t look_before(std::uint32_t look) {
  if (look <= AdaptiveSampling::kFewestSamples) return look - kFirstLook;
  return look - std::bit_floor(look - 1) / kLooksPerDoubling;
}

/// What all pixels share at one look: the batch that ends there, and what the batches before it count for. At each
/// doubling the older, smaller ones count for half: they profit less from stratification than the mean does.
struct Look {
  float samples = 0, before = 0;  ///< at this look, and at the last
  float keep_scatter = 1;         ///< of the batches before
  float degrees_of_freedom = 0;   ///< this batch included
};

Look look_at(std::uint32_t samples) {
  const auto keep = [](std::uint32_t before) {
    return before > AdaptiveSampling::kFewestSamples && std::has_single_bit(before) ? 0.5f : 1.0f;
  };
  Look look;
  for (std::uint32_t at = kFirstLook; at < samples;) {
    look.keep_scatter = keep(at);
    look.degrees_of_freedom = look.degrees_of_freedom * look.keep_scatter + 1;
    at = AdaptiveSampling::next_look(at);
  }
  look.samples = static_cast<float>(samples);
  look.before = static_cast<float>(look_before(samples));
  return look;
}

/// Adds one batch (Chan, Golub and LeVeque, "Algorithms for Computing the Sample Variance", 1983, equation 2.1b): no
/// difference of large numbers.
float with_batch(float scatter, float sum_before, float sum, const Look& look) {
  const float batch = look.samples - look.before;
  const float distance = (sum - sum_before) / batch - sum_before / look.before;
  return scatter * look.keep_scatter + distance * distance * (look.before * batch / look.samples);
}

float relative_variance(const PixelNoise& noise, const Look& look, float dark) {
  const auto of = [&](float sum, float scatter) {
    const float mean = sum / look.samples;
    return scatter / (mean * mean + dark * dark);
  };
  const Vec4 &sum = noise.sums, &scatter = noise.scatter;
  const float of_color = (of(sum.x, scatter.x) + of(sum.y, scatter.y) + of(sum.z, scatter.z)) / 3.0f;
  return AdaptiveSampling::kStratification * std::max(of_color, scatter.w) / look.degrees_of_freedom;
}

void note(PixelNoise& noise, Vec4 sums, const Look& look, float dark) {
  if (look.before > 0) {
    const Vec4 &old = noise.sums, &s = noise.scatter;
    noise.scatter = {with_batch(s.x, old.x, sums.x, look), with_batch(s.y, old.y, sums.y, look),
                     with_batch(s.z, old.z, sums.z, look), with_batch(s.w, old.w, sums.w, look)};
  }
  noise.sums = sums;
  if (look.degrees_of_freedom > 0) noise.variance = relative_variance(noise, look, dark);
}

}  // namespace

bool is_possible(const AdaptiveState& state, std::uint64_t pixels, std::uint32_t samples_per_pixel) {
  return state.limits.size() == pixels && state.noise.size() == pixels &&
         std::ranges::all_of(state.limits, [=](std::uint32_t limit) {
           return limit == samples_per_pixel ||
                  (limit >= AdaptiveSampling::kFewestSamples && limit < samples_per_pixel);
         });
}

AdaptiveSampling::AdaptiveSampling(const FrameSettings& settings)
    : width_(settings.width),
      height_(settings.height),
      samples_per_pixel_(settings.samples_per_pixel),
      threshold_(settings.noise_threshold),
      dark_radiance_(settings.dark_radiance) {
  if (!is_on()) return;
  state_.limits.assign(width_ * height_, samples_per_pixel_);
  state_.noise.assign(width_ * height_, PixelNoise{});
}

std::uint32_t AdaptiveSampling::next_look(std::uint32_t samples) {
  if (samples < kFewestSamples) return samples - samples % kFirstLook + kFirstLook;
  const std::uint32_t step = std::bit_floor(samples) / kLooksPerDoubling;
  return samples - samples % step + step;
}

void AdaptiveSampling::look(const LinearImage& sums, std::uint32_t samples) {
  const Look here = look_at(samples);
  const auto is_open = [this](std::size_t pixel) { return state_.limits[pixel] == samples_per_pixel_; };
  const auto each_pixel = [this](auto&& work) {
    tbb::parallel_for(std::size_t{0}, height_, [&](std::size_t row) {
      for (std::size_t pixel = row * width_; pixel < (row + 1) * width_; ++pixel) work(pixel);
    });
  };
  each_pixel([&](std::size_t pixel) {
    if (is_open(pixel)) note(state_.noise[pixel], sums.pixels[pixel], here, dark_radiance_);
  });
  if (samples < kFewestSamples) return;
  const float enough = threshold_ * threshold_ * here.samples;
  each_pixel([&](std::size_t pixel) {
    if (!is_open(pixel) || !(kShareOfOwn * state_.noise[pixel].variance <= enough)) return;
    if (variance_around(pixel) <= enough) state_.limits[pixel] = samples;
  });
}

/// The mean over the 3 x 3 pixels around it that are in the picture.
float AdaptiveSampling::variance_around(std::size_t pixel) const {
  const std::size_t x = pixel % width_, y = pixel / width_;
  const std::size_t x0 = x - (x > 0), x1 = std::min(x + 1, width_ - 1);
  const std::size_t y0 = y - (y > 0), y1 = std::min(y + 1, height_ - 1);
  float sum = 0;
  for (std::size_t row = y0; row <= y1; ++row) {
    for (std::size_t column = x0; column <= x1; ++column) sum += state_.noise[row * width_ + column].variance;
  }
  return sum / static_cast<float>((x1 - x0 + 1) * (y1 - y0 + 1));
}

std::vector<std::uint32_t> AdaptiveSampling::open_pixels() const {
  std::vector<std::uint32_t> open;
  for (std::size_t pixel = 0; pixel < state_.limits.size(); ++pixel) {
    if (state_.limits[pixel] == samples_per_pixel_) open.push_back(static_cast<std::uint32_t>(pixel));
  }
  return open;
}

std::uint64_t AdaptiveSampling::ended_samples() const {
  std::uint64_t samples = 0;
  for (const std::uint32_t limit : state_.limits) samples += limit < samples_per_pixel_ ? limit : 0;
  return samples;
}

SampleCounts AdaptiveSampling::counts(const FrameCursor& cursor) const {
  return {cursor.next_pixel, cursor.first_sample + cursor.sample_count, cursor.first_sample, state_.limits};
}

}  // namespace kiln::render
