#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "kiln/renderer.h"

namespace kiln::render {

/// How far a frame has come. The pixels before `next_pixel`, in row-major order, have the samples
/// [0, first_sample + sample_count), the others [0, first_sample).
struct FrameCursor {
  std::uint32_t first_sample = 0, sample_count = 0;  ///< of the round under way
  std::uint64_t next_pixel = 0;

  auto operator<=>(const FrameCursor&) const = default;

  /// Of all `pixels` of the frame together.
  std::uint64_t samples(std::uint64_t pixels) const { return pixels * first_sample + next_pixel * sample_count; }

  /// Whether each of the frame's `pixels` has one.
  bool covers(std::uint64_t pixels) const { return first_sample > 0 || (next_pixel == pixels && sample_count > 0); }
};

/// Cuts a frame into passes that take about `kTargetPass_s` each, from the measured speed of the passes before. Works
/// in rounds over the whole picture, the first ones of a single sample per pixel, so that the picture so far is useful.
class PassPlanner {
 public:
  static constexpr double kTargetPass_s = 0.04;

  PassPlanner(std::uint64_t pixels, std::uint32_t samples_per_pixel);

  /// Whether cursor() of a planner for such a frame can be this.
  static bool is_possible(const FrameCursor& cursor, std::uint64_t pixels, std::uint32_t samples_per_pixel);

  /// Goes on where another planner for such a frame was; before the first next(). `cursor` must be possible.
  void resume(const FrameCursor& cursor);

  /// What the passes that were reported as finished have added up to.
  FrameCursor cursor() const;

  /// The next pass; nothing when the frame is complete, or good enough.
  std::optional<Pass> next();

  /// The frame is good enough as it is: there are no more passes.
  void end() { ended_ = true; }

  /// Reports how long the pass that next() gave took.
  void finished(double seconds);

  double progress() const;  ///< finished samples over all samples

 private:
  std::uint64_t pixels_;
  std::uint32_t samples_per_pixel_;
  bool ended_ = false;
  Pass pass_;                             ///< the last one given
  std::uint32_t round_first_sample_ = 0;  ///< of the round under way
  std::uint32_t round_sample_count_ = 1;
  std::uint64_t round_pixels_done_ = 0;
  double budget_samples_ = 4096;  ///< for the next pass
};

}  // namespace kiln::render
