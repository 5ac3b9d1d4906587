#include "engine/attempt.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "kiln/image.h"

namespace kiln::engine {

constexpr double kDiskBytesPerSecond = 50e6;  ///< a slow one

Clock::time_point after(Clock::time_point begin, double seconds) {
  return begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

Attempt::Attempt(const EngineTask& task, const ProcessEngineOptions& options)
    : key_(key_of(task)),
      options_(&options),
      time_limit_s_(task.request.time_limit_s),
      keeps_partial_(task.request.keep_partial) {
  const double checkpoint_bytes = static_cast<double>(pixels_of(task.request)) * sizeof(Vec4);
  suspend_s_ = options.suspend_s + checkpoint_bytes / kDiskBytesPerSecond;
}

void Attempt::note_turn(Clock::time_point now) {
  if (!news_at_) news_at_ = now;
}

void Attempt::begin(Clock::time_point now) {
  news_at_ = now;
  if (std::exchange(has_begun_, true) || !time_limit_s_) return;
  traced_until_ = after(now, *time_limit_s_ + options_->time_limit_grace_s);
}

std::string Attempt::where() const {
  if (phase_ == Phase::loading) return "while loading the scene";
  if (phase_ == Phase::tracing) return fmt::format("at {:.0f}%", 100 * progress_);
  return "while encoding the picture";
}

void Attempt::note_progress(double progress, Clock::time_point now) {
  begin(now);
  if (phase_ > Phase::tracing || progress == 0) return;
  phase_ = Phase::tracing;
  progress_ = std::max(progress_, progress);
}

void Attempt::note_rendered(std::optional<Error> stopped_by) {
  if (phase_ >= Phase::encoding) return;
  phase_ = Phase::encoding;
  stopped_by_ = std::move(stopped_by);
  news_at_.reset();
}

void Attempt::end(Result<RenderReport> outcome) {
  if (phase_ == Phase::ended) return;
  phase_ = Phase::ended;
  outcome_ = std::move(outcome);
}

void Attempt::note_stop(StopKind how, Clock::time_point now) {
  const auto by = after(now, how == StopKind::suspend ? suspend_s_ : options_->cancel_kill_s);
  obeys_until_ = obeys_until_ ? std::min(*obeys_until_, by) : by;
}

Clock::time_point Attempt::deadline() const {
  Clock::time_point first = stalled_at();
  if (phase_ < Phase::encoding && traced_until_) first = std::min(first, *traced_until_);
  if (phase_ < Phase::encoding && obeys_until_) first = std::min(first, *obeys_until_);
  return first;
}

Clock::time_point Attempt::stalled_at() const {
  return news_at_ ? after(*news_at_, options_->stall_s) : Clock::time_point::max();
}

bool Attempt::is_late(const std::optional<Clock::time_point>& by, Clock::time_point now) const {
  return phase_ < Phase::encoding && by && now >= *by;
}

std::optional<Error> Attempt::overdue(Clock::time_point now) const {
  if (is_late(obeys_until_, now)) {
    return Error{ErrorCode::engine_stalled, "the engine did not stop when it was told to, " + where(), ""};
  }
  if (is_late(traced_until_, now)) {
    return Error{ErrorCode::time_limit_exceeded, "the time limit was over, " + where() + ", and the engine went on",
                 ""};
  }
  if (phase_ == Phase::ended || now < stalled_at()) return {};
  return Error{ErrorCode::engine_stalled,
               fmt::format("the engine gave no news for {:g} s, {}", options_->stall_s, where()), ""};
}

}  // namespace kiln::engine
