#include "engine/process_engine.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/log.h"
#include "engine/attempt.h"
#include "engine/engine_session.h"
#include "engine/previewer.h"

namespace kiln::engine {
namespace {

constexpr double kMostBackoffPerCall_s = 0.5;

bool is_requested(const RenderStop& stop) { return stop.cancel.stop_requested() || stop.suspend.stop_requested(); }

/// Waits until then, or until a stop is requested.
void sleep_until(Clock::time_point when, const RenderStop& stop) {
  std::mutex mutex;
  std::condition_variable woken;
  const auto wake = [&] {
    { const std::lock_guard lock(mutex); }
    woken.notify_all();
  };
  const std::stop_callback on_cancel(stop.cancel, wake), on_suspend(stop.suspend, wake);
  std::unique_lock lock(mutex);
  woken.wait_until(lock, when, [&] { return is_requested(stop); });
}

/// How long to wait before the next start, and for what.
class Backoff {
 public:
  explicit Backoff(const ProcessEngineOptions& options) : options_(options) {}

  void succeed() { wait_s_ = 0; }

  double fail() {
    wait_s_ = wait_s_ == 0 ? options_.first_backoff_s : std::min(2 * wait_s_, options_.last_backoff_s);
    over_at_ = after(Clock::now(), wait_s_);
    return wait_s_;
  }

  /// Whether the next start may be; waits a little for it to come.
  bool wait(const RenderStop& stop) const {
    sleep_until(std::min(over_at_, after(Clock::now(), kMostBackoffPerCall_s)), stop);
    return Clock::now() >= over_at_;
  }

 private:
  const ProcessEngineOptions& options_;
  double wait_s_ = 0;
  Clock::time_point over_at_ = Clock::now();
};

/// What a FinishPicture holds: the process, until its picture is there or not wanted.
class PendingPicture {
 public:
  PendingPicture(std::shared_ptr<EngineSession> session, std::shared_ptr<Attempt> attempt)
      : session_(std::move(session)), attempt_(std::move(attempt)) {}
  ~PendingPicture() { session_->drop(*attempt_); }
  PendingPicture(const PendingPicture&) = delete;
  PendingPicture& operator=(const PendingPicture&) = delete;

  Result<RenderReport> wait() const { return session_->await_report(*attempt_); }

 private:
  std::shared_ptr<EngineSession> session_;
  std::shared_ptr<Attempt> attempt_;
};

class ProcessEngine final : public Engine {
 public:
  explicit ProcessEngine(ProcessEngineOptions options) : options_(std::move(options)) {}

  ~ProcessEngine() override {
    if (const auto session = current()) session->close();
  }

  void open() override { make_ready({}, after(Clock::now(), options_.open_s)); }
  Result<TracedPicture> render(const EngineTask& task, const ProgressSink& progress, const RenderStop& stop) override;

  void prefetch(const EngineTask& task) override {
    if (const auto session = current()) session->prefetch(task);
  }

  void preview(const JobId& id, std::uint32_t attempt, const std::filesystem::path& file,
               PreviewCallback done) override {
    if (const auto session = current()) return session->preview({id, attempt}, file, std::move(done));
    done(job_not_running(id));
  }

  EngineStatus status() const override {
    const std::lock_guard lock(mutex_);
    if (replaced_) return *replaced_;
    return session_ ? session_->status() : status_;
  }

 private:
  std::shared_ptr<EngineSession> current() const {
    const std::lock_guard lock(mutex_);
    return session_;
  }

  void set_current(std::shared_ptr<EngineSession> session) {
    const std::lock_guard lock(mutex_);
    session_ = std::move(session);
  }

  bool make_ready(const RenderStop& stop, Clock::time_point until);
  void give_up(EngineSession& session);
  void replace_worn_process(const RenderStop& stop);
  void replace(EngineSession& session, const EngineStatus& status, const RenderStop& stop);
  std::optional<std::string> find_wear(const EngineSession& session) const;

  const ProcessEngineOptions options_;
  // Of the thread that renders:
  Backoff backoff_{options_};
  std::uint64_t jobs_ = 0;  ///< given to the process that lives

