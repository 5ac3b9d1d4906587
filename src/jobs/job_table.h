#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "jobs/job_types.h"

namespace kiln::jobs {

/// All jobs by id, and by acceptance within each state. One thread.
class JobTable {
 public:
  /// Adds a job, or puts a newer snapshot in place of the one with its id.
  void put(JobPtr job);

  void erase(const JobId& id);

  /// Makes room for so many jobs.
  void reserve(std::size_t jobs) { jobs_.reserve(jobs); }

  /// Null when there is none.
  const JobPtr& find(const JobId& id) const;

  /// See Service::list.
  Result<JobPage> list(const ListQuery& query) const;

  /// The same among `jobs` only, which are all here: ids by sequence.
  Result<JobPage> list(const ListQuery& query, const std::map<std::uint64_t, JobId>& jobs) const;

  /// Calls `visit(job)` for each job of a state, in acceptance order.
  template <class Visit>
  void each(JobState state, Visit visit) const {
    for (const auto& [sequence, job] : in_state_[index(state)]) visit(job);
  }

  std::size_t count(JobState state) const { return in_state_[index(state)].size(); }
  std::size_t size() const { return jobs_.size(); }

 private:
  using BySequence = std::map<std::uint64_t, JobPtr>;

  static std::size_t index(JobState state) { return static_cast<std::size_t>(state); }

  std::unordered_map<JobId, JobPtr, JobIdHash> jobs_;
  BySequence all_;
  std::array<BySequence, 6> in_state_;
};

}  // namespace kiln::jobs
