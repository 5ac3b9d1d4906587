// What an earlier process left, and what becomes of it.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/log.h"
#include "jobs/job_machine.h"
#include "jobs/service_core.h"

namespace kiln::jobs {
namespace {

template <class T>
T loaded(Result<T> result, const char* what) {
  if (!result) throw std::runtime_error(std::string("cannot read ") + what + ": " + result.error().message);
  return std::move(*result);
}

}  // namespace

Service::Core::Core(boost::asio::any_io_executor strand, Engine& engine, store::JobStore& store,
                    store::BlobStore& blobs, AssetService& assets, ServiceOptions options)
    : strand_(std::move(strand)),
      engine_(engine),
      store_(store),
      blobs_(blobs),
      assets_(assets),
      options_(std::move(options)),
      retention_(options_.retention, options_.most_finished_jobs),
      writer_(strand_, store_, options_.store_retry, [this] { settle(); }),
      previews_(strand_, engine_, blobs_),
      age_timer_(strand_),
      self_(std::make_shared<Core*>(this)),
      file_thread_(1) {
  recover();
  worker_ = std::make_unique<Worker>(strand_, engine_, blobs_, reports(), options_.engine_retry);
  watch_ages(std::chrono::milliseconds(0));
}

Service::Core::~Core() {
  for (auto& [id, attempt] : running_) attempt.cancel.request_stop();
  worker_.reset();
  file_thread_.join();  // removals that were begun for good are finished
}

WorkerReports Service::Core::reports() {
  WorkerReports reports;
  reports.ready = [this] {
    worker_waits_ = true;
    forecast_.use_backend(engine_.status().backend);
    dispatch();
  };
  reports.progressed = [this](const JobId& id, std::uint32_t attempt, double p) { progressed(id, attempt, p); };
  reports.rendered = [this](const JobId& id, std::uint32_t attempt) { rendered(id, attempt); };
  reports.finished = [this](const JobId& id, std::uint32_t attempt, const AttemptEnd& end) {
    finished(id, attempt, end);
  };
  return reports;
}

/// All is read before anything is changed: who cannot read the data leaves it as it is.
void Service::Core::recover() {
  std::vector<JobPtr> stored = loaded(store_.load_all(), "the stored jobs");
  const std::vector<BatchPtr> batches = loaded(store_.load_batches(), "the stored batches");
  for (const JobId& id : loaded(store_.load_forgotten(), "the forgotten jobs")) forgotten_.add(id);
  const auto results = loaded(blobs_.list(store::BlobFolder::results), "the folder of results");
  const auto checkpoints = loaded(blobs_.list(store::BlobFolder::checkpoints), "the folder of checkpoints");
  assets_.sweep();
  table_.reserve(stored.size());
  for (const BatchPtr& batch : batches) {
    batches_.add(batch);
    if (batch->idempotency) keys_.put(*batch->idempotency, batch->id);
  }
  forecast_.learn(stored);
  for (JobPtr& job : stored) take_up(std::move(job));
  settle_results(results);
  sweep_checkpoints(checkpoints);
  if (!stored.empty()) {
    spdlog::info("{} stored jobs: {} wait, {} of them were interrupted", stored.size(), queue_.size(), interrupted_);
  }
}

/// That the server ended under a job is not the job's fault: it does not count as a loss of the engine. With the
/// engine in a process of its own no job can bring the server down.
void Service::Core::take_up(JobPtr job) {
  next_sequence_ = std::max(next_sequence_, job->sequence + 1);
  const std::uint32_t stored_attempt = job->attempt;
  const JobState stored_state = job->state;
  if (stored_state == JobState::running) {
    job = put_back(job, stored_attempt).value();
    ++interrupted_;
  }
  if (stored_state == JobState::cancelling) job = confirm_cancel(job, stored_attempt, now()).value();
  table_.put(job);
  batches_.put(nullptr, job);
  retention_.add(job);
  cache_.add(job);
  if (job->idempotency) keys_.put(*job->idempotency, job->id);
  if (job->state == JobState::queued) {
    queue_.insert(job->sequence, job->id);
    forecast_.wait(*job);
    hold_assets(*job->request);
  }
  if (job->state != stored_state) writer_.update(job, stored_attempt, {});
}

/// Pictures without a job that has one are deleted; jobs without their picture are marked.
void Service::Core::settle_results(const std::vector<std::string>& names) {
  std::unordered_set<JobId, JobIdHash> there;
  for (const std::string& name : names) {
    const auto id = job_id_from_string(name);
    if (!id) continue;  // not ours
    const JobPtr& job = table_.find(*id);
    if (job && job->report && !job->expired_at) {
      there.insert(*id);
    } else {
      remove_result(*id);
    }
  }
  std::vector<JobPtr> lost;
  for (const JobState state : {JobState::succeeded, JobState::failed, JobState::cancelled}) {
    table_.each(state, [&](const JobPtr& job) {
      if (job->report && !job->expired_at && !there.contains(job->id)) lost.push_back(job);
    });
  }
  for (const JobPtr& job : lost) expire_picture(job);
  if (lost.empty()) return;
  spdlog::warn("the pictures of {} jobs are missing, the first of job {}: they are marked as expired", lost.size(),
               to_string(lost.front()->id));
}

/// The checkpoints of jobs that will go on are kept; also what a writer of one left half done is not.
void Service::Core::sweep_checkpoints(const std::vector<std::string>& names) {
  constexpr std::size_t kIdLength = 36;
  for (const std::string& name : names) {
    const auto id = job_id_from_string(name.substr(0, kIdLength));
    if (!id || (name.size() > kIdLength && name[kIdLength] != '.')) continue;  // not ours
    const JobPtr& job = table_.find(*id);
    if (name.size() == kIdLength && job && !is_final(job->state)) continue;
    if (auto removed = blobs_.remove(store::BlobFolder::checkpoints, name); !removed) {
      spdlog::warn("{}", removed.error().message);
    }
  }
}

}  // namespace kiln::jobs
