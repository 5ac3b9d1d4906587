#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "kiln/engine.h"

#include "base/files.h"

namespace kiln::jobs::test {

/// An engine that does what the test says. Each render() calls `behaviour` on the worker's thread, with a token of
/// either stop; the picture that it writes then is finished by `finishing`, where the test says so.
class FakeEngine final : public Engine {
 public:
  using Behaviour = std::function<Result<RenderReport>(const EngineTask&, const ProgressSink&, std::stop_token)>;

  explicit FakeEngine(Behaviour behaviour) : behaviour_(std::move(behaviour)) {}

  void open() override {
    const std::lock_guard lock(mutex_);
    if (++opened_ >= ready_after_ && !broken_) ready_ = true;
  }
  Result<TracedPicture> render(const EngineTask& task, const ProgressSink& progress, const RenderStop& stop) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(task);
    }
    std::stop_source either;
    const auto end = [&either] { either.request_stop(); };
    const std::stop_callback on_cancel(stop.cancel, end), on_suspend(stop.suspend, end);
    auto outcome = behaviour_(task, progress, either.get_token());
    suspended = stop.suspend.stop_requested();
    if (!outcome) return outcome.error();
    return TracedPicture{[this, task, report = *outcome] { return finishing ? finishing(task, report) : report; },
                         outcome->partial ? stopped_by : std::nullopt};
  }
  void preview(const JobId& id, std::uint32_t attempt, const std::filesystem::path& file,
               PreviewCallback done) override {
    if (previewing) return previewing(id, attempt, file, std::move(done));
    done(Error{ErrorCode::job_not_running, "there is no picture so far", ""});
  }
  void prefetch(const EngineTask& task) override {
    const std::lock_guard lock(mutex_);
    hints_.push_back(task);
  }
  EngineStatus status() const override {
    const std::lock_guard lock(mutex_);
    return {ready_, "fake", "none", ready_ ? "for tests" : "not opened", renderer_};
  }

  /// Set before the first job: what FinishPicture does with the report of a render.
  std::function<Result<RenderReport>(const EngineTask&, const RenderReport&)> finishing;
  /// Set before the first job: why pictures end that are partial; unset: their budget was spent.
  std::optional<Error> stopped_by;
  /// Set before the first job: what is done about the picture so far.
  std::function<void(const JobId&, std::uint32_t attempt, const std::filesystem::path&, PreviewCallback)> previewing;
  std::atomic<bool> suspended{false};  ///< the render that ended last was asked to suspend

  std::vector<EngineTask> hints() const {
    const std::lock_guard lock(mutex_);
    return hints_;
  }
  void ready_after(int opens) { ready_after_ = opens; }
  void become_not_ready() {
    const std::lock_guard lock(mutex_);
    ready_ = false;
  }
  /// While it is broken, opening it does not help.
  void set_broken(bool broken) {
    const std::lock_guard lock(mutex_);
    broken_ = broken;
    if (broken) ready_ = false;
  }
  /// Who it says it is; at first nobody, so that no picture is used twice.
  void set_renderer(const std::string& renderer) {
    const std::lock_guard lock(mutex_);
    renderer_ = renderer;
  }
  int opened() const {
    const std::lock_guard lock(mutex_);
    return opened_;
  }
  std::vector<EngineTask> tasks() const {
    const std::lock_guard lock(mutex_);
    return tasks_;
  }

 private:
  Behaviour behaviour_;
  mutable std::mutex mutex_;
  std::vector<EngineTask> tasks_, hints_;
  int opened_ = 0, ready_after_ = 1;
  bool ready_ = false, broken_ = false;
  std::string renderer_;
};

/// Writes the job's picture and reports it.
inline Result<RenderReport> paint(const EngineTask& task) {
  const std::string text = "picture of " + to_string(task.id);
  if (auto written = write_file_atomically(task.result_file, std::as_bytes(std::span(text))); !written) {
    return written.error();
  }
  RenderReport report;
  report.result_bytes = text.size();
  report.result_sha256 = std::string(64, 'a');
  report.backend = "fake";
  return report;
}

/// Lets renders wait until the test says how they end, or until their stop is requested.
class Gate {
 public:
  using Outcome = std::function<Result<RenderReport>(const EngineTask&)>;

  FakeEngine::Behaviour behaviour() {
    return [this](const EngineTask& task, const ProgressSink& progress, std::stop_token stop) {
      std::unique_lock lock(mutex_);
      progress_ = &progress;
      ++begun_;
      changed_.notify_all();
      const bool let = changed_.wait(lock, stop, [this] { return !outcomes_.empty(); });
      progress_ = nullptr;
      if (!let) return Result<RenderReport>(Error{ErrorCode::cancelled, "stopped", ""});
      const Outcome outcome = std::move(outcomes_.front());
      outcomes_.pop_front();
      lock.unlock();
      return outcome(task);
    };
  }

  /// The next render that waits (or is to come) ends like this.
  void let(Outcome outcome) {
    {
      const std::lock_guard lock(mutex_);
      outcomes_.push_back(std::move(outcome));
    }
    changed_.notify_all();
  }
  void let_succeed() { let(paint); }
  void let_fail(ErrorCode code) {
    let([code](const EngineTask&) { return Error{code, "as the test says", ""}; });
  }

  /// Reports progress of the render that waits, or of the next one that comes.
  void progress(double value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return progress_ != nullptr; });
    (*progress_)(value);
  }

  int begun() const {
    const std::lock_guard lock(mutex_);
    return begun_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Outcome> outcomes_;
  const ProgressSink* progress_ = nullptr;
  int begun_ = 0;
};

}  // namespace kiln::jobs::test
