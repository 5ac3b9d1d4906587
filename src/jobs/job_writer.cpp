#include "jobs/job_writer.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace kiln::jobs {

JobWriter::JobWriter(const boost::asio::any_io_executor& strand, store::JobStore& store,
                     std::chrono::milliseconds retry, std::function<void()> quiet)
    : store_(store),
      retry_(retry),
      quiet_(std::move(quiet)),
      timer_(strand),
      self_(std::make_shared<JobWriter*>(this)) {}

/// A handler that does nothing once this object is gone. Objects end on the strand, where the handlers run.
template <class Call>
auto JobWriter::guarded(Call call) {
  return [self = std::weak_ptr(self_), call = std::move(call)](const auto&... values) {
    if (self.lock()) call(values...);
  };
}

void JobWriter::insert(const JobPtr& job, DoneCallback done) {
  ++unanswered_;
  store_.insert(job, guarded([this, done = std::move(done)](const Result<void>& stored) {
                  done(stored);
                  one_answered();
                }));
}

void JobWriter::insert_batch(const BatchPtr& batch, std::vector<JobPtr> jobs, DoneCallback done) {
  ++unanswered_;
  store_.insert_batch(batch, std::move(jobs), guarded([this, done = std::move(done)](const Result<void>& stored) {
                        done(stored);
                        one_answered();
                      }));
}

void JobWriter::update(const JobPtr& job, std::uint32_t stored_attempt, DoneCallback done) {
  const auto [at, fresh] = pending_.try_emplace(job->id);
  Pending& pending = at->second;
  if (fresh) pending.stored_attempt = stored_attempt;
  pending.next = job;
  if (done) pending.next_for.push_back(std::move(done));
  if (!pending.sent && !pending.leaving) send(job->id, pending);
}

void JobWriter::send(const JobId& id, Pending& pending) {
  pending.sent = std::exchange(pending.next, nullptr);
  pending.sent_for = std::exchange(pending.next_for, {});
  ++unanswered_;
  store_.update(pending.sent, pending.stored_attempt,
                guarded([this, id](const Result<void>& stored) { answered(id, stored); }));
}

void JobWriter::answered(const JobId& id, const Result<void>& stored) {
  const auto at = pending_.find(id);
  if (at == pending_.end()) return one_answered();  // its removal was answered first
  Pending& pending = at->second;
  const JobPtr sent = std::exchange(pending.sent, nullptr);
  const std::vector<DoneCallback> waiting = std::exchange(pending.sent_for, {});
  const bool fenced = !stored && stored.error().code == ErrorCode::engine_lost;
  if (fenced) spdlog::warn("job {} was not stored: {}", to_string(id), stored.error().message);
  if (stored || fenced) {
    if (stored) pending.stored_attempt = sent->attempt;
    if (stored) succeeded();
    if (!pending.next && !pending.leaving) {
      drop(at);
    } else if (!pending.leaving) {
      send(id, pending);
    }
  } else {
    if (!pending.next) pending.next = sent;
    failed(stored.error());
  }
  for (const DoneCallback& done : waiting) done(stored);
  one_answered();
}

void JobWriter::remove(const JobId& id, DoneCallback done) {
  if (const auto at = pending_.find(id); at != pending_.end()) at->second.leaving = true;
  ++unanswered_;
  store_.remove(id,
                guarded([this, id, done = std::move(done)](const Result<void>& stored) { gone(id, stored, done); }));
}

void JobWriter::forget(const JobId& id, WallTime now, DoneCallback done) {
  if (const auto at = pending_.find(id); at != pending_.end()) at->second.leaving = true;
  ++unanswered_;
  store_.forget(id, now,
                guarded([this, id, done = std::move(done)](const Result<void>& stored) { gone(id, stored, done); }));
}

/// The store answers in order, so no change of the job is in its hands any more.
void JobWriter::gone(const JobId& id, const Result<void>& stored, const DoneCallback& done) {
  if (const auto at = pending_.find(id); at != pending_.end()) {
    at->second.leaving = false;
    if (stored || !at->second.next) {
      drop(at);
    } else {
      failed(stored.error());
    }
  }
  done(stored);
  one_answered();
}

void JobWriter::remove_later(const JobId& id) {
  if (const auto at = pending_.find(id); at != pending_.end()) drop(at);
  removals_.push_back(id);
  failed({ErrorCode::storage_full, "job " + to_string(id) + " could not be removed", ""});
}

void JobWriter::once_stored(const JobId& id, std::function<void()> stored) {
  const auto at = pending_.find(id);
  if (at == pending_.end()) return stored();
  at->second.once_stored.push_back(std::move(stored));
}

void JobWriter::drop(std::map<JobId, Pending>::iterator at) {
  const auto waiting = std::exchange(at->second.once_stored, {});
  pending_.erase(at);
  for (const auto& stored : waiting) stored();
}

void JobWriter::failed(const Error& error) {
  if (!std::exchange(failing_, true)) {
    spdlog::warn("changes of jobs cannot be stored and are kept in memory until they can: {}", error.message);
  }
  if (retrying_ || stopped_) return;
  retrying_ = true;
  timer_.expires_after(retry_);
  timer_.async_wait(guarded([this](const boost::system::error_code& cancelled) {
    retrying_ = false;
    if (!cancelled) retry_now();
  }));
}

void JobWriter::succeeded() {
  if (std::exchange(failing_, false)) spdlog::info("changes of jobs can be stored again");
}

void JobWriter::retry_now() {
  std::vector<JobPtr> due;
  for (const auto& [id, pending] : pending_) {
    if (pending.next && !pending.sent && !pending.leaving) due.push_back(pending.next);
  }
  std::sort(due.begin(), due.end(), [](const JobPtr& a, const JobPtr& b) { return a->sequence < b->sequence; });
  for (const JobPtr& job : due) send(job->id, pending_.at(job->id));
  for (const JobId& id : std::exchange(removals_, {})) {
    remove(id, [this, id](const Result<void>& stored) {
      if (stored) return succeeded();
      removals_.push_back(id);
      failed(stored.error());
    });
  }
}

void JobWriter::stop() {
  stopped_ = true;
  timer_.cancel();
}

void JobWriter::one_answered() {
  if (--unanswered_ == 0) quiet_();
}

}  // namespace kiln::jobs
