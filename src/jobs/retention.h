#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "jobs/job_types.h"

namespace kiln::jobs {

/// How long finished jobs and their pictures are kept. 0: for ever, or without a limit.
struct RetentionLimits {
  double result_ttl_s = 0;             ///< age of a picture since its job finished
  std::uint64_t result_max_bytes = 0;  ///< of all pictures; the oldest go first
  double job_ttl_s = 0;                ///< age of a finished job; its picture goes with it
};

/// Says which finished jobs are due to lose their pictures, or to be forgotten. Ages are of the wall clock, which may
/// jump: what lies in the future is not due. One thread.
class Retention {
 public:
  explicit Retention(const RetentionLimits& limits) : limits_(limits) {}

  void add(const JobPtr& job);          ///< any job; one that is not finished is not counted
  void remove(const Job& job);          ///< it is gone, with its picture
  void remove_picture(const Job& job);  ///< only its picture is

  /// Those whose picture is too old, and the oldest that are too many; oldest first.
  std::vector<JobId> pictures_due(WallTime now) const;

  /// Those to be forgotten, oldest first, `most` at the most.
  std::vector<JobId> jobs_due(WallTime now, std::size_t most) const;

  std::uint64_t picture_bytes() const { return picture_bytes_; }

 private:
  using Key = std::pair<WallTime, std::uint64_t>;  ///< the end, and the sequence to tell twins apart
  struct Picture {
    JobId id;
    std::uint64_t bytes;
  };

  RetentionLimits limits_;
  std::map<Key, JobId> jobs_;
  std::map<Key, Picture> pictures_;
  std::uint64_t picture_bytes_ = 0;
};

}  // namespace kiln::jobs
