// What clients do to jobs that are there, and the bookkeeping of every change.
#include <utility>

#include "base/log.h"
#include "jobs/job_machine.h"
#include "jobs/service_core.h"

namespace kiln::jobs {
namespace {

Error unknown_job(const JobId& id) { return {ErrorCode::unknown_job, "there is no job " + to_string(id), ""}; }

Error job_finished(const Job& job) {
  return {ErrorCode::job_finished, "job " + to_string(job.id) + " has finished: too late to cancel it", ""};
}

}  // namespace

void Service::Core::cancel(const JobId& id, JobCallback done) {
  const JobPtr job = table_.find(id);
  if (!job) return answer(std::move(done), Result<JobPtr>(unknown_job(id)));
  switch (job->state) {
    case JobState::queued:
      return cancel_queued(job, std::move(done));
    case JobState::running:
      return cancel_running(job, std::move(done));
    case JobState::cancelling:
      return answer(std::move(done), Result<JobPtr>(job));
    default:
      return answer(std::move(done), Result<JobPtr>(job_finished(*job)));
  }
}

void Service::Core::cancel_queued(const JobPtr& job, JobCallback done) {
  const JobPtr next = withdraw(job, std::chrono::system_clock::now()).value();
  queue_.erase(job->sequence);
  release_assets(*job->request);
  change(next, JobEventKind::finished);
  persist(next, next->attempt, [next, done = std::move(done)](const Result<void>& stored) {
    if (!stored) return done(stored.error());
    done(next);
  });
}

void Service::Core::cancel_running(const JobPtr& job, JobCallback done) {
  Attempt& attempt = running_.at(job->id);
  if (attempt.finishing) return answer(std::move(done), Result<JobPtr>(job_finished(*job)));
  const JobPtr next = request_cancel(job).value();
  attempt.stop.request_stop();
  change(next, JobEventKind::cancelling);
  persist(next, next->attempt, [this, next, done = std::move(done)](const Result<void>& stored) {
    if (!stored) return done(stored.error());
    const JobPtr& current = table_.find(next->id);
    done(current ? current : next);
  });
}

void Service::Core::remove(const JobId& id, DoneCallback done) {
  JobPtr job = table_.find(id);
  if (!job) return answer(std::move(done), Result<void>(unknown_job(id)));
  if (job->state == JobState::running || job->state == JobState::cancelling) {
    return answer(std::move(done),
                  Result<void>(Error{ErrorCode::job_not_finished,
                                     "job " + to_string(id) + " is " + std::string(name_of(job->state)) +
                                         ": cancel it before it is deleted",
                                     ""}));
  }
  if (job->state == JobState::queued) cancel_queued(job, [](const Result<JobPtr>&) {});
  ++unstored_;
  store_.remove(id, guarded([this, id, done = std::move(done)](const Result<void>& stored) {
                  --unstored_;
                  if (stored) forget(id);
                  done(stored);
                  settle();
                }));
}

/// The row went first, so a crash in between leaves a file that the next start sweeps, never a job without its result.
void Service::Core::forget(const JobId& id) {
  const JobPtr job = table_.find(id);
  if (!job) return;
  table_.erase(id);
  if (auto removed = blobs_.remove(store::BlobFolder::results, to_string(id)); !removed) {
    spdlog::warn("{}", removed.error().message);
  }
  events_({job, JobEventKind::removed});
}

void Service::Core::drain(std::function<void()> quiet) {
  draining_ = true;
  quiet_ = std::move(quiet);
  for (auto& [id, attempt] : running_) attempt.stop.request_stop();
  settle();
}

void Service::Core::settle() {
  if (!quiet_ || !running_.empty() || unstored_ > 0) return;
  boost::asio::post(strand_, guarded(std::exchange(quiet_, nullptr)));
}

void Service::Core::change(const JobPtr& next, JobEventKind kind) {
  table_.put(next);
  events_({next, kind});
}

void Service::Core::persist(const JobPtr& next, std::uint32_t expected_attempt, DoneCallback done) {
  ++unstored_;
  store_.update(next, expected_attempt,
                guarded([this, id = next->id, done = std::move(done)](const Result<void>& stored) {
                  --unstored_;
                  if (!stored) spdlog::warn("job {} was not stored: {}", to_string(id), stored.error().message);
                  if (done) done(stored);
                  settle();
                }));
}

void Service::Core::hold_assets(const RenderRequest& request) {
  assets_.hold(request.scene);
  if (const auto* id = std::get_if<std::string>(&request.environment.source)) assets_.hold(*id);
}

void Service::Core::release_assets(const RenderRequest& request) {
  assets_.release(request.scene);
  if (const auto* id = std::get_if<std::string>(&request.environment.source)) assets_.release(*id);
}

}  // namespace kiln::jobs
