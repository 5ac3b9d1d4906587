#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "kiln/error.h"
#include "kiln/job.h"

namespace kiln::store {

using JobPtr = std::shared_ptr<const Job>;
using BatchPtr = std::shared_ptr<const Batch>;

/// Runs once, on the strand that the store was made with, never inside the call that it was given to.
using StoreDone = std::function<void(Result<void>)>;

/// The ids that JobStore::forget() remembers.
constexpr std::size_t kMostForgotten = 100'000;

/// Keeps the jobs that were accepted. Calls come from one thread and return at once; `done` runs when the change is
/// durable (or has failed, and then has left nothing). Changes become durable in the order of the calls, and many may
/// share one commit. Snapshots are immutable, so an implementation may read them on a thread of its own.
/// Errors: storage_full, io_error.
class JobStore {
 public:
  virtual ~JobStore() = default;

  /// Adds a job with a fresh id.
  virtual void insert(JobPtr job, StoreDone done) = 0;

  /// Adds a batch and its jobs, all with fresh ids, or nothing of them. From then on the batch goes with the last of
  /// its jobs that is removed or forgotten; where that one is forgotten, the batch's id is remembered beside it.
  virtual void insert_batch(BatchPtr batch, std::vector<JobPtr> jobs, StoreDone done) = 0;

  /// Replaces a job, if the stored attempt is still `expected_attempt` (the fencing token: whoever lost the job in the
  /// meantime cannot overwrite it); else Error `engine_lost` and nothing is changed.
  virtual void update(JobPtr job, std::uint32_t expected_attempt, StoreDone done) = 0;

  /// Removing what is not there succeeds.
  virtual void remove(const JobId& id, StoreDone done) = 0;

  /// Removes a job and remembers that its id was once given out, so that it can be told from an id that never was. Only
  /// the ids that were forgotten last are remembered. Forgetting what is not there remembers the id alone.
  virtual void forget(const JobId& id, WallTime now, StoreDone done) = 0;

  /// All jobs in acceptance order. Blocks; only at start, before any other call.
  virtual Result<std::vector<JobPtr>> load_all() = 0;

  /// All batches. Blocks; only at start, before any other call.
  virtual Result<std::vector<BatchPtr>> load_batches() = 0;

  /// The ids that forget() remembered, oldest first. Blocks; only at start, before any other call.
  virtual Result<std::vector<JobId>> load_forgotten() = 0;
};

}  // namespace kiln::store
