// How work gets in: checked, made durable, and only then shown and answered.
#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <utility>

#include "base/job_id.h"
#include "jobs/service_core.h"

namespace kiln::jobs {
namespace {

constexpr std::string_view kSamplePrefix = "sample:";

Result<void> check_asset(const AssetService& assets, const std::string& id, AssetKind kind, const char* pointer) {
  const AssetPtr asset = assets.find(id);
  if (!asset) return Error{ErrorCode::unknown_asset, "there is no asset " + id, pointer};
  if (asset->summary.kind == kind) return {};
  const char* wanted = kind == AssetKind::scene ? " is not a scene" : " is not an environment image";
  return Error{ErrorCode::invalid_request, "asset " + id + wanted, pointer};
}

std::vector<JobId> ids_of(const std::vector<std::shared_ptr<Job>>& jobs) {
  std::vector<JobId> ids;
  ids.reserve(jobs.size());
  for (const auto& job : jobs) ids.push_back(job->id);
  return ids;
}

}  // namespace

bool is_sample(const std::string& scene) { return scene.starts_with(kSamplePrefix); }

const std::string* environment_asset(const RenderRequest& request) {
  return std::get_if<std::string>(&request.environment.source);
}

Result<void> Service::Core::check(const RenderRequest& request) const {
  if (is_sample(request.scene)) {
    const std::string name = request.scene.substr(kSamplePrefix.size());
    const auto& samples = options_.samples;
    if (std::find(samples.begin(), samples.end(), name) == samples.end()) {
      return Error{ErrorCode::unknown_sample, "there is no sample scene \"" + name + "\"", "/scene"};
    }
  } else if (auto known = check_asset(assets_, request.scene, AssetKind::scene, "/scene"); !known) {
    return known;
  }
  if (const std::string* environment = environment_asset(request)) {
    auto known = check_asset(assets_, *environment, AssetKind::environment, "/environment/image");
    if (!known) return known;
  }
  return check_limits(request);
}

/// Whether so many more jobs may wait.
Result<void> Service::Core::check_room(std::size_t jobs) const {
  const std::size_t most = options_.most_queued_jobs, waiting = queue_.size() + submitted_;
  if (most > 0 && jobs > most) {
    return Error{ErrorCode::limit_exceeded,
                 std::to_string(jobs) + " jobs can never wait together: " + std::to_string(most) + " may", ""};
  }
  if (most > 0 && waiting + jobs > most) {
    const auto surplus = static_cast<double>(waiting + jobs - most - 1);  // beside the one that is next
    return queue_full(std::to_string(most) + " jobs wait, as many as may",
                      surplus * forecast_.waiting_s() / static_cast<double>(waiting));
  }
  const double most_s = options_.most_queued_s, waiting_s = most_s > 0 ? forecast_.waiting_s() : 0;
  if (most_s == 0 || waiting_s < most_s) return {};
  return queue_full(fmt::format("some {:.0f} s of work wait, and {:g} s may", waiting_s, most_s), waiting_s - most_s);
}

/// Whether all of it may come in; finds out what of it need not be rendered.
Result<void> Service::Core::admit(Arrival& arrival) const {
  if (draining_) return Error{ErrorCode::draining, "the server is shutting down and takes no new jobs", ""};
  for (const auto& job : arrival.jobs) {
    auto good = check(*job->request);
    if (good) continue;
    if (!arrival.batch) return good;
    Error error = good.error();
    error.pointer = fmt::format("/{}{}", job->batch_index, error.pointer);
    return error;
  }
  find_hits(arrival);
  return arrival.to_render() > 0 ? check_room(arrival.to_render()) : Result<void>();
}

std::shared_ptr<Job> Service::Core::new_job(RenderRequest request) const {
  auto job = std::make_shared<Job>();
  job->id = random_job_id();
  job->created_at = now();
  job->request = std::make_shared<const RenderRequest>(std::move(request));
  return job;
}

void Service::Core::submit(Submission submission, AcceptCallback done) {
  const auto arrival = std::make_shared<Arrival>();
  arrival->key = submission.idempotency;
  arrival->use_cache = submission.use_cache;
  const auto replay = [this, done](const Result<JobId>& first) {
    if (!first) return refuse<Accepted>(done, first.error());
    const JobPtr& job = table_.find(*first);
    answer(done, job ? Result<Accepted>(Accepted{job, true}) : Result<Accepted>(missing(*first)));
  };
  if (arrival->key && keys_.repeat(*arrival->key, replay)) return;
  const auto job = arrival->jobs.emplace_back(new_job(std::move(submission.request)));
  job->webhook = std::move(submission.webhook);
  job->idempotency = std::move(submission.idempotency);
  if (auto good = admit(*arrival); !good) return refuse<Accepted>(std::move(done), good.error());
  arrival->done = [job, done = std::move(done)](const Result<void>& kept) {
    done(kept ? Result<Accepted>(Accepted{job, false}) : Result<Accepted>(kept.error()));
  };
  take_in(arrival);
}

void Service::Core::submit_batch(BatchSubmission submission, AcceptBatchCallback done) {
  const auto arrival = std::make_shared<Arrival>();
  arrival->key = submission.idempotency;
  arrival->use_cache = submission.use_cache;
  const auto replay = [this, done](const Result<JobId>& first) {
    if (!first) return refuse<AcceptedBatch>(done, first.error());
    const BatchTable::Jobs* jobs = batches_.jobs(*first);
    if (jobs == nullptr) return refuse<AcceptedBatch>(done, missing(*first));
    AcceptedBatch again{batches_.find(*first).batch, {}, true};
    for (const auto& [sequence, id] : *jobs) again.jobs.push_back(id);
    answer(done, Result<AcceptedBatch>(std::move(again)));
  };
  if (arrival->key && keys_.repeat(*arrival->key, replay)) return;
  const auto batch = std::make_shared<Batch>();
  batch->id = random_job_id();
  batch->size = static_cast<std::uint32_t>(submission.requests.size());
  batch->created_at = now();
  batch->webhook = std::move(submission.webhook);
  batch->idempotency = std::move(submission.idempotency);
  arrival->batch = batch;
  for (RenderRequest& request : submission.requests) {
    const auto job = new_job(std::move(request));
    job->webhook = batch->webhook;
    job->batch = batch->id;
    job->batch_index = static_cast<std::uint32_t>(arrival->jobs.size());
    arrival->jobs.push_back(job);
  }
  if (auto good = admit(*arrival); !good) return refuse<AcceptedBatch>(std::move(done), good.error());
  arrival->done = [batch, ids = ids_of(arrival->jobs), done = std::move(done)](const Result<void>& kept) {
    done(kept ? Result<AcceptedBatch>(AcceptedBatch{batch, ids, false}) : Result<AcceptedBatch>(kept.error()));
  };
  take_in(arrival);
}

/// From here on the jobs count for the limits and keep their assets.
void Service::Core::take_in(const ArrivalPtr& arrival) {
  if (arrival->key) keys_.begin(*arrival->key);
  submitted_ += arrival->to_render();
  auto hit = arrival->hits.begin();
  for (const auto& job : arrival->jobs) {
    job->sequence = next_sequence_++;
    hold_assets(*job->request);
    if (hit != arrival->hits.end() && hit->job == job) {
      ++hit;
    } else {
      forecast_.wait(*job);
    }
  }
  if (arrival->hits.empty()) return keep(arrival);
  link_pictures(arrival);
}

void Service::Core::keep(const ArrivalPtr& arrival) {
  auto done = [this, arrival](const Result<void>& kept) { stored(arrival, kept); };
  if (!arrival->batch) return writer_.insert(arrival->jobs.front(), std::move(done));
  writer_.insert_batch(arrival->batch, {arrival->jobs.begin(), arrival->jobs.end()}, std::move(done));
}

void Service::Core::stored(const ArrivalPtr& arrival, const Result<void>& kept) {
  submitted_ -= arrival->to_render();
  if (kept) {
    show(*arrival);
  } else {
    for (const auto& job : arrival->jobs) {
      release_assets(*job->request);
      if (job->cached) {
        remove_result(job->id);
      } else {
        forecast_.leave(*job);
      }
    }
  }
  arrival->done(kept);
  if (arrival->key) keys_.end(*arrival->key, kept ? Result<JobId>(arrival->id()) : Result<JobId>(kept.error()));
  if (kept && !arrival->hits.empty()) keep_within_limits();
  dispatch();
  hint_next();
}

/// All jobs of a batch are there before anybody hears of the first.
void Service::Core::show(const Arrival& arrival) {
  if (arrival.batch) batches_.add(arrival.batch);
  const RenderRequest* touched = nullptr;
  for (const auto& job : arrival.jobs) {
    const RenderRequest& request = *job->request;
    const bool same_assets =
        touched != nullptr && touched->scene == request.scene && touched->environment == request.environment;
    if (!same_assets) touch_assets(request);
    touched = &request;
    table_.put(job);
    batches_.put(nullptr, job);
    if (job->cached) {
      release_assets(request);
      retention_.add(job);
      cache_.add(job);
    } else {
      queue_.insert(job->sequence, job->id);
    }
  }
  for (const auto& job : arrival.jobs) events_({job, JobEventKind::accepted});
  const bool has_ended = arrival.batch && arrival.to_render() == 0;
  for (const Arrival::Hit& hit : arrival.hits) {
    events_({hit.job, JobEventKind::finished, {}, has_ended && hit.job == arrival.jobs.back()});
  }
}

}  // namespace kiln::jobs
