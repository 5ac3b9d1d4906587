#pragma once

#include "jobs/job_types.h"

/// The states of a job and the only ways between them. Each verb takes a snapshot and makes the one after it, or
/// refuses: a verb that does not fit the state is Error job_finished (the job is final) or internal (a defect of the
/// caller), a report of another attempt is Error engine_lost. No verb changes what it was given.
namespace kiln::jobs {

/// The table of transitions.
constexpr bool may_become(JobState from, JobState to) {
  switch (from) {
    case JobState::queued:
      return to == JobState::running || to == JobState::cancelled;
    case JobState::running:
      return to == JobState::succeeded || to == JobState::failed || to == JobState::cancelling ||
             to == JobState::queued;
    case JobState::cancelling:
      return to == JobState::cancelled;
    case JobState::succeeded:
    case JobState::failed:
    case JobState::cancelled:
      return false;
  }
  return false;
}

Result<JobPtr> start(const JobPtr& job, WallTime now);                              ///< queued -> running
Result<JobPtr> advance(const JobPtr& job, std::uint32_t attempt, double progress);  ///< running, never backwards
Result<JobPtr> succeed(const JobPtr& job, std::uint32_t attempt, RenderReport report, WallTime now);
Result<JobPtr> fail(const JobPtr& job, std::uint32_t attempt, Error error, WallTime now,
                    std::optional<RenderReport> so_far = {});  ///< running -> failed; `so_far`: its picture is kept
Result<JobPtr> withdraw(const JobPtr& job, WallTime now);      ///< queued -> cancelled
Result<JobPtr> request_cancel(const JobPtr& job);              ///< running -> cancelling
Result<JobPtr> confirm_cancel(const JobPtr& job, std::uint32_t attempt, WallTime now,
                              std::optional<RenderReport> so_far = {});  ///< cancelling -> cancelled
Result<JobPtr> lose_engine(const JobPtr& job, std::uint32_t attempt);    ///< running -> queued, counted as a loss
Result<JobPtr> put_back(const JobPtr& job, std::uint32_t attempt);       ///< running -> queued, nobody's fault

/// The picture of a finished job has been deleted by age or for space; the state stays.
Result<JobPtr> expire(const JobPtr& job, WallTime now);

}  // namespace kiln::jobs
