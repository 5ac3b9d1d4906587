// The life of a job between its acceptance and its end.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "jobs/guarded_call.h"
#include "jobs/job_machine.h"
#include "jobs/service_core.h"

namespace kiln::jobs {
namespace {

/// Attempts that are not the job's fault do not count, up to this many times those that do.
constexpr std::uint32_t kMostFreeAttempts = 10;

}  // namespace

void Service::Core::dispatch() {
  if (!worker_waits_ || draining_) return;
  const auto id = queue_.pop_front();
  if (!id) return;
  worker_waits_ = false;
  begin(table_.find(*id));
  hint_next();
}

void Service::Core::begin(const JobPtr& queued) {
  const JobPtr job = start(queued, now()).value();
  const Attempt& attempt = running_.insert_or_assign(job->id, Attempt{job->attempt, {}, {}}).first->second;
  if (job->attempt > 1) spdlog::info("job {} is begun again, attempt {}", to_string(job->id), job->attempt);
  WorkItem item{task_of(*job),
                to_string(job->id),
                {attempt.cancel.get_token(), attempt.suspend.get_token()},
                job->engine_losses > 0};
  change(job, JobEventKind::started);
  writer_.update(job, job->attempt, {});
  hinted_ = {};
  worker_->give(std::move(item));
}

EngineTask Service::Core::task_of(const Job& job) const {
  const RenderRequest& request = *job.request;
  EngineTask task;
  task.id = job.id;
  task.attempt = job.attempt;
  task.request = request;
  if (!is_sample(request.scene)) task.scene_file = assets_.file(request.scene);
  if (const auto* environment = environment_asset(request)) task.environment_file = assets_.file(*environment);
  task.checkpoint_file = blobs_.path(store::BlobFolder::checkpoints, to_string(job.id));
  return task;
}

/// Whether the engine was lost before under a job that it has in hand.
bool Service::Core::is_suspect_about() const {
  return std::any_of(running_.begin(), running_.end(),
                     [this](const auto& running) { return table_.find(running.first)->engine_losses > 0; });
}

/// While the engine is busy, it is told what comes next, whenever that changes. A job that the engine was lost under is
/// neither made ready beside another nor another beside it: whichever is to blame, it shall fall alone.
void Service::Core::hint_next() {
  const auto next = queue_.front();
  if (!next || running_.empty() || draining_) return;
  const JobPtr& job = table_.find(*next);
  if (job->engine_losses > 0 || is_suspect_about()) return;
  const std::pair hint(job->id, job->attempt);
  if (hint == hinted_) return;
  hinted_ = hint;
  const auto hinted = guarded_call("the engine refused a hint", [&]() -> Result<void> {
    engine_.prefetch(task_of(*job));
    return {};
  });
  if (!hinted) spdlog::warn("{}", hinted.error().message);
}

void Service::Core::progressed(const JobId& id, std::uint32_t attempt, double progress) {
  const JobPtr& job = table_.find(id);
  if (!job) return;
  if (auto next = advance(job, attempt, progress); next) change(*next, JobEventKind::progressed);
}

/// The job runs on until its picture is stored; only a cancel that keeps nothing need not wait for that any more.
void Service::Core::rendered(const JobId& id, std::uint32_t attempt) {
  const auto at = running_.find(id);
  if (at == running_.end() || at->second.number != attempt) return;
  at->second.rendered = true;
  if (const JobPtr job = table_.find(id); job->state == JobState::cancelling) {
    if (job->request->keep_partial) return;
    at->second.ending = true;
    return finish(confirm_cancel(job, attempt, now()).value(), {});
  }
  progressed(id, attempt, 1);
}

void Service::Core::finished(const JobId& id, std::uint32_t attempt, const AttemptEnd& end) {
  const auto at = running_.find(id);
  const bool late = at == running_.end() || at->second.number != attempt || at->second.ending;
  if (late) {
    if (end.report) drop_late_picture(id);
    return;
  }
  const JobPtr job = table_.find(id);
  const JobPtr next = after(job, end).value();
  if (next->state == JobState::queued) {
    const ErrorCode code = end.error->code;
    return requeue(job, next, code == ErrorCode::cancelled ? ErrorCode::draining : code);
  }
  at->second.ending = true;
  finish(next, {});
}

/// The job was cancelled while its picture was being finished, and may even be deleted by now.
void Service::Core::drop_late_picture(const JobId& id) {
  const JobPtr& job = table_.find(id);
  if (!job || !job->report) remove_result(id);
}

/// What the end of an attempt makes of its job.
Result<JobPtr> Service::Core::after(const JobPtr& job, const AttemptEnd& end) const {
  const std::uint32_t attempt = job->attempt;
  if (job->state == JobState::cancelling) {
    return confirm_cancel(job, attempt, now(), job->request->keep_partial ? end.report : std::nullopt);
  }
  if (!end.error) return succeed(job, attempt, end.report.value(), now());
  Error error = *end.error;
  if (error.code == ErrorCode::cancelled) {
    if (draining_) return put_back(job, attempt);
    return fail(job, attempt, {ErrorCode::internal, "the engine stopped without being asked to", ""}, now());
  }
  if (is_engine_loss(error.code)) {
    spdlog::warn("job {}, attempt {}: the engine was lost: {} ({})", to_string(job->id), attempt, error.message,
                 code_name(error.code));
    const bool innocent = error.code == ErrorCode::engine_lost && attempt < kMostFreeAttempts * options_.attempts;
    if (innocent) return put_back(job, attempt);
    if (job->engine_losses + 1 < options_.attempts) return lose_engine(job, attempt);
    if (attempt > 1) error.message += "; " + std::to_string(attempt) + " attempts were made";
  }
  return fail(job, attempt, std::move(error), now(), end.report);
}

void Service::Core::requeue(const JobPtr& before, const JobPtr& next, ErrorCode reason) {
  running_.erase(next->id);
  queue_.insert(next->sequence, next->id);
  change(next, JobEventKind::requeued, reason);
  writer_.update(next, before->attempt, {});
  dispatch();
  hint_next();
}

/// The end becomes visible once it is durable: nobody sees a picture that a restart would render again. Should the
/// store fail, it is shown all the same, as the picture is there, and the writer goes on trying.
void Service::Core::finish(const JobPtr& next, JobCallback done) {
  writer_.update(next, next->attempt, [this, next, done = std::move(done)](const Result<void>& stored) {
    running_.erase(next->id);
    // Until the end is stored a restart would render the job again.
    writer_.once_stored(next->id, [this, request = next->request] { release_assets(*request); });
    touch_assets(*next->request);
    clean_up(next);
    retention_.add(next);
    cache_.add(next);
    change(next, JobEventKind::finished);
    if (done) done(stored ? Result<JobPtr>(next) : Result<JobPtr>(stored.error()));
    keep_within_limits();
    hint_next();
  });
}

/// Files of an ended job that nobody needs any more.
void Service::Core::clean_up(const JobPtr& job) {
  remove_checkpoint(job->id);
  if (job->state == JobState::cancelled && !job->report) remove_result(job->id);
}

}  // namespace kiln::jobs
