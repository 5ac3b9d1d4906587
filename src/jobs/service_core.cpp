// What clients ask.
#include "jobs/service_core.h"

namespace kiln::jobs {
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
  if (job->expired_at) {
    return Error{ErrorCode::result_expired, "the picture of job " + to_string(id) + " is not kept any more", ""};
  }
  if (job->report) return ResultFile{blobs_.path(store::BlobFolder::results, to_string(id)), job};
  switch (job->state) {
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

void Service::Core::preview(const JobId& id, SoFarCallback done) {
  const JobPtr& job = table_.find(id);
  if (!job) return answer(std::move(done), Result<SoFarPtr>(missing(id)));
  if (job->state == JobState::running) return previews_.ask(*job, std::move(done));
  const Error error{ErrorCode::job_not_running,
                    "job " + to_string(id) + " is " + std::string(name_of(job->state)) +
                        ": there is a picture so far only while a job runs",
                    ""};
  answer(std::move(done), Result<SoFarPtr>(error));
}

ServiceStats Service::Core::stats() const {
  ServiceStats stats;
  for (std::size_t i = 0; i < stats.by_state.size(); ++i) stats.by_state[i] = table_.count(static_cast<JobState>(i));
  stats.queue_depth = queue_.size();
  stats.queue_s = forecast_.waiting_s();
  stats.interrupted = interrupted_;
  stats.result_bytes = retention_.picture_bytes();
  stats.asset_bytes = assets_.bytes();
  return stats;
}

}  // namespace kiln::jobs
