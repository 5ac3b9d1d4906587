#include "jobs/batch_table.h"

#include <algorithm>
#include <utility>

namespace kiln::jobs {
namespace {

std::size_t index(JobState state) { return static_cast<std::size_t>(state); }

}  // namespace

void BatchTable::add(BatchPtr batch) {
  const JobId id = batch->id;
  batches_[id].batch = std::move(batch);
}

void BatchTable::put(const JobPtr& before, const JobPtr& after) {
  if (!after->batch) return;
  const auto at = batches_.find(*after->batch);
  if (at == batches_.end()) return;
  Tally& tally = at->second;
  ++tally.revision;
  if (before) {
    --tally.by_state[index(before->state)];
    if (!is_final(before->state)) tally.open_progress -= before->progress;
  } else {
    tally.jobs.emplace_hint(tally.jobs.end(), after->sequence, after->id);
    tally.open.emplace_hint(tally.open.end(), after->sequence, after->id);
  }
  ++tally.by_state[index(after->state)];
  if (is_final(after->state)) {
    tally.open.erase(after->sequence);
  } else {
    tally.open_progress += after->progress;
  }
  if (after->started_at) tally.started_at = std::min(tally.started_at.value_or(*after->started_at), *after->started_at);
  if (after->finished_at) {
    tally.finished_at = std::max(tally.finished_at.value_or(*after->finished_at), *after->finished_at);
  }
}

bool BatchTable::erase(const Job& job) {
  if (!job.batch) return false;
  const auto at = batches_.find(*job.batch);
  if (at == batches_.end()) return false;
  Tally& tally = at->second;
  if (tally.jobs.erase(job.sequence) == 0) return false;
  ++tally.revision;
  --tally.by_state[index(job.state)];
  if (tally.open.erase(job.sequence) != 0) tally.open_progress -= job.progress;
  if (!tally.jobs.empty()) return false;
  batches_.erase(at);
  return true;
}

JobState BatchTable::state_of(const Tally& tally) {
  const auto count = [&](JobState state) { return tally.by_state[index(state)]; };
  if (tally.open.empty()) {
    if (count(JobState::failed) > 0) return JobState::failed;
    return count(JobState::cancelled) > 0 ? JobState::cancelled : JobState::succeeded;
  }
  if (count(JobState::cancelling) == tally.open.size()) return JobState::cancelling;
  const bool begun =
      count(JobState::queued) < tally.open.size() || count(JobState::succeeded) > 0 || count(JobState::failed) > 0;
  return begun ? JobState::running : JobState::queued;
}

BatchView BatchTable::find(const JobId& id) const {
  const auto at = batches_.find(id);
  if (at == batches_.end()) return {};
  const Tally& tally = at->second;
  BatchView view;
  view.batch = tally.batch;
  view.state = state_of(tally);
  view.by_state = tally.by_state;
  view.started_at = tally.started_at;
  view.revision = tally.revision;
  if (tally.open.empty()) {
    view.progress = 1;
    view.finished_at = tally.finished_at;
  } else {
    const std::size_t size = std::max<std::size_t>(tally.batch->size, tally.open.size());
    const auto ended = static_cast<double>(size - tally.open.size());
    view.progress = std::clamp((ended + tally.open_progress) / static_cast<double>(size), 0.0, 1.0);
    view.last_open = tally.open.rbegin()->second;
  }
  return view;
}

const BatchTable::Jobs* BatchTable::jobs(const JobId& id) const {
  const auto at = batches_.find(id);
  return at == batches_.end() ? nullptr : &at->second.jobs;
}

}  // namespace kiln::jobs
