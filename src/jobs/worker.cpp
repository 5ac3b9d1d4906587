#include "jobs/worker.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

#include "base/log.h"

namespace kiln::jobs {
namespace {

/// The newest progress of one attempt. At most one message of it is under way, however short the passes are.
struct LatestProgress {
  std::atomic<double> value{0};
  std::atomic<bool> posted{false};
};

}  // namespace

Worker::Worker(boost::asio::any_io_executor strand, Engine& engine, store::BlobStore& blobs, WorkerReports reports,
               std::chrono::milliseconds retry)
    : strand_(std::move(strand)),
      engine_(engine),
      blobs_(blobs),
      reports_(std::make_shared<const WorkerReports>(std::move(reports))),
      retry_(retry),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

Worker::~Worker() {
  thread_.request_stop();
  thread_.join();
}

template <class Call>
void Worker::report(Call call) {
  boost::asio::post(strand_, [reports = std::weak_ptr(reports_), call = std::move(call)] {
    if (const auto alive = reports.lock()) call(*alive);
  });
}

void Worker::run(std::stop_token stop) {
  while (make_ready(stop)) {
    report([](const WorkerReports& to) { to.ready(); });
    const auto item = items_.receive(stop);
    if (!item) return;
    report([id = item->task.id, attempt = item->task.attempt, outcome = work(*item)](const WorkerReports& to) {
      to.finished(id, attempt, outcome);
    });
  }
}

bool Worker::make_ready(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::string said;
  while (!stop.stop_requested()) {
    if (engine_.status().ready) return true;
    try {
      engine_.open();
    } catch (const std::exception& e) {
      spdlog::error("the engine failed to start: {}", e.what());
    }
    const EngineStatus status = engine_.status();
    if (status.ready) {
      spdlog::info("engine ready: {} on {} ({})", status.backend, status.device, status.reason);
      return true;
    }
    if (status.reason != said) spdlog::warn("the engine is not ready: {}", status.reason);
    said = status.reason;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, retry_, [] { return false; });
  }
  return false;
}

Result<RenderReport> Worker::work(const WorkItem& item) {
  store::StagedBlob staged = blobs_.stage_path();
  Result<RenderReport> outcome = render(item, staged.path());
  if (!outcome) return outcome;
  auto kept = blobs_.commit(std::move(staged), store::BlobFolder::results, item.result_name);
  if (!kept) return kept.error();
  return outcome;
}

Result<RenderReport> Worker::render(const WorkItem& item, const std::filesystem::path& result_file) {
  EngineTask task = item.task;
  task.result_file = result_file;
  const auto latest = std::make_shared<LatestProgress>();
  const ProgressSink progress = [&](double value) {
    latest->value = value;
    if (latest->posted.exchange(true)) return;
    report([latest, id = task.id, attempt = task.attempt](const WorkerReports& to) {
      latest->posted = false;
      to.progressed(id, attempt, latest->value);
    });
  };
  try {
    return engine_.render(task, progress, item.stop);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::out_of_memory, "there was not enough memory for this job", ""};
  } catch (const std::exception& e) {
    return Error{ErrorCode::internal, std::string("the engine failed: ") + e.what(), ""};
  }
}

}  // namespace kiln::jobs
