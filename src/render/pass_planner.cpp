#include "render/pass_planner.h"

#include <algorithm>

namespace kiln::render {

PassPlanner::PassPlanner(std::uint64_t pixels, std::uint32_t samples_per_pixel, RoundEnd latest_end)
    : pixels_{pixels, 0}, samples_per_pixel_(samples_per_pixel), latest_end_(latest_end) {}

bool PassPlanner::is_possible(const FrameCursor& cursor, std::uint64_t pixels, std::uint32_t samples_per_pixel) {
  if (cursor.next_pixel > pixels || cursor.first_sample > samples_per_pixel) return false;
  const std::uint32_t left = samples_per_pixel - cursor.first_sample;
  return cursor.sample_count <= left && (cursor.sample_count > 0 || left == 0);
}

void PassPlanner::resume(const FrameCursor& cursor) {
  round_first_sample_ = cursor.first_sample;
  round_sample_count_ = cursor.sample_count;
  round_pixels_done_ = cursor.next_pixel;
}

void PassPlanner::resume(const FrameCursor& cursor, const OpenPixels& pixels) {
  pixels_ = pixels;
  resume(cursor);
}

FrameCursor PassPlanner::cursor() const {
  const std::uint32_t left = samples_per_pixel_ - std::min(samples_per_pixel_, round_first_sample_);
  return {round_first_sample_, std::min(round_sample_count_, left), round_pixels_done_};
}

std::optional<std::uint32_t> PassPlanner::round_ended_at() const {
  const FrameCursor at = cursor();
  const std::uint32_t samples = at.first_sample + at.sample_count;
  if (ended_ || at.next_pixel != pixels_.count || samples >= samples_per_pixel_) return std::nullopt;
  return samples;
}

void PassPlanner::go_on_with(const OpenPixels& pixels) {
  pixels_ = pixels;
  begin_round(round_first_sample_ + round_sample_count_);
  if (pixels_.count == 0) ended_ = true;
}

void PassPlanner::begin_round(std::uint32_t first_sample) {
  constexpr std::uint32_t kMostAtOnce = 16;  // more samples of a pixel at once share its textures in the cache
  round_first_sample_ = first_sample;
  const double whole_frames = budget_samples_ / static_cast<double>(std::max<std::uint64_t>(1, pixels_.count));
  round_sample_count_ = std::min(std::max(1u, round_first_sample_), kMostAtOnce);
  round_sample_count_ = std::max(round_sample_count_, static_cast<std::uint32_t>(std::min(whole_frames, 65536.0)));
  if (latest_end_ != nullptr) {
    round_sample_count_ = std::min(round_sample_count_, latest_end_(round_first_sample_) - round_first_sample_);
  }
  round_pixels_done_ = 0;
}

std::optional<Pass> PassPlanner::next() {
  if (ended_) return std::nullopt;
  if (round_pixels_done_ == pixels_.count) begin_round(round_first_sample_ + round_sample_count_);
  if (pixels_.count == 0 || round_first_sample_ >= samples_per_pixel_) return std::nullopt;
  round_sample_count_ = std::min(round_sample_count_, samples_per_pixel_ - round_first_sample_);
  const auto fitting = static_cast<std::uint64_t>(budget_samples_ / round_sample_count_);
  const std::uint64_t left = pixels_.count - round_pixels_done_;
  pass_.first_pixel = static_cast<std::uint32_t>(round_pixels_done_);
  pass_.pixel_count = static_cast<std::uint32_t>(std::clamp(fitting, std::min<std::uint64_t>(64, left), left));
  pass_.first_sample = round_first_sample_;
  pass_.sample_count = round_sample_count_;
  return pass_;
}

/// The speed varies over a picture, so the budget follows it at once downwards and by a factor of four at most upwards.
void PassPlanner::finished(double seconds) {
  const double samples = static_cast<double>(pass_.pixel_count) * pass_.sample_count;
  round_pixels_done_ += pass_.pixel_count;
  const double fitting = samples * kTargetPass_s / std::max(seconds, 1e-6);
  budget_samples_ = std::clamp(fitting, 256.0, std::max(budget_samples_, samples) * 4);
}

double PassPlanner::progress() const {
  const auto others = static_cast<double>(pixels_.samples_of_others);
  const double all = static_cast<double>(pixels_.count) * samples_per_pixel_ + others;
  return all > 0 ? std::min(1.0, (static_cast<double>(cursor().samples(pixels_.count)) + others) / all) : 1.0;
}

}  // namespace kiln::render