  mutable std::mutex mutex_;
  std::shared_ptr<EngineSession> session_;
  std::optional<EngineStatus> replaced_;  ///< what to say while a worn process is replaced
  EngineStatus status_{false, "", "", "the engine has not been opened yet"};  ///< while there is no session
};

/// True when a process is there and ready. False where it is still starting as a stop is requested or the time comes.
bool ProcessEngine::make_ready(const RenderStop& stop, Clock::time_point until) {
  auto session = current();
  if (session && session->status().ready) return true;
  if (session && session->await_start(stop, until) && !session->status().ready) {
    give_up(*session);
    session = nullptr;
  }
  if (!session) {
    if (!backoff_.wait(stop)) return false;
    session = std::make_shared<EngineSession>(options_);
    jobs_ = 0;
    set_current(session);
  }
  if (!session->await_start(stop, until)) return false;
  if (session->status().ready) return true;
  give_up(*session);
  return false;
}

void ProcessEngine::give_up(EngineSession& session) {
  session.close();
  EngineStatus status = session.status();
  const double wait_s = backoff_.fail();
  spdlog::warn("the engine is started again in {:g} s: {}", wait_s, status.reason);
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
  session_ = nullptr;
}

std::optional<std::string> ProcessEngine::find_wear(const EngineSession& session) const {
  if (options_.max_jobs != 0 && jobs_ >= options_.max_jobs) return fmt::format("it has had {} jobs", jobs_);
  if (options_.max_resident_bytes == 0) return {};
  const std::uint64_t bytes = session.resident_bytes();
  if (bytes <= options_.max_resident_bytes) return {};
  return fmt::format("it holds {} MiB of memory", bytes >> 20);
}

void ProcessEngine::replace_worn_process(const RenderStop& stop) {
  const auto session = current();
  if (!session) return;
  const EngineStatus status = session->status();
  const auto wear = status.ready ? find_wear(*session) : std::nullopt;
  if (!wear || !session->await_all(Phase::ended, stop)) return;
  spdlog::info("the engine's process is replaced: {}", *wear);
  replace(*session, status, stop);
}

/// Says `status` until the next process is ready.
void ProcessEngine::replace(EngineSession& session, const EngineStatus& status, const RenderStop& stop) {
  struct Replaced {
    explicit Replaced(ProcessEngine& e, const EngineStatus& said) : engine(e) {
      const std::lock_guard lock(engine.mutex_);
      engine.replaced_ = said;
      engine.session_ = nullptr;
    }
    ~Replaced() {
      const std::lock_guard lock(engine.mutex_);
      engine.replaced_.reset();
    }
    Replaced(const Replaced&) = delete;
    Replaced& operator=(const Replaced&) = delete;
    ProcessEngine& engine;
  };
  const Replaced replaced(*this, status);
  session.close();
  make_ready(stop, Clock::time_point::max());
}

Result<TracedPicture> ProcessEngine::render(const EngineTask& task, const ProgressSink& progress,
                                            const RenderStop& stop) {
  const Error stopped{ErrorCode::cancelled, "job " + to_string(task.id) + " was stopped", ""};
  // A task that was stopped and has not ended is not to be this one's trouble.
  if (const auto before = current()) before->await_all(Phase::encoding, stop);
  replace_worn_process(stop);
  const bool is_ready = make_ready(stop, Clock::time_point::max());
  if (is_requested(stop)) return stopped;
  if (!is_ready) return Error{ErrorCode::engine_lost, "there is no engine: " + status().reason, ""};

  const auto session = current();
  const auto attempt = session->begin(task);
  ++jobs_;
  const auto picture = std::make_shared<const PendingPicture>(session, attempt);  // cancels it if progress() throws
  const auto traced = session->await_trace(attempt, progress, stop);
  if (!traced && is_engine_loss(traced.error().code)) return is_requested(stop) ? stopped : traced.error();
  backoff_.succeed();
  if (!traced) return traced.error();
  return TracedPicture{[picture] { return picture->wait(); }, attempt->stopped_by()};
}

}  // namespace

std::unique_ptr<Engine> make_process_engine(ProcessEngineOptions options) {
  return std::make_unique<ProcessEngine>(std::move(options));
}

}  // namespace kiln::engine
