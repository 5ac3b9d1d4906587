// What clients do to jobs that are there, the shutdown, and the bookkeeping of every change.
#include <utility>

#include "base/log.h"
#include "jobs/job_machine.h"
#include "jobs/service_core.h"

namespace kiln::jobs {
namespace {

Error job_finished(const Job& job) {
  return {ErrorCode::job_finished, "job " + to_string(job.id) + " has finished: too late to cancel it", ""};
}

}  // namespace

void Service::Core::cancel(const JobId& id, JobCallback done) {
  const JobPtr job = table_.find(id);
  if (!job) return answer(std::move(done), Result<JobPtr>(missing(id)));
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

/// The store has it before those who listen: what they store about it is never durable without it.
void Service::Core::cancel_queued(const JobPtr& job, JobCallback done) {
  const JobPtr next = withdraw(job, now()).value();
  queue_.erase(job->sequence);
  release_assets(*job->request);
  retention_.add(next);
  writer_.update(next, next->attempt, [this, next, done = std::move(done)](const Result<void>& stored) {
    clean_up(next);
    if (!stored) return done(stored.error());
    done(next);
  });
  change(next, JobEventKind::finished);
  hint_next();
}

void Service::Core::cancel_running(const JobPtr& job, JobCallback done) {
  Attempt& attempt = running_.at(job->id);
  if (attempt.ending) return answer(std::move(done), Result<JobPtr>(job_finished(*job)));
  const JobPtr next = request_cancel(job).value();
  attempt.cancel.request_stop();
  change(next, JobEventKind::cancelling);
  if (attempt.rendered && !job->request->keep_partial) {  // the engine has long turned to another job
    attempt.ending = true;
    return finish(confirm_cancel(next, next->attempt, now()).value(), std::move(done));
  }
  writer_.update(next, next->attempt, [this, next, done = std::move(done)](const Result<void>& stored) {
    if (!stored) return done(stored.error());
    const JobPtr& current = table_.find(next->id);
    done(current ? current : next);
  });
}

void Service::Core::remove(const JobId& id, DoneCallback done) {
  const JobPtr job = table_.find(id);
  if (!job) return answer(std::move(done), Result<void>(missing(id)));
  if (job->state == JobState::running || job->state == JobState::cancelling) {
    return answer(std::move(done),
                  Result<void>(Error{ErrorCode::job_not_finished,
                                     "job " + to_string(id) + " is " + std::string(name_of(job->state)) +
                                         ": cancel it before it is deleted",
                                     ""}));
  }
  const bool was_final = is_final(job->state);
  if (!was_final) cancel_queued(job, [](const Result<JobPtr>&) {});
  writer_.remove(id, [this, id, was_final, done = std::move(done)](const Result<void>& stored) {
    // On a full disk nothing else may give room. A server that ends before the row is gone has a job again whose
    // picture is missing, and marks it; one that had not finished would be rendered, so that is not called deleted.
    const bool later = !stored && stored.error().code == ErrorCode::storage_full && was_final;
    if (later) writer_.remove_later(id);
    if (stored || later) gone(id);
    done(later ? Result<void>() : stored);
  });
}

/// The row went first, so a crash in between leaves files that the next start sweeps, never a job without its result.
void Service::Core::gone(const JobId& id) {
  const JobPtr job = table_.find(id);
  if (!job) return;
  table_.erase(id);
  if (job->idempotency) keys_.erase(*job->idempotency, id);
  leave_batch(*job);
  retention_.remove(*job);
  cache_.remove(*job);
  remove_result(id);
  remove_checkpoint(id);
  events_({job, JobEventKind::removed});
}

void Service::Core::drain(std::function<void()> quiet) {
  draining_ = true;
  quiet_ = std::move(quiet);
  age_timer_.cancel();
  for (auto& [id, attempt] : running_) {
    if (!attempt.rendered) attempt.suspend.request_stop();
  }
  writer_.retry_now();
  settle();
}

void Service::Core::settle() {
  if (!quiet_ || !running_.empty() || linking_ > 0 || !writer_.quiet()) return;
  writer_.stop();
  boost::asio::post(strand_, guarded(std::exchange(quiet_, nullptr)));
}

void Service::Core::change(const JobPtr& next, JobEventKind kind, std::optional<ErrorCode> reason) {
  batches_.put(table_.find(next->id), next);
  table_.put(next);
  forecast_.changed(next, kind, options_.steady_clock());
  if (next->state != JobState::running) previews_.forget(next->id);
  const bool ends_batch = kind == JobEventKind::finished && next->batch && is_final(batches_.find(*next->batch).state);
  events_({next, kind, reason, ends_batch});
}

void Service::Core::remove_file(store::BlobFolder folder, std::string name) {
  boost::asio::post(file_thread_, [&blobs = blobs_, folder, name = std::move(name)] {
    if (auto removed = blobs.remove(folder, name); !removed) spdlog::warn("{}", removed.error().message);
  });
}

void Service::Core::remove_result(const JobId& id) { remove_file(store::BlobFolder::results, to_string(id)); }

/// And what a writer of one left that was killed at its work.
void Service::Core::remove_checkpoint(const JobId& id) {
  for (const char* suffix : {"", ".part"}) remove_file(store::BlobFolder::checkpoints, to_string(id) + suffix);
}

void Service::Core::hold_assets(const RenderRequest& request) {
  assets_.hold(request.scene);
  if (const auto* id = environment_asset(request)) assets_.hold(*id);
}

void Service::Core::touch_assets(const RenderRequest& request) {
  assets_.touch(request.scene);
  if (const auto* id = environment_asset(request)) assets_.touch(*id);
}

void Service::Core::release_assets(const RenderRequest& request) {
  assets_.release(request.scene);
  if (const auto* id = environment_asset(request)) assets_.release(*id);
}

}  // namespace kiln::jobs
