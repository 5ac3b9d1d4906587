#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "kiln/renderer.h"

namespace kiln::render {

/// How far a frame has come. Of the pixels that still get samples, in row-major order, those before `next_pixel` have
/// the samples [0, first_sample + sample_count), the others [0, first_sample).
struct FrameCursor {
  std::uint32_t first_sample = 0, sample_count = 0;  ///< of the round under way
  std::uint64_t next_pixel = 0;

  auto operator<=>(const FrameCursor&) const = default;

  /// Of all `pixels` that still get samples, together.
  std::uint64_t samples(std::uint64_t pixels) const { return pixels * first_sample + next_pixel * sample_count; }

  /// Whether each of the frame's `pixels` has one.
  bool covers(std::uint64_t pixels) const { return first_sample > 0 || (next_pixel == pixels && sample_count > 0); }
};

/// The pixels of a frame that still get samples, and the samples of the others together.
struct OpenPixels {
  std::uint64_t count = 0;
  std::uint64_t samples_of_others = 0;
};

/// Cuts a frame into passes that take about `kTargetPass_s` each, from the measured speed of the passes before. Works
/// in rounds over the whole picture, the first ones of a single sample per pixel, so that the picture so far is useful.
class PassPlanner {
 public:
  static constexpr double kTargetPass_s = 0.04;

  /// The sample count at which a round that begins at `first_sample` ends at the latest.
  using RoundEnd = std::uint32_t (*)(std::uint32_t first_sample);

  PassPlanner(std::uint64_t pixels, std::uint32_t samples_per_pixel, RoundEnd latest_end = nullptr);

  /// Whether cursor() of a planner for such a frame can be this.
  static bool is_possible(const FrameCursor& cursor, std::uint64_t pixels, std::uint32_t samples_per_pixel);

  /// Goes on where another planner for such a frame was, with the pixels that were open there; before the first next().
  /// `cursor` must be possible.
  void resume(const FrameCursor& cursor);
  void resume(const FrameCursor& cursor, const OpenPixels& pixels);

  /// What the passes that were reported as finished have added up to.
  FrameCursor cursor() const;

  /// The samples that each open pixel has where a round has just ended and another one may follow.
  std::optional<std::uint32_t> round_ended_at() const;

  /// From here on so many pixels are open; the frame is complete where there are none. Where a round has ended.
  void go_on_with(const OpenPixels& pixels);

  /// The next pass; nothing when the frame is complete, or good enough.
  std::optional<Pass> next();

  /// The frame is good enough as it is: there are no more passes.
  void end() { ended_ = true; }

  /// Reports how long the pass that next() gave took.
  void finished(double seconds);

  double progress() const;  ///< finished samples over all those that may be needed

 private:
  void begin_round(std::uint32_t first_sample);

  OpenPixels pixels_;
  std::uint32_t samples_per_pixel_;
  RoundEnd latest_end_;
  bool ended_ = false;
  Pass pass_;                             ///< the last one given
  std::uint32_t round_first_sample_ = 0;  ///< of the round under way
  std::uint32_t round_sample_count_ = 1;
  std::uint64_t round_pixels_done_ = 0;
  double budget_samples_ = 4096;  ///< for the next pass
};

}  // namespace kiln::render
