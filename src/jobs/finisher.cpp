#include "jobs/finisher.h"

#include <utility>

#include "base/log.h"
#include "jobs/guarded_call.h"

namespace kiln::jobs {

Finisher::Finisher(store::BlobStore& blobs, Report report)
    : blobs_(blobs), report_(std::move(report)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Finisher::~Finisher() {
  thread_.request_stop();
  thread_.join();
}

void Finisher::give(EndedRender ended) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(ended));
    ++unreported_;
  }
  changed_.notify_all();
}

bool Finisher::wait_until_left(std::size_t most, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [&] { return unreported_ <= most; });
}

void Finisher::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); }) && !stop.stop_requested()) {
    EndedRender ended = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const JobId id = ended.id;
    const std::uint32_t attempt = ended.attempt;
    report_(id, attempt, finish(std::move(ended)));
    lock.lock();
    --unreported_;
    changed_.notify_all();
  }
}

AttemptEnd Finisher::finish(EndedRender ended) {
  if (!ended.picture) return {{}, ended.picture.error()};
  const JobId id = ended.id;
  const std::optional<Error> stopped_by = ended.picture->stopped_by;
  auto report = keep(std::move(ended));
  if (report) return {std::move(*report), stopped_by};
  if (!stopped_by) return {{}, report.error()};
  spdlog::warn("the picture so far of job {} is not kept: {}", to_string(id), report.error().message);
  return {{}, stopped_by};
}

Result<RenderReport> Finisher::keep(EndedRender ended) {
  const Error unwanted{ErrorCode::cancelled, "the job was cancelled", ""};
  if (ended.cancel.stop_requested()) return unwanted;
  auto written = guarded_call("the picture could not be finished", ended.picture->finish);
  if (!written) return written;
  if (ended.cancel.stop_requested()) return unwanted;
  auto kept = blobs_.commit(std::move(ended.staged), store::BlobFolder::results, ended.result_name);
  if (!kept) return kept.error();
  return written;
}

}  // namespace kiln::jobs
