#include "jobs/retention.h"

#include <chrono>
#include <unordered_set>

namespace kiln::jobs {
namespace {

bool too_old(WallTime since, WallTime now, double ttl_s) {
  return ttl_s > 0 && std::chrono::duration<double>(now - since).count() > ttl_s;
}

}  // namespace

void Retention::add(const JobPtr& job) {
  if (!is_final(job->state) || !job->finished_at) return;
  const std::pair age(*job->finished_at, job->sequence);
  jobs_[job->sequence] = job->id;
  job_ages_.insert(age);
  if (!job->report || job->expired_at) return;
  if (pictures_.try_emplace(job->sequence, Picture{job->id, job->report->result_bytes}).second) {
    picture_ages_.insert(age);
    picture_bytes_ += job->report->result_bytes;
  }
}

void Retention::remove(const Job& job) {
  if (!job.finished_at) return;
  remove_picture(job);
  jobs_.erase(job.sequence);
  job_ages_.erase({*job.finished_at, job.sequence});
}

void Retention::remove_picture(const Job& job) {
  const auto at = pictures_.find(job.sequence);
  if (at == pictures_.end()) return;
  picture_bytes_ -= at->second.bytes;
  pictures_.erase(at);
  picture_ages_.erase({*job.finished_at, job.sequence});
}

std::vector<JobId> Retention::pictures_due(WallTime now) const {
  std::vector<JobId> due;
  std::unordered_set<std::uint64_t> old;
  std::uint64_t left_bytes = picture_bytes_;
  for (const auto& [finished_at, sequence] : picture_ages_) {
    if (!too_old(finished_at, now, limits_.result_ttl_s)) break;
    const Picture& picture = pictures_.at(sequence);
    due.push_back(picture.id);
    old.insert(sequence);
    left_bytes -= picture.bytes;
  }
  if (limits_.result_max_bytes == 0) return due;
  for (const auto& [sequence, picture] : pictures_) {
    if (left_bytes <= limits_.result_max_bytes) break;
    if (old.contains(sequence)) continue;
    due.push_back(picture.id);
    left_bytes -= picture.bytes;
  }
  return due;
}

std::vector<JobId> Retention::jobs_due(WallTime now, std::size_t most) const {
  std::vector<JobId> due;
  std::unordered_set<std::uint64_t> old;
  for (const auto& [finished_at, sequence] : job_ages_) {
    if (due.size() == most || !too_old(finished_at, now, limits_.job_ttl_s)) break;
    due.push_back(jobs_.at(sequence));
    old.insert(sequence);
  }
  if (most_jobs_ == 0) return due;
  std::size_t left = jobs_.size() - due.size();
  for (const auto& [sequence, id] : jobs_) {
    if (due.size() == most || left <= most_jobs_) break;
    if (old.contains(sequence)) continue;
    due.push_back(id);
    --left;
  }
  return due;
}

}  // namespace kiln::jobs
