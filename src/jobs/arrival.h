#pragma once

#include <memory>
#include <vector>

#include "jobs/job_types.h"

namespace kiln::jobs {

/// One job, or those of a batch, on their way from a client to the store.
struct Arrival {
  /// A job that shall take over the picture of another.
  struct Hit {
    std::shared_ptr<Job> job;
    JobPtr source;
  };

  std::vector<std::shared_ptr<Job>> jobs;     ///< in their order
  BatchPtr batch;                             ///< null: a single job
  std::shared_ptr<const IdempotencyKey> key;  ///< null: none
  bool use_cache = true;
  std::vector<Hit> hits;  ///< those of the jobs that need no rendering, in the same order
  DoneCallback done;      ///< when all is durable and shown, or nothing was kept

  std::size_t to_render() const { return jobs.size() - hits.size(); }
  const JobId& id() const { return batch ? batch->id : jobs.front()->id; }
};

}  // namespace kiln::jobs
