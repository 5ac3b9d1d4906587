#include "engine/attempt.h"

#include <algorithm>
#include <fmt/format.h>

namespace kiln::engine {

Clock::time_point after(Clock::time_point begin, double seconds) {
  return begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

Attempt::Attempt(const EngineTask& task, const ProcessEngineOptions& options, Clock::time_point now)
    : key_(key_of(task)), options_(&options), news_at_(now) {
  const std::optional<float>& limit_s = task.request.time_limit_s;
  if (limit_s) traced_by_ = after(now, *limit_s + options.time_limit_grace_s);
}

std::string Attempt::where() const {
  if (phase_ == Phase::loading) return "while loading the scene";
  if (phase_ == Phase::tracing) return fmt::format("at {:.0f}%", 100 * progress_);
  return "while encoding the picture";
}

void Attempt::note_progress(double progress, Clock::time_point now) {
  if (phase_ > Phase::tracing) return;
  phase_ = Phase::tracing;
  progress_ = std::max(progress_, progress);
  news_at_ = now;
}

void Attempt::note_rendered(Clock::time_point now) {
  phase_ = std::max(phase_, Phase::encoding);
  news_at_ = now;
}

void Attempt::end(Result<RenderReport> outcome) {
  if (phase_ == Phase::ended) return;
  phase_ = Phase::ended;
  outcome_ = std::move(outcome);
}

void Attempt::note_stop(StopKind how, Clock::time_point now) {
  const auto by = after(now, how == StopKind::cancel ? options_->cancel_kill_s : options_->suspend_s);
  stopped_by_ = stopped_by_ ? std::min(*stopped_by_, by) : by;
}

Clock::time_point Attempt::deadline() const {
  Clock::time_point first = stalled_at();
  if (phase_ < Phase::encoding && traced_by_) first = std::min(first, *traced_by_);
  if (phase_ < Phase::encoding && stopped_by_) first = std::min(first, *stopped_by_);
  return first;
}

bool Attempt::is_late(const std::optional<Clock::time_point>& by, Clock::time_point now) const {
  return phase_ < Phase::encoding && by && now >= *by;
}

std::optional<Error> Attempt::overdue(Clock::time_point now) const {
  if (is_late(stopped_by_, now)) {
    return Error{ErrorCode::engine_stalled, "the engine did not stop when it was told to, " + where(), ""};
  }
  if (is_late(traced_by_, now)) {
    return Error{ErrorCode::time_limit_exceeded, "the time limit was over, " + where() + ", and the engine went on",
                 ""};
  }
  if (phase_ == Phase::ended || now < stalled_at()) return {};
  return Error{ErrorCode::engine_stalled,
               fmt::format("the engine gave no news for {:g} s, {}", options_->stall_s, where()), ""};
}

}  // namespace kiln::engine
