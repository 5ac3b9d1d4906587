#include "http/progress_pace.h"

#include <algorithm>

namespace kiln::http {

bool ProgressPace::report(const JobId& id, Time now) {
  const auto [at, first] = jobs_.try_emplace(id, Told{now});
  Told& told = at->second;
  if (first) return true;
  told.more = now < told.at + interval_;
  if (!told.more) told.at = now;
  return !told.more;
}

std::optional<ProgressPace::Time> ProgressPace::next() const {
  std::optional<Time> first;
  for (const auto& [id, told] : jobs_) {
    if (told.more) first = std::min(first.value_or(Time::max()), told.at + interval_);
  }
  return first;
}

std::vector<JobId> ProgressPace::due(Time now) {
  std::vector<JobId> ids;
  for (auto& [id, told] : jobs_) {
    if (!told.more || now < told.at + interval_) continue;
    told = {now, false};
    ids.push_back(id);
  }
  return ids;
}

}  // namespace kiln::http
