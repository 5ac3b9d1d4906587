#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/messages.h"
#include "engine/process_engine.h"

namespace kiln::engine {

using Clock = std::chrono::steady_clock;

Clock::time_point after(Clock::time_point begin, double seconds);

/// How far a task is, in this order. Loading is all before the first news of progress.
enum class Phase { loading, tracing, encoding, ended };

/// One task in the hands of an engine's process, as the server knows it.
class Attempt {
 public:
  Attempt(const EngineTask& task, const ProcessEngineOptions& options, Clock::time_point now);

  const AttemptKey& key() const { return key_; }
  Phase phase() const { return phase_; }
  double progress() const { return progress_; }
  const std::optional<Result<RenderReport>>& outcome() const { return outcome_; }  ///< once it has ended
  std::string where() const;  ///< "while loading the scene", "at 43%", "while encoding the picture"

  // What the engine says:
  void note_progress(double progress, Clock::time_point now);
  void note_rendered(Clock::time_point now);
  void end(Result<RenderReport> outcome);

  /// The engine has been asked to stop it. A picture that is being encoded is not waited for.
  void note_stop(StopKind how, Clock::time_point now);

  /// When the engine's patience ends, as things are.
  Clock::time_point deadline() const;

  /// What the engine did wrong by now, if anything.
  std::optional<Error> overdue(Clock::time_point now) const;

 private:
  Clock::time_point stalled_at() const { return after(news_at_, options_->stall_s); }
  bool is_late(const std::optional<Clock::time_point>& by, Clock::time_point now) const;

  AttemptKey key_;
  const ProcessEngineOptions* options_;
  Phase phase_ = Phase::loading;
  double progress_ = 0;
  Clock::time_point news_at_;
  std::optional<Clock::time_point> traced_by_, stopped_by_;
  std::optional<Result<RenderReport>> outcome_;
};

}  // namespace kiln::engine
