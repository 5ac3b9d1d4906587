#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <unordered_map>

#include "jobs/estimator.h"
#include "jobs/job_types.h"
#include "jobs/work_ahead.h"

namespace kiln::jobs {

/// When jobs will end: watches every change of every job, learns from those that ended, and keeps account of those that
/// wait. Pure: time is what the caller says. One thread.
class Forecast {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Learns from the jobs of an earlier process, in acceptance order; from the last ones only when there are many.
  void learn(std::span<const JobPtr> stored);

  /// See Estimator::use_backend.
  void use_backend(const std::string& name);

  /// A job waits, or will as soon as it is durable; nothing to do for one that is known to.
  void wait(const Job& job);

  /// It does not, nor will it.
  void leave(const Job& job) { work_.remove(job.sequence, *job.request); }

  /// A change that was just made.
  void changed(const JobPtr& job, JobEventKind kind, Time now);

  /// Nothing unless the job is queued or running.
  std::optional<Eta> eta(const Job& job, Time now) const;

  /// Of one that is not known yet, behind a job of another scene: from its begin to its last sample.
  double seconds_of(const RenderRequest& request) const { return estimator_.work(request, false).at(0); }

  /// Of all that wait.
  double waiting_s() const { return work_.total().at(0); }

  /// Until the engine has rendered what it has in hand.
  double running_s(Time now) const { return left(now).at(0); }

 private:
  struct Running {
    std::shared_ptr<const RenderRequest> request;
    bool scene_kept = false;
    Time begun;
    double share = 0;        ///< of its samples that are finished
    double first_share = 0;  ///< the first that was not zero
    std::optional<Time> first_at;
    std::optional<Time> rendered_at;
  };

  void begin(const Job& job, Time now);
  void progress(const Job& job, Time now);
  void finish(const Job& job, Time now);
  Duration left(Time now) const;
  Duration left(const Running& running, Time now) const;

  Estimator estimator_;
  WorkAhead work_{estimator_};
  std::unordered_map<JobId, Running, JobIdHash> running_;
  std::string last_scene_;  ///< of the job that was begun last
};

}  // namespace kiln::jobs
