#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/messages.h"
#include "engine/process_engine.h"

namespace kiln::engine {

using Clock = std::chrono::steady_clock;

Clock::time_point after(Clock::time_point begin, double seconds);

/// How far a task is, in this order. Loading is all before the first sample, encoding all after the last.
enum class Phase { loading, tracing, encoding, ended };

/// One task in the hands of an engine's process, as the server knows it. While it waits there for the attempts before
/// it, to be begun or, once rendered, to be encoded, no clock runs for it: theirs do.
class Attempt {
 public:
  Attempt(const EngineTask& task, const ProcessEngineOptions& options);

  const AttemptKey& key() const { return key_; }
  Phase phase() const { return phase_; }
  double progress() const { return progress_; }
  const std::optional<Result<RenderReport>>& outcome() const { return outcome_; }  ///< once it has ended
  bool keeps_partial() const { return keeps_partial_; }
  const std::optional<Error>& stopped_by() const { return stopped_by_; }  ///< as in TracedPicture, once rendered
  std::string where() const;  ///< "while loading the scene", "at 43%", "while encoding the picture"

  /// No attempt is before it any more: the engine owes it news from now on, if not from earlier.
  void note_turn(Clock::time_point now);

  // What the engine says:
  void note_progress(double progress, Clock::time_point now);
  void note_rendered(std::optional<Error> stopped_by);  ///< it may wait to be encoded
  void end(Result<RenderReport> outcome);

  /// The engine has been asked to stop it. A picture that is being encoded is not waited for.
  void note_stop(StopKind how, Clock::time_point now);

  /// When our patience with the engine ends, as things are; max(): never.
  Clock::time_point deadline() const;

  /// What the engine did wrong by now, if anything.
  std::optional<Error> overdue(Clock::time_point now) const;

 private:
  void begin(Clock::time_point now);
  Clock::time_point stalled_at() const;
  bool is_late(const std::optional<Clock::time_point>& by, Clock::time_point now) const;

  AttemptKey key_;
  const ProcessEngineOptions* options_;
  std::optional<float> time_limit_s_;
  double suspend_s_ = 0;
  bool has_begun_ = false;
  Phase phase_ = Phase::loading;
  double progress_ = 0;
  std::optional<Clock::time_point> news_at_;  ///< nothing: it waits for others
  std::optional<Clock::time_point> traced_until_, obeys_until_;
  bool keeps_partial_ = false;
  std::optional<Error> stopped_by_;
  std::optional<Result<RenderReport>> outcome_;
};

}  // namespace kiln::engine
