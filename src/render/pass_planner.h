#pragma once

#include <cstdint>
#include <optional>

#include "kiln/renderer.h"

namespace kiln::render {

/// Cuts a frame into passes that take about `kTargetPass_s` each, from the measured speed of the passes before. Works
/// in rounds over the whole picture, the first ones of a single sample per pixel, so that the picture so far is useful.
class PassPlanner {
 public:
  static constexpr double kTargetPass_s = 0.04;

  PassPlanner(std::uint64_t pixels, std::uint32_t samples_per_pixel);

  /// The next pass; nothing when the frame is complete.
  std::optional<Pass> next();

  /// Reports how long the pass that next() gave took.
  void finished(double seconds);

  double progress() const;  ///< finished samples over all samples

 private:
  std::uint64_t pixels_;
  std::uint32_t samples_per_pixel_;
  Pass pass_;                             ///< the last one given
  std::uint32_t round_first_sample_ = 0;  ///< of the round under way
  std::uint32_t round_sample_count_ = 1;
  std::uint64_t round_pixels_done_ = 0;
  double budget_samples_ = 4096;  ///< for the next pass
  double finished_samples_ = 0;
};

}  // namespace kiln::render
