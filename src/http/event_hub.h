#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "http/deadlines.h"
#include "http/event_log.h"
#include "http/event_stream.h"
#include "http/job_codec.h"
#include "http/progress_pace.h"
#include "http/turns.h"
#include "jobs/service.h"

namespace kiln::http {

struct EventSettings {
  std::size_t history = 20'000;  ///< events that are kept for clients that come back, and for those that lag behind
  std::chrono::steady_clock::duration heartbeat = std::chrono::seconds(15);
};

/// Makes numbered events of what happens to jobs and batches, and tells the streams. The I/O thread's.
class EventHub {
 public:
  /// What is passed by reference must outlive it; the service need not after end_all().
  EventHub(jobs::Service& jobs, JobTexts& texts, Turns& turns, Deadlines& deadlines, const EventSettings& settings);
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  void job_changed(const jobs::JobEvent& event);

  /// The events of a job or batch that exists, or of everything, after the one that `last_event_id` names; from the
  /// present state on where that cannot be told. Null: the subject has ended and that was told already.
  std::unique_ptr<BodyStream> open(const std::optional<JobId>& subject, std::string_view last_event_id);

  /// Streams end; those that are opened from now on do at once.
  void end_all();

  std::size_t open_streams() const { return streams_.size(); }

  // For the streams.
  struct Present {
    std::optional<JobState> state;  ///< unset: there is no such job or batch
    std::size_t position = 0;       ///< of a queued job
    std::string json;
  };
  Present present(const JobId& id);
  EventStreams& streams() { return streams_; }
  EventLog& log() { return log_; }
  jobs::Service& jobs() { return jobs_; }
  Turns& turns() { return turns_; }
  Deadlines& deadlines() { return deadlines_; }
  const EventSettings& settings() const { return settings_; }
  bool ended() const { return ended_; }

 private:
  void append(Event event);
  void state_changed(const jobs::JobEvent& event);
  void batch_changed(const jobs::JobEvent& event);
  void engine_event(const Job& job, std::string_view what, std::uint32_t attempt, const std::optional<ErrorCode>& code);
  void report_progress(const Job& job);
  void tell_progress(const JobId& id);
  void watch_progress();
  bool heard(const Event& event) const;

  jobs::Service& jobs_;
  JobTexts& texts_;
  Turns& turns_;
  Deadlines& deadlines_;
  EventSettings settings_;
  EventLog log_;
  ProgressPace pace_;
  Deadline progress_due_;
  EventStreams streams_;
  std::map<JobId, JobState> batches_;  ///< as told last; those that have not ended
  std::set<JobId> lost_;               ///< jobs that wait for an engine again
  bool ended_ = false;
};

}  // namespace kiln::http
