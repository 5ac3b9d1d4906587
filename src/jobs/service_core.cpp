#include "jobs/service_core.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/job_id.h"
#include "base/log.h"
#include "jobs/job_machine.h"

namespace kiln::jobs {
namespace {

constexpr std::string_view kSamplePrefix = "sample:";

WallTime now() { return std::chrono::system_clock::now(); }

Error unknown_job(const JobId& id) { return {ErrorCode::unknown_job, "there is no job " + to_string(id), ""}; }

bool is_sample(const std::string& scene) { return scene.starts_with(kSamplePrefix); }

const std::string* environment_asset(const RenderRequest& request) {
  return std::get_if<std::string>(&request.environment.source);
}

Result<void> check_asset(const AssetService& assets, const std::string& id, AssetKind kind, const char* pointer) {
  const AssetPtr asset = assets.find(id);
  if (!asset) return Error{ErrorCode::unknown_asset, "there is no asset " + id, pointer};
  if (asset->summary.kind == kind) return {};
  const char* wanted = kind == AssetKind::scene ? " is not a scene" : " is not an environment image";
  return Error{ErrorCode::invalid_request, "asset " + id + wanted, pointer};
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
      self_(std::make_shared<Core*>(this)) {
  auto stored = store_.load_all();
  if (!stored) throw std::runtime_error("cannot read the stored jobs: " + stored.error().message);
  for (JobPtr& job : *stored) recover(std::move(job));
  sweep_results();
  WorkerReports reports;
  reports.ready = [this] {
    worker_waits_ = true;
    dispatch();
  };
  reports.progressed = [this](const JobId& id, std::uint32_t attempt, double p) { progressed(id, attempt, p); };
  reports.finished = [this](const JobId& id, std::uint32_t attempt, const Result<RenderReport>& outcome) {
    ended(id, attempt, outcome);
  };
  worker_ = std::make_unique<Worker>(strand_, engine_, blobs_, std::move(reports), options_.engine_retry);
}

Service::Core::~Core() {
  for (auto& [id, attempt] : running_) attempt.stop.request_stop();
}

void Service::Core::recover(JobPtr job) {
  next_sequence_ = std::max(next_sequence_, job->sequence + 1);
  const std::uint32_t stored_attempt = job->attempt;
  const JobState stored_state = job->state;
  if (stored_state == JobState::running) job = put_back(job, stored_attempt).value();
  if (stored_state == JobState::cancelling) job = confirm_cancel(job, stored_attempt, now()).value();
  table_.put(job);
  if (job->state == JobState::queued) {
    queue_.insert(job->sequence, job->id);
    hold_assets(*job->request);
  }
  if (job->state != stored_state) persist(job, stored_attempt, {});
}

void Service::Core::sweep_results() {
  const auto names = blobs_.list(store::BlobFolder::results);
  if (!names) throw std::runtime_error(names.error().message);
  for (const std::string& name : *names) {
    const auto id = job_id_from_string(name);
    if (!id) continue;  // not ours
    const JobPtr job = table_.find(*id);
    if (job && job->state == JobState::succeeded) continue;
    if (auto removed = blobs_.remove(store::BlobFolder::results, name); !removed) {
      spdlog::warn("{}", removed.error().message);
    }
  }
}

JobView Service::Core::find(const JobId& id) const {
  const JobPtr& job = table_.find(id);
  if (!job) return {};
  return {job, job->state == JobState::queued ? queue_.position(job->sequence) : 0};
}

Result<ResultFile> Service::Core::result(const JobId& id) const {
  const JobPtr& job = table_.find(id);
  if (!job) return unknown_job(id);
  switch (job->state) {
    case JobState::succeeded:
      return ResultFile{blobs_.path(store::BlobFolder::results, to_string(id)), job};
    case JobState::failed:
      return *job->error;
    case JobState::cancelled:
      return Error{ErrorCode::cancelled, "job " + to_string(id) + " was cancelled", ""};
    default:
      return Error{ErrorCode::job_not_finished,
                   "job " + to_string(id) + " is " + std::string(name_of(job->state)) + ": there is no picture yet",
                   ""};
  }
}

ServiceStats Service::Core::stats() const {
  ServiceStats stats;
  for (std::size_t i = 0; i < stats.by_state.size(); ++i) stats.by_state[i] = table_.count(static_cast<JobState>(i));
  stats.queue_depth = queue_.size();
  return stats;
}

Result<void> Service::Core::check(const RenderRequest& request) const {
  if (draining_) return Error{ErrorCode::draining, "the server is shutting down and takes no new jobs", ""};
  if (is_sample(request.scene)) {
    const std::string name = request.scene.substr(kSamplePrefix.size());
    const auto& samples = options_.samples;
    if (std::find(samples.begin(), samples.end(), name) == samples.end()) {
      return Error{ErrorCode::unknown_sample, "there is no sample scene \"" + name + "\"", "/scene"};
    }
  } else if (auto known = check_asset(assets_, request.scene, AssetKind::scene, "/scene"); !known) {
    return known;
  }
  const std::string* environment = environment_asset(request);
  if (!environment) return {};
  return check_asset(assets_, *environment, AssetKind::environment, "/environment/image");
}

void Service::Core::submit(RenderRequest request, JobCallback done) {
  if (auto good = check(request); !good) return answer(std::move(done), Result<JobPtr>(good.error()));
  auto job = std::make_shared<Job>();
  job->id = random_job_id();
  job->sequence = next_sequence_++;
  job->created_at = now();
  job->request = std::make_shared<const RenderRequest>(std::move(request));
  hold_assets(*job->request);
  ++unstored_;
  store_.insert(job, guarded([this, job, done = std::move(done)](const Result<void>& stored) {
                  --unstored_;
                  accepted(job, done, stored);
                  settle();
                }));
}

void Service::Core::accepted(const JobPtr& job, const JobCallback& done, const Result<void>& stored) {
  if (!stored) {
    release_assets(*job->request);
    return done(stored.error());
  }
  queue_.insert(job->sequence, job->id);
  change(job, JobEventKind::accepted);
  done(job);
  dispatch();
}

void Service::Core::dispatch() {
  if (!worker_waits_ || draining_) return;
  const auto id = queue_.pop_front();
  if (!id) return;
  worker_waits_ = false;
  begin(table_.find(*id));
}

void Service::Core::begin(const JobPtr& queued) {
  const JobPtr job = start(queued, now()).value();
  const Attempt& attempt = running_.insert_or_assign(job->id, Attempt{job->attempt, {}, false}).first->second;
  const RenderRequest& request = *job->request;
  WorkItem item;
  item.task.id = job->id;
  item.task.attempt = job->attempt;
  item.task.request = request;
  if (!is_sample(request.scene)) item.task.scene_file = assets_.file(request.scene);
  if (const auto* environment = environment_asset(request)) item.task.environment_file = assets_.file(*environment);
  item.result_name = to_string(job->id);
  item.stop = attempt.stop.get_token();
  change(job, JobEventKind::started);
  persist(job, job->attempt, {});
  worker_->give(std::move(item));
}

void Service::Core::progressed(const JobId& id, std::uint32_t attempt, double progress) {
  const JobPtr& job = table_.find(id);
  if (!job) return;
  if (auto next = advance(job, attempt, progress); next) change(*next, JobEventKind::progressed);
}

void Service::Core::ended(const JobId& id, std::uint32_t attempt, const Result<RenderReport>& outcome) {
  const auto at = running_.find(id);
  if (at == running_.end() || at->second.number != attempt || at->second.finishing) return;  // a late report
  const JobPtr job = table_.find(id);
  const JobPtr next = after(job, outcome).value();
  if (next->state == JobState::queued) return requeue(job, next);
  at->second.finishing = true;
  finish(next);
}

/// What the end of an attempt makes of its job.
Result<JobPtr> Service::Core::after(const JobPtr& job, const Result<RenderReport>& outcome) const {
  const std::uint32_t attempt = job->attempt;
  if (job->state == JobState::cancelling) return confirm_cancel(job, attempt, now());
  if (outcome) return succeed(job, attempt, *outcome, now());
  const Error& error = outcome.error();
  if (error.code == ErrorCode::cancelled) {
    if (draining_) return put_back(job, attempt);
    return fail(job, attempt, {ErrorCode::internal, "the engine stopped without being asked to", ""}, now());
  }
  if (error.code == ErrorCode::engine_lost && job->engine_losses + 1 < options_.attempts) {
    return lose_engine(job, attempt);
  }
  return fail(job, attempt, error, now());
}

void Service::Core::requeue(const JobPtr& before, const JobPtr& next) {
  running_.erase(next->id);
  queue_.insert(next->sequence, next->id);
  change(next, JobEventKind::requeued);
  persist(next, before->attempt, {});
  dispatch();
}

/// The end becomes visible once it is durable: nobody sees a picture that a restart would render again. Should the
/// store fail, it is shown all the same: the picture is there.
void Service::Core::finish(const JobPtr& next) {
  persist(next, next->attempt, [this, next](const Result<void>&) {
    running_.erase(next->id);
    release_assets(*next->request);
    if (next->state == JobState::cancelled) {
      if (auto removed = blobs_.remove(store::BlobFolder::results, to_string(next->id)); !removed) {
        spdlog::warn("{}", removed.error().message);
      }
    }
    change(next, JobEventKind::finished);
  });
}

}  // namespace kiln::jobs
