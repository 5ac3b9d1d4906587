#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "kiln/image.h"
#include "kiln/renderer.h"

#include "image/resolve.h"
#include "render/pass_planner.h"

namespace kiln::render {

/// What is known of one pixel's noise. Written to checkpoints as it is.
struct PixelNoise {
  Vec4 sums;           ///< the accumulator at the last look
  Vec4 scatter;        ///< per channel: the batches' squared distances from their mean, weighted by their samples
  float variance = 0;  ///< relative: divided by the number of samples it is the squared error
};
static_assert(sizeof(PixelNoise) == 36, "no padding: every byte of a checkpoint is written and checked");

/// What decides, beside the accumulator, which samples a frame with a noise threshold still gets. Empty without one.
struct AdaptiveState {
  std::vector<std::uint32_t> limits;  ///< how many samples each pixel gets in all
  std::vector<PixelNoise> noise;      ///< of each pixel
};

/// Whether a frame of so many pixels and samples can have come to this.
bool is_possible(const AdaptiveState& state, std::uint64_t pixels, std::uint32_t samples_per_pixel);

/// Ends pixels one by one, each as soon as its error is below the frame's noise threshold. It looks at fixed sample
/// counts, and what it decides is a function of the sums at this look and at those before: passes, threads and restarts
/// do not change a picture.
///
/// The error is the root of the relative mean squared one over the three colours (Rousselle, Knaus and Zwicker,
/// "Adaptive Sampling and Reconstruction using Greedy Error Minimization", 2011), sqrt(1/3 sum (x - truth)^2 /
/// (truth^2 + dark^2)), or that of alpha where it is larger. It is estimated from how the batches of samples between
/// the looks scatter (batch means; Owen, "Monte Carlo theory, methods and examples", chapter 17, on why batches and not
/// single samples of a scrambled net), less what the mean gains over its batches by stratification. A pixel ends when
/// the variance of the 3 x 3 pixels around it, and half of its own, is low enough: neighbours keep it from ending by
/// luck.
///
/// Biased, but little: the samples that decide are also shown (Kirk and Arvo, "Unbiased Sampling Techniques for Image
/// Synthesis", 1991), so where bright paths are rare a pixel that has missed them ends earlier than one that has not.
class AdaptiveSampling {
 public:
  static constexpr std::uint32_t kFewestSamples = 32;  ///< that a pixel gets

  /// The variance of the mean, over that of a mean of independent batches: what is typical of the sampler on the
  /// built-in samples (bench/render/adaptive.cpp). Smooth pixels gain more and come out cleaner than asked for.
  static constexpr float kStratification = 0.77f;

  /// Does nothing where the frame has no noise threshold. Throws std::bad_alloc.
  explicit AdaptiveSampling(const FrameSettings& settings);

  bool is_on() const { return threshold_ > 0; }

  /// The sample count of the first look after `samples`: every 8 up to 32, then four for each doubling.
  static std::uint32_t next_look(std::uint32_t samples);
  static bool is_look(std::uint32_t samples) { return samples > 0 && next_look(samples - 1) == samples; }

  /// Notes the noise and ends pixels. `sums`: the accumulator, of which each pixel that has not ended has `samples`
  /// samples. To be called at every look.
  void look(const LinearImage& sums, std::uint32_t samples);

  /// The pixels that have not ended, ascending.
  std::vector<std::uint32_t> open_pixels() const;

  /// The samples of those that have, together.
  std::uint64_t ended_samples() const;

  /// How many samples each pixel has.
  SampleCounts counts(const FrameCursor& cursor) const;

  const AdaptiveState& state() const { return state_; }

  /// Goes on from the state of a frame of the same settings.
  void restore(AdaptiveState state) { state_ = std::move(state); }

 private:
  float variance_around(std::size_t pixel) const;

  std::size_t width_, height_;
  std::uint32_t samples_per_pixel_;
  float threshold_, dark_radiance_;
  AdaptiveState state_;
};

}  // namespace kiln::render
