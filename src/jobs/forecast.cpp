#include "jobs/forecast.h"

#include <algorithm>
#include <vector>

namespace kiln::jobs {
namespace {

constexpr std::size_t kMostStored = 4096;  ///< jobs of an earlier process that are learnt from
constexpr double kTenth = 1.2816;          ///< standard deviations below which a tenth of a normal distribution lies

double seconds(Forecast::Time from, Forecast::Time to) {
  return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

Eta eta_of(const Duration& start, const Duration& finish) {
  const double finish_s = finish.at(0);
  return {std::min(start.at(0), finish_s), finish_s, finish.at(-kTenth), finish.at(kTenth)};
}

}  // namespace

void Forecast::learn(std::span<const JobPtr> stored) {
  std::size_t first = stored.size(), pictures = 0;
  while (first > 0 && pictures < kMostStored) pictures += stored[--first]->report ? 1 : 0;
  const std::string* scene_before = nullptr;
  for (const JobPtr& job : stored.subspan(first)) {
    const std::string& scene = job->request->scene;
    if (is_final(job->state)) estimator_.learn(*job, {scene_before != nullptr && *scene_before == scene, {}, {}});
    scene_before = &scene;
  }
}

void Forecast::use_backend(const std::string& name) {
  const std::uint64_t before = estimator_.revision();
  estimator_.use_backend(name);
  if (estimator_.revision() != before) work_.refresh();
}

void Forecast::changed(const JobPtr& job, JobEventKind kind, Time now) {
  switch (kind) {
    case JobEventKind::accepted:
    case JobEventKind::requeued:
      running_.erase(job->id);
      return wait(*job);
    case JobEventKind::started:
      return begin(*job, now);
    case JobEventKind::progressed:
      return progress(*job, now);
    case JobEventKind::finished:
      return finish(*job, now);
    case JobEventKind::cancelling:
    case JobEventKind::expired:
    case JobEventKind::removed:
      return;
  }
}

void Forecast::wait(const Job& job) {
  if (job.state == JobState::queued) work_.add(job.sequence, job.request);
}

void Forecast::begin(const Job& job, Time now) {
  leave(job);
  Running running;
  running.request = job.request;
  running.scene_kept = last_scene_ == job.request->scene;
  running.begun = now;
  running_.insert_or_assign(job.id, std::move(running));
  last_scene_ = job.request->scene;
}

void Forecast::progress(const Job& job, Time now) {
  const auto at = running_.find(job.id);
  if (at == running_.end() || job.progress <= 0) return;
  Running& running = at->second;
  running.share = job.progress;
  if (!running.first_at) {
    running.first_at = now;
    running.first_share = job.progress;
  }
  if (job.progress >= 1 && !running.rendered_at) running.rendered_at = now;
}

void Forecast::finish(const Job& job, Time now) {
  leave(job);
  Estimator::Watched watched;
  if (const auto at = running_.find(job.id); at != running_.end()) {
    const Running& running = at->second;
    watched.scene_kept = running.scene_kept;
    if (running.rendered_at) {
      watched.held_s = seconds(running.begun, *running.rendered_at);
      watched.after_s = seconds(*running.rendered_at, now);
    }
    running_.erase(at);
  }
  const std::uint64_t before = estimator_.revision();
  estimator_.learn(job, watched);
  if (estimator_.revision() != before) work_.refresh();
}

Duration Forecast::left(const Running& running, Time now) const {
  if (running.rendered_at) return {};
  Progress progress;
  progress.elapsed_s = seconds(running.begun, now);
  progress.share = running.share;
  progress.first_share = running.first_share;
  if (running.first_at) progress.measured_s = seconds(*running.first_at, now);
  return estimator_.left(*running.request, running.scene_kept, progress);
}

Duration Forecast::left(Time now) const {
  Duration sum;
  for (const auto& [id, running] : running_) sum = sum + left(running, now);
  return sum;
}

std::optional<Eta> Forecast::eta(const Job& job, Time now) const {
  const Duration after = estimator_.after(*job.request);
  if (job.state == JobState::running) {
    const auto at = running_.find(job.id);
    if (at == running_.end()) return std::nullopt;
    return eta_of({}, left(at->second, now) + after);
  }
  if (job.state != JobState::queued) return std::nullopt;
  const Duration before = left(now);
  return eta_of(before + work_.through(job.sequence - 1), before + work_.through(job.sequence) + after);
}

}  // namespace kiln::jobs
