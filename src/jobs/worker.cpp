#include "jobs/worker.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "jobs/guarded_call.h"

namespace kiln::jobs {
namespace {

/// Rendered pictures that wait to be encoded and stored; each keeps its pixels in memory.
constexpr std::size_t kMostUnfinished = 2;

/// The newest progress of one attempt. At most one message of it is under way, however short the passes are.
struct LatestProgress {
  std::atomic<double> value{0};
  std::atomic<bool> posted{false};
};

bool requested(const RenderStop& stop) { return stop.cancel.stop_requested() || stop.suspend.stop_requested(); }

void open_safely(Engine& engine) {
  const auto opened = guarded_call("the engine failed to start", [&]() -> Result<void> {
    engine.open();
    return {};
  });
  if (!opened) spdlog::error("{}", opened.error().message);
}

}  // namespace

Worker::Worker(boost::asio::any_io_executor strand, Engine& engine, store::BlobStore& blobs, WorkerReports reports,
               std::chrono::milliseconds retry)
    : strand_(std::move(strand)),
      engine_(engine),
      blobs_(blobs),
      reports_(std::make_shared<const WorkerReports>(std::move(reports))),
      retry_(retry),
      finisher_(
          blobs,
          [this](const JobId& id, std::uint32_t attempt, AttemptEnd end) {
            report([id, attempt, end = std::move(end)](const WorkerReports& to) { to.finished(id, attempt, end); });
          }),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

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

void Worker::run(const std::stop_token& stop) {
  while (make_ready(stop, {})) {
    report([](const WorkerReports& to) { to.ready(); });
    const auto item = next_item(stop);
    if (!item) return;
    work(*item, stop);
  }
}

/// An engine may go away while it has nothing to do: whoever asks for its readiness before sending work must not wait
/// for the work to come. An item that comes meanwhile is taken all the same: it may be stopped while it waits.
std::optional<WorkItem> Worker::next_item(const std::stop_token& stop) {
  std::string said;
  while (!stop.stop_requested()) {
    if (auto item = items_.receive(stop, retry_)) return item;
    try_to_open(said);
  }
  return std::nullopt;
}

/// Whether the engine is ready now. `said` is the reason that the log knows already.
bool Worker::try_to_open(std::string& said) {
  if (engine_.status().ready) return true;
  open_safely(engine_);
  const EngineStatus status = engine_.status();
  if (status.ready) {
    spdlog::info("engine ready: {} on {} ({})", status.backend, status.device, status.reason);
    return true;
  }
  if (status.reason != said) spdlog::warn("the engine is not ready: {}", status.reason);
  said = status.reason;
  return false;
}

/// False when the worker ends, or a stop of `unwanted` is requested, first.
bool Worker::make_ready(const std::stop_token& stop, const RenderStop& unwanted) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::string said;
  while (!stop.stop_requested() && !requested(unwanted)) {
    if (try_to_open(said)) return true;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, retry_, [] { return false; });
  }
  return false;
}

void Worker::work(const WorkItem& item, const std::stop_token& stop) {
  const JobId id = item.task.id;
  const std::uint32_t attempt = item.task.attempt;
  store::StagedBlob staged = blobs_.stage_path();
  auto picture = render(item, staged.path(), stop);
  if (!picture && picture.error().code == ErrorCode::cancelled) {  // need not wait for the picture before
    return report([id, attempt, end = AttemptEnd{{}, picture.error()}](const WorkerReports& to) {
      to.finished(id, attempt, end);
    });
  }
  const bool lost = !picture && is_engine_loss(picture.error().code);
  const bool is_whole = picture && !picture->stopped_by;
  if (is_whole) report([id, attempt](const WorkerReports& to) { to.rendered(id, attempt); });
  const std::stop_token unwanted = item.task.request.keep_partial ? std::stop_token() : item.stop.cancel;
  finisher_.give({id, attempt, item.result_name, unwanted, std::move(staged), std::move(picture)});
  // A lost engine takes the pictures along that it had not finished. Their jobs are heard of, and stand in the queue in
  // their order, before the worker asks for the next one. A suspect is seen to its end before another job is put at
  // risk.
  finisher_.wait_until_left(lost || item.is_suspect ? 0 : kMostUnfinished, stop);
}

Result<TracedPicture> Worker::render(const WorkItem& item, const std::filesystem::path& result_file,
                                     const std::stop_token& stop) {
  if (!make_ready(stop, item.stop)) return Error{ErrorCode::cancelled, "stopped before the engine was ready", ""};
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
  return guarded_call("the engine failed", [&] { return engine_.render(task, progress, item.stop); });
}

}  // namespace kiln::jobs
