#include "engine/engine_session.h"

#include <algorithm>
#include <cerrno>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "engine/previewer.h"

namespace kiln::engine {
namespace {

constexpr std::size_t kMostPosts_bytes = std::size_t{1} << 20;  ///< above it a hint is not worth its place

Error stopped(const Attempt& attempt) {
  return {ErrorCode::cancelled, "job " + to_string(attempt.key().job) + " was stopped", ""};
}

}  // namespace

/// Wakes who waits in the session as soon as a stop is requested. Not to be made or destroyed with the mutex held.
class EngineSession::StopWatch {
 public:
  StopWatch(EngineSession& session, const RenderStop& stop)
      : stop_(stop), on_cancel_(stop.cancel, Wake{session}), on_suspend_(stop.suspend, Wake{session}) {}

  bool is_requested() const { return stop_.cancel.stop_requested() || stop_.suspend.stop_requested(); }

 private:
  struct Wake {
    EngineSession& session;
    void operator()() const {
      { const std::lock_guard lock(session.mutex_); }
      session.changed_.notify_all();
    }
  };

  const RenderStop& stop_;
  std::stop_callback<Wake> on_cancel_, on_suspend_;
};

EngineSession::EngineSession(const ProcessEngineOptions& options)
    : options_(options),
      start_by_(after(Clock::now(), options.start_s)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
  thread_ = std::thread([this] {
    try {
      live();
    } catch (const std::exception& e) {
      be_lost(std::string("the engine cannot be watched: ") + e.what(), {}, false);
    }
  });
}

void EngineSession::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  ::eventfd_write(wake_.get(), 1);
  if (thread_.joinable()) thread_.join();
}

EngineStatus EngineSession::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::uint64_t EngineSession::resident_bytes() const {
  std::unique_lock lock(mutex_);
  if (lost_ || process_id_ == 0) return 0;
  const pid_t id = process_id_;
  lock.unlock();
  return resident_bytes_of(id);
}

bool EngineSession::await_start(const RenderStop& stop, Clock::time_point until) {
  const StopWatch watch(*this, stop);
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, until, [&] { return started_ || lost_ || watch.is_requested(); });
  return started_ || lost_;
}

bool EngineSession::await_all(Phase phase, const RenderStop& stop) {
  const StopWatch watch(*this, stop);
  std::unique_lock lock(mutex_);
  const auto is_there = [&](const auto& attempt) { return attempt->phase() >= phase; };
  const auto are_there = [&] { return std::all_of(attempts_.begin(), attempts_.end(), is_there); };
  changed_.wait(lock, [&] { return are_there() || watch.is_requested(); });
  return are_there();
}

std::shared_ptr<Attempt> EngineSession::begin(const EngineTask& task) {
  auto attempt = std::make_shared<Attempt>(task, options_);
  const std::lock_guard lock(mutex_);
  if (status_.ready) {
    attempts_.push_back(attempt);
    attempts_.front()->note_turn(Clock::now());
    post(RenderMessage{task});
  } else {
    attempt->end(Error{ErrorCode::engine_lost, "the engine was lost before the task began: " + status_.reason, ""});
  }
  return attempt;
}

Result<void> EngineSession::await_trace(const std::shared_ptr<Attempt>& attempt, const ProgressSink& progress,
                                        const RenderStop& stop) {
  const StopWatch watch(*this, stop);
  bool is_cancelled = false, is_suspended = false;  // the engine has been told
  double told = 0;
  const auto has_progress = [&] {
    return attempt->phase() == Phase::tracing && attempt->progress() > told && !watch.is_requested();
  };
  std::unique_lock lock(mutex_);
  while (attempt->phase() < Phase::encoding) {
    changed_.wait(lock, [&] {
      return attempt->phase() >= Phase::encoding || has_progress() || (stop.cancel.stop_requested() && !is_cancelled) ||
             (stop.suspend.stop_requested() && !is_suspended);
    });
    if (stop.suspend.stop_requested() && !std::exchange(is_suspended, true)) ask_to_stop(*attempt, StopKind::suspend);
    if (stop.cancel.stop_requested() && !std::exchange(is_cancelled, true)) {
      ask_to_stop(*attempt, StopKind::cancel);
      const auto leave_at = after(Clock::now(), options_.cancel_grace_s);
      const auto obeys = [&] { return attempt->phase() >= Phase::encoding; };
      if (attempt->keeps_partial()) continue;
      if (!changed_.wait_until(lock, leave_at, obeys)) return stopped(*attempt);
    }
    if (has_progress()) {
      told = attempt->progress();
      lock.unlock();
      progress(told);
      lock.lock();
    }
  }
  if (attempt->outcome() && !*attempt->outcome()) return attempt->outcome()->error();
  return {};
}

Result<RenderReport> EngineSession::await_report(const Attempt& attempt) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return attempt.outcome().has_value(); });
  return *attempt.outcome();
}

void EngineSession::drop(Attempt& attempt) {
  const std::lock_guard lock(mutex_);
  ask_to_stop(attempt, StopKind::drop);
}

void EngineSession::preview(const AttemptKey& key, const std::filesystem::path& file, PreviewCallback done) {
  {
    const std::lock_guard lock(mutex_);
    const auto attempt = find(key);
    if (status_.ready && attempt && attempt->phase() == Phase::tracing) {
      questions_.emplace(++last_question_, Question{key.job, std::move(done)});
      return post(PreviewMessage{last_question_, key, file});
    }
  }
  done(job_not_running(key.job));
}

void EngineSession::prefetch(const EngineTask& task) {
  const std::lock_guard lock(mutex_);
  if (status_.ready && posts_.size() < kMostPosts_bytes) post(PrefetchMessage{task});
}

void EngineSession::post(const ToEngine& message) {
  const auto frame = frame_of(to_text(message));
  if (!frame) return;  // no request that was accepted comes near the limit; the engine would be seen to stall
  posts_.append(*frame);
  ::eventfd_write(wake_.get(), 1);
}

void EngineSession::ask_to_stop(Attempt& attempt, StopKind how) {
  if (attempt.phase() == Phase::ended) return;
  attempt.note_stop(how, Clock::now());
  post(StopMessage{attempt.key(), how});
}

}  // namespace kiln::engine
