#include "jobs/job_machine.h"

#include <algorithm>
#include <string>
#include <utility>

namespace kiln::jobs {
namespace {

using Change = std::shared_ptr<Job>;

/// The one place where a state changes: only if it still is `from`, only along the table.
Result<Change> transition(const JobPtr& job, JobState from, JobState to) {
  if (job->state != from || !may_become(from, to)) {
    const ErrorCode code = is_final(job->state) ? ErrorCode::job_finished : ErrorCode::internal;
    return Error{code,
                 "job " + to_string(job->id) + " is " + std::string(name_of(job->state)) + " and cannot become " +
                     std::string(name_of(to)),
                 ""};
  }
  auto next = std::make_shared<Job>(*job);
  next->state = to;
  ++next->revision;
  return next;
}

Result<void> same_attempt(const JobPtr& job, std::uint32_t attempt) {
  if (job->attempt == attempt) return {};
  return Error{ErrorCode::engine_lost,
               "a report of attempt " + std::to_string(attempt) + " came while job " + to_string(job->id) +
                   " is at attempt " + std::to_string(job->attempt),
               ""};
}

Result<Change> transition(const JobPtr& job, std::uint32_t attempt, JobState from, JobState to) {
  if (auto same = same_attempt(job, attempt); !same) return same.error();
  return transition(job, from, to);
}

Result<Change> next_attempt(const JobPtr& job, std::uint32_t attempt) {
  auto next = transition(job, attempt, JobState::running, JobState::queued);
  if (!next) return next;
  ++(*next)->attempt;
  (*next)->progress = 0;
  (*next)->started_at.reset();
  return next;
}

Result<JobPtr> finished(Result<Change> next, WallTime now) {
  if (!next) return next.error();
  (*next)->finished_at = now;
  return JobPtr(std::move(*next));
}

}  // namespace

Result<JobPtr> start(const JobPtr& job, WallTime now) {
  auto next = transition(job, JobState::queued, JobState::running);
  if (!next) return next.error();
  (*next)->started_at = now;
  return JobPtr(std::move(*next));
}

Result<JobPtr> advance(const JobPtr& job, std::uint32_t attempt, double progress) {
  if (auto same = same_attempt(job, attempt); !same) return same.error();
  if (job->state != JobState::running) {
    return Error{ErrorCode::internal, "job " + to_string(job->id) + " is not running", ""};
  }
  auto next = std::make_shared<Job>(*job);
  ++next->revision;
  next->progress = std::clamp(progress, job->progress, 1.0);
  return JobPtr(std::move(next));
}

Result<JobPtr> succeed(const JobPtr& job, std::uint32_t attempt, RenderReport report, WallTime now) {
  auto next = transition(job, attempt, JobState::running, JobState::succeeded);
  if (next) {
    (*next)->progress = 1;
    (*next)->report = std::move(report);
  }
  return finished(std::move(next), now);
}

Result<JobPtr> fail(const JobPtr& job, std::uint32_t attempt, Error error, WallTime now,
                    std::optional<RenderReport> so_far) {
  auto next = transition(job, attempt, JobState::running, JobState::failed);
  if (next) {
    (*next)->error = std::move(error);
    (*next)->report = std::move(so_far);
  }
  return finished(std::move(next), now);
}

Result<JobPtr> withdraw(const JobPtr& job, WallTime now) {
  return finished(transition(job, JobState::queued, JobState::cancelled), now);
}

Result<JobPtr> request_cancel(const JobPtr& job) {
  auto next = transition(job, JobState::running, JobState::cancelling);
  if (!next) return next.error();
  return JobPtr(std::move(*next));
}

Result<JobPtr> confirm_cancel(const JobPtr& job, std::uint32_t attempt, WallTime now,
                              std::optional<RenderReport> so_far) {
  auto next = transition(job, attempt, JobState::cancelling, JobState::cancelled);
  if (next) (*next)->report = std::move(so_far);
  return finished(std::move(next), now);
}

Result<JobPtr> lose_engine(const JobPtr& job, std::uint32_t attempt) {
  auto next = next_attempt(job, attempt);
  if (!next) return next.error();
  ++(*next)->engine_losses;
  return JobPtr(std::move(*next));
}

Result<JobPtr> put_back(const JobPtr& job, std::uint32_t attempt) {
  auto next = next_attempt(job, attempt);
  if (!next) return next.error();
  return JobPtr(std::move(*next));
}

Result<JobPtr> expire(const JobPtr& job, WallTime now) {
  if (!job->report || job->expired_at) {
    return Error{ErrorCode::internal, "job " + to_string(job->id) + " has no picture that could expire", ""};
  }
  auto next = std::make_shared<Job>(*job);
  ++next->revision;
  next->expired_at = now;
  return JobPtr(std::move(next));
}

}  // namespace kiln::jobs
