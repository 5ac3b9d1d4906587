// What clients do to the jobs of a batch together.
#include <algorithm>
#include <utility>

#include "jobs/service_core.h"

namespace kiln::jobs {
namespace {

/// Counts the answers of several calls and keeps the first error.
struct Answers {
  std::size_t due = 0;
  Result<void> first_error;
  DoneCallback done;

  void take(const Result<void>& one) {
    if (!one && first_error) first_error = one.error();
    if (--due == 0) done(first_error);
  }
};

}  // namespace

Result<JobPage> Service::Core::list(const ListQuery& query) const {
  if (!query.batch) return table_.list(query);
  const BatchTable::Jobs* jobs = batches_.jobs(*query.batch);
  if (jobs == nullptr) return missing(*query.batch);
  return table_.list(query, *jobs);
}

/// From the last to the first, so that the queue's head, of which the engine is told, changes once.
void Service::Core::cancel_batch(const JobId& id, BatchCallback done) {
  const BatchTable::Jobs* jobs = batches_.jobs(id);
  if (jobs == nullptr) return refuse<BatchView>(std::move(done), missing(id));
  std::vector<JobId> open;
  for (const auto& [sequence, job] : *jobs) {
    if (!is_final(table_.find(job)->state)) open.push_back(job);
  }
  std::reverse(open.begin(), open.end());
  if (open.empty()) {
    return refuse<BatchView>(std::move(done), {ErrorCode::job_finished,
                                               "batch " + to_string(id) + " has finished: too late to cancel it", ""});
  }
  const auto answers = std::make_shared<Answers>();
  answers->due = open.size();
  answers->done = [this, view = batches_.find(id), done = std::move(done)](const Result<void>& cancelled) {
    if (!cancelled) return done(cancelled.error());
    const BatchView now = batches_.find(view.batch->id);
    done(now.batch ? now : view);
  };
  for (const JobId& job : open) {
    cancel(job, [answers](const Result<JobPtr>& cancelled) {
      // One that ended by itself in between need not be cancelled any more.
      const bool good = cancelled || cancelled.error().code == ErrorCode::job_finished;
      answers->take(good ? Result<void>() : Result<void>(cancelled.error()));
    });
  }
}

void Service::Core::remove_batch(const JobId& id, DoneCallback done) {
  const BatchTable::Jobs* jobs = batches_.jobs(id);
  if (jobs == nullptr) return refuse<void>(std::move(done), missing(id));
  const BatchView view = batches_.find(id);
  const auto count = [&](JobState state) { return view.by_state[static_cast<std::size_t>(state)]; };
  if (const std::size_t running = count(JobState::running) + count(JobState::cancelling); running > 0) {
    return refuse<void>(
        std::move(done),
        {ErrorCode::job_not_finished,
         std::to_string(running) + " jobs of batch " + to_string(id) + " run: cancel it before it is deleted", ""});
  }
  std::vector<JobId> all;
  for (const auto& [sequence, job] : *jobs) all.push_back(job);
  std::reverse(all.begin(), all.end());
  const auto answers = std::make_shared<Answers>();
  answers->due = all.size();
  answers->done = std::move(done);
  for (const JobId& job : all) {
    remove(job, [answers](const Result<void>& removed) {
      const bool good = removed || removed.error().code == ErrorCode::unknown_job;
      answers->take(good ? Result<void>() : removed);
    });
  }
}

/// The last of its jobs takes the batch along.
void Service::Core::leave_batch(const Job& job) {
  if (!job.batch) return;
  const BatchPtr batch = batches_.find(*job.batch).batch;
  if (batches_.erase(job) && batch->idempotency) keys_.erase(*batch->idempotency, batch->id);
}

}  // namespace kiln::jobs
