#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "jobs/asset_service.h"
#include "jobs/service.h"
#include "store/file_blob_store.h"
#include "tests/store/temp_folder.h"

namespace kiln::jobs::test {

constexpr std::chrono::seconds kHang{30};

/// An engine that does what the test says. Each render() calls `behaviour` on the worker's thread.
class FakeEngine final : public Engine {
 public:
  using Behaviour = std::function<Result<RenderReport>(const EngineTask&, const ProgressSink&, std::stop_token)>;

  explicit FakeEngine(Behaviour behaviour) : behaviour_(std::move(behaviour)) {}

  void open() override {
    const std::lock_guard lock(mutex_);
    if (++opened_ >= ready_after_) ready_ = true;
  }
  Result<RenderReport> render(const EngineTask& task, const ProgressSink& progress, std::stop_token stop) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(task);
    }
    return behaviour_(task, progress, std::move(stop));
  }
  EngineStatus status() const override {
    const std::lock_guard lock(mutex_);
    return {ready_, "fake", "none", ready_ ? "for tests" : "not opened"};
  }

  void ready_after(int opens) { ready_after_ = opens; }
  void become_not_ready() {
    const std::lock_guard lock(mutex_);
    ready_ = false;
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
  std::vector<EngineTask> tasks_;
  int opened_ = 0, ready_after_ = 1;
  bool ready_ = false;
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

/// A store that answers at once, or when the test says so.
class FakeStore final : public store::JobStore {
 public:
  explicit FakeStore(boost::asio::any_io_executor strand) : strand_(std::move(strand)) {}

  void insert(JobPtr job, store::StoreDone done) override {
    take("insert", job, job->id, insert_error, std::move(done));
  }
  void update(JobPtr job, std::uint32_t expected_attempt, store::StoreDone done) override {
    expected_attempts.push_back(expected_attempt);
    take("update", job, job->id, update_error, std::move(done));
  }
  void remove(const JobId& id, store::StoreDone done) override {
    take("remove", nullptr, id, remove_error, std::move(done));
  }
  Result<std::vector<JobPtr>> load_all() override {
    if (load_error) return *load_error;
    return stored;
  }

  /// Answers all that was held back.
  void release() {
    hold = false;
    for (auto& answer : std::exchange(held_, {})) boost::asio::post(strand_, std::move(answer));
  }

  bool hold = false;
  std::optional<Error> insert_error, update_error, remove_error, load_error;
  std::vector<JobPtr> stored;                         ///< what load_all answers
  std::vector<std::pair<std::string, JobPtr>> calls;  ///< all changes in order
  std::vector<std::uint32_t> expected_attempts;       ///< of the updates

 private:
  void take(const char* verb, JobPtr job, const JobId&, const std::optional<Error>& error, store::StoreDone done) {
    calls.emplace_back(verb, std::move(job));
    auto answer = [done = std::move(done), error] { done(error ? Result<void>(*error) : Result<void>()); };
    if (hold) {
      held_.push_back(std::move(answer));
    } else {
      boost::asio::post(strand_, std::move(answer));
    }
  }

  boost::asio::any_io_executor strand_;
  std::vector<std::function<void()>> held_;
};

/// Takes files for scenes, but those of type "image/..." for environments; refuses "bad/...".
class FakeInspector final : public Inspector {
 public:
  Result<AssetSummary> inspect(const std::filesystem::path&, const std::string& media_type) override {
    ++inspected;
    if (media_type == "throw/it") throw std::runtime_error("the parser fell over");
    if (const std::chrono::milliseconds pause = takes; pause.count() > 0) std::this_thread::sleep_for(pause);
    if (media_type.starts_with("bad/")) return Error{ErrorCode::invalid_scene, "bad file", ""};
    AssetSummary summary;
    summary.kind = media_type.starts_with("image/") ? AssetKind::environment : AssetKind::scene;
    return summary;
  }
  std::atomic<int> inspected{0};
  std::atomic<std::chrono::milliseconds> takes{};
};

/// The strand, the stores and the assets around a Service.
class World {
 public:
  explicit World(FakeEngine::Behaviour behaviour, unsigned threads = 1)
      : engine(std::move(behaviour)),
        store(io.get_executor()),
        blobs(std::move(store::FileBlobStore::open(folder.path()).value())),
        assets(io.get_executor(), inspector, *blobs, threads) {}

  Service& start(ServiceOptions options = {}) {
    options.samples = {"box"};
    options.engine_retry = std::chrono::milliseconds(1);
    service.emplace(io.get_executor(), engine, store, *blobs, assets, options);
    watching = service->subscribe([this](const JobEvent& event) { events.push_back(event); });
    return *service;
  }

  /// Runs the strand until `met`; fails the test where that hangs.
  template <class Condition>
  void until(Condition met) {
    const auto deadline = std::chrono::steady_clock::now() + kHang;
    while (!met()) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the test hangs");
      io.run_one_for(std::chrono::milliseconds(5));
    }
  }

  /// Runs what is due now.
  void settle() { io.poll(); }

  static RenderRequest request() {
    RenderRequest r;
    r.scene = "sample:box";
    return r;
  }

  Result<JobPtr> submit_and_wait(RenderRequest r = request()) {
    std::optional<Result<JobPtr>> answer;
    service->submit(std::move(r), [&](Result<JobPtr> job) { answer = std::move(job); });
    until([&] { return answer.has_value(); });
    return *answer;
  }
  JobId submit() { return submit_and_wait().value()->id; }

  Result<JobPtr> cancel(const JobId& id) {
    std::optional<Result<JobPtr>> answer;
    service->cancel(id, [&](Result<JobPtr> job) { answer = std::move(job); });
    until([&] { return answer.has_value(); });
    return *answer;
  }

  Result<void> remove(const JobId& id) {
    std::optional<Result<void>> answer;
    service->remove(id, [&](Result<void> done) { answer = done; });
    until([&] { return answer.has_value(); });
    return *answer;
  }

  Result<AddedAsset> add(const std::string& content, const std::string& media_type) {
    std::optional<Result<AddedAsset>> answer;
    assets.add(staged(content, media_type), [&](Result<AddedAsset> added) { answer = std::move(added); });
    until([&] { return answer.has_value(); });
    return *answer;
  }

  /// The hash need not be that of the bytes here: any name of 64 digits serves.
  StagedAsset staged(const std::string& content, const std::string& media_type) {
    store::StagedBlob blob = blobs->stage().value();
    blob.write(std::as_bytes(std::span(content))).value();
    std::string hex(64, '0');
    for (std::size_t i = 0; i < content.size() && i < 32; ++i) {
      constexpr const char* kDigits = "0123456789abcdef";
      hex[2 * i] = kDigits[static_cast<unsigned char>(content[i]) >> 4];
      hex[2 * i + 1] = kDigits[static_cast<unsigned char>(content[i]) & 15];
    }
    return {std::move(blob), hex, media_type};
  }

  JobState state(const JobId& id) const { return service->find(id).job->state; }
  void until_state(const JobId& id, JobState wanted) {
    until([&] { return state(id) == wanted; });
  }
  std::size_t staged_files() const {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(folder.path() / "staging")) ++n;
    return n;
  }

  kiln::test::TempFolder folder;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  FakeEngine engine;
  FakeStore store;
  std::unique_ptr<store::FileBlobStore> blobs;
  FakeInspector inspector;
  AssetService assets;
  std::vector<JobEvent> events;
  std::optional<Service> service;
  Subscription watching;
};

}  // namespace kiln::jobs::test
