#include "jobs/retention.h"

#include <chrono>

namespace kiln::jobs {
namespace {

bool too_old(WallTime since, WallTime now, double ttl_s) {
  return ttl_s > 0 && std::chrono::duration<double>(now - since).count() > ttl_s;
}

}  // namespace

void Retention::add(const JobPtr& job) {
  if (!is_final(job->state) || !job->finished_at) return;
  const Key key{*job->finished_at, job->sequence};
  jobs_[key] = job->id;
  if (!job->report || job->expired_at) return;
  if (pictures_.try_emplace(key, Picture{job->id, job->report->result_bytes}).second) {
    picture_bytes_ += job->report->result_bytes;
  }
}

void Retention::remove(const Job& job) {
  if (!job.finished_at) return;
  remove_picture(job);
  jobs_.erase({*job.finished_at, job.sequence});
}

void Retention::remove_picture(const Job& job) {
  if (!job.finished_at) return;
  const auto at = pictures_.find({*job.finished_at, job.sequence});
  if (at == pictures_.end()) return;
  picture_bytes_ -= at->second.bytes;
  pictures_.erase(at);
}

std::vector<JobId> Retention::pictures_due(WallTime now) const {
  std::vector<JobId> due;
  std::uint64_t left_bytes = picture_bytes_;
  for (const auto& [key, picture] : pictures_) {
    const bool too_many = limits_.result_max_bytes > 0 && left_bytes > limits_.result_max_bytes;
    if (!too_many && !too_old(key.first, now, limits_.result_ttl_s)) break;
    due.push_back(picture.id);
    left_bytes -= picture.bytes;
  }
  return due;
}

std::vector<JobId> Retention::jobs_due(WallTime now, std::size_t most) const {
  std::vector<JobId> due;
  for (const auto& [key, id] : jobs_) {
    if (due.size() == most || !too_old(key.first, now, limits_.job_ttl_s)) break;
    due.push_back(id);
  }
  return due;
}

}  // namespace kiln::jobs
