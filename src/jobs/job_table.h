#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

  /// Null when there is none.
  const JobPtr& find(const JobId& id) const;

  /// See Service::list.
  Result<JobPage> list(const ListQuery& query) const;

  std::size_t count(JobState state) const { return in_state_[index(state)].size(); }
  std::size_t size() const { return jobs_.size(); }

 private:
  using BySequence = std::map<std::uint64_t, JobPtr>;

  /// Ids are random (but for the version's few bits), so any eight bytes of one are a hash.
  struct IdHash {
    std::size_t operator()(const JobId& id) const {
      std::uint64_t hash = 0;
      std::memcpy(&hash, id.bytes.data() + 8, sizeof hash);
      return hash;
    }
  };

  static std::size_t index(JobState state) { return static_cast<std::size_t>(state); }

  std::unordered_map<JobId, JobPtr, IdHash> jobs_;
  BySequence all_;
  std::array<BySequence, 6> in_state_;
};

}  // namespace kiln::jobs
