#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

#include "jobs/job_types.h"

namespace kiln::jobs {

/// All batches by id, each with a tally of its jobs that every change of one of them keeps up to date: nothing here
/// scans a batch but list(). One thread.
class BatchTable {
 public:
  using Jobs = std::map<std::uint64_t, JobId>;  ///< by sequence

  /// A batch whose jobs are put next.
  void add(BatchPtr batch);

  /// Takes up a job, or the change of one from `before` (null: it is new) to `after`. Nothing to do for a job without a
  /// batch, or of one that is not here.
  void put(const JobPtr& before, const JobPtr& after);

  /// The job is gone. True: it was the last of its batch, which is gone with it.
  bool erase(const Job& job);

  /// Null batch when there is none.
  BatchView find(const JobId& id) const;

  /// The jobs that are there still, in their order; null when there is no such batch.
  const Jobs* jobs(const JobId& id) const;

  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [id, tally] : batches_) visit(tally.batch);
  }

 private:
  struct Tally {
    BatchPtr batch;
    Jobs jobs, open;  ///< open: those of them that have not ended
    std::array<std::size_t, 6> by_state{};
    double open_progress = 0;  ///< sum over the open ones
    std::optional<WallTime> started_at, finished_at;
    std::uint64_t revision = 0;
  };

  static JobState state_of(const Tally& tally);

  std::unordered_map<JobId, Tally, JobIdHash> batches_;
};

}  // namespace kiln::jobs
