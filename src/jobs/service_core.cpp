// What clients ask, and how work gets in.
#include "jobs/service_core.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/job_id.h"

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

}  // namespace

bool is_sample(const std::string& scene) { return scene.starts_with(kSamplePrefix); }

const std::string* environment_asset(const RenderRequest& request) {
  return std::get_if<std::string>(&request.environment.source);
}

JobView Service::Core::find(const JobId& id) const {
  const JobPtr& job = table_.find(id);
  if (!job) return {};
  return {job, job->state == JobState::queued ? queue_.position(job->sequence) : 0};
}

Error Service::Core::missing(const JobId& id) const {
  if (!forgotten_.contains(id)) return {ErrorCode::unknown_job, "there is no job " + to_string(id), ""};
  return {ErrorCode::job_expired, "job " + to_string(id) + " finished so long ago that it has been forgotten", ""};
}

Result<ResultFile> Service::Core::result(const JobId& id) const {
  const JobPtr& job = table_.find(id);
  if (!job) return missing(id);
  switch (job->state) {
    case JobState::succeeded:
      if (job->expired_at) {
        return Error{ErrorCode::result_expired, "the picture of job " + to_string(id) + " is not kept any more", ""};
      }
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
  stats.interrupted = interrupted_;
  stats.result_bytes = retention_.picture_bytes();
  stats.asset_bytes = assets_.bytes();
  return stats;
}

Result<void> Service::Core::check(const RenderRequest& request) const {
  if (draining_) return Error{ErrorCode::draining, "the server is shutting down and takes no new jobs", ""};
  if (const std::size_t most = options_.most_queued_jobs; most > 0 && queue_.size() + submitted_ >= most) {
    return Error{ErrorCode::queue_full, std::to_string(most) + " jobs wait, as many as may: try again later", ""};
  }
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
  ++submitted_;
  auto job = std::make_shared<Job>();
  job->id = random_job_id();
  job->sequence = next_sequence_++;
  job->created_at = now();
  job->request = std::make_shared<const RenderRequest>(std::move(request));
  hold_assets(*job->request);
  writer_.insert(job, [this, job, done = std::move(done)](const Result<void>& stored) { accepted(job, done, stored); });
}

void Service::Core::accepted(const JobPtr& job, const JobCallback& done, const Result<void>& stored) {
  --submitted_;
  if (!stored) {
    release_assets(*job->request);
    return done(stored.error());
  }
  touch_assets(*job->request);
  queue_.insert(job->sequence, job->id);
  change(job, JobEventKind::accepted);
  done(job);
  dispatch();
  hint_next();
}

}  // namespace kiln::jobs
