#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "jobs/job_types.h"

namespace kiln::jobs {

/// How long finished jobs and their pictures are kept. 0: for ever, or without a limit.
struct RetentionLimits {
  double result_ttl_s = 0;             ///< age of a picture since its job finished
  std::uint64_t result_max_bytes = 0;  ///< of all pictures; those of the jobs accepted first go first
  double job_ttl_s = 0;                ///< age of a finished job; its picture goes with it
};

/// Says which finished jobs are due to lose their pictures, or to be forgotten. Ages are of the wall clock, which may
/// jump: what lies in the future is not due. Where there are too many, the order of acceptance says which go first, so
/// that a clock that jumps back does not take the newest. One thread.
class Retention {
 public:
  /// `most_jobs`: finished ones, 0: any number.
  explicit Retention(const RetentionLimits& limits, std::size_t most_jobs = 0)
      : limits_(limits), most_jobs_(most_jobs) {}

  void add(const JobPtr& job);          ///< any job; one that is not finished is not counted
  void remove(const Job& job);          ///< it is gone, with its picture
  void remove_picture(const Job& job);  ///< only its picture is

  /// Those whose picture is too old, oldest first, then those that are too many, first accepted first.
  std::vector<JobId> pictures_due(WallTime now) const;

  /// Those to be forgotten, in the same order, `most` at the most.
  std::vector<JobId> jobs_due(WallTime now, std::size_t most) const;

  std::uint64_t picture_bytes() const { return picture_bytes_; }

 private:
  struct Picture {
    JobId id;
    std::uint64_t bytes;
  };
  using Ages = std::set<std::pair<WallTime, std::uint64_t>>;  ///< the end, and the sequence

  RetentionLimits limits_;
  std::size_t most_jobs_;
  std::map<std::uint64_t, JobId> jobs_;        ///< by sequence
  std::map<std::uint64_t, Picture> pictures_;  ///< by sequence
  Ages job_ages_, picture_ages_;               ///< of the same
  std::uint64_t picture_bytes_ = 0;
};

}  // namespace kiln::jobs
