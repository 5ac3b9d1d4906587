#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kiln/engine.h"

#include "jobs/job_types.h"
#include "jobs/retention.h"
#include "store/blob_store.h"
#include "store/job_store.h"

namespace kiln::jobs {

class AssetService;

struct ServiceOptions {
  /// How often a job is begun when the engine is lost under it. Neither an end of the server counts nor a loss that
  /// another job caused (engine_lost), unless such things come without end.
  std::uint32_t attempts = 2;
  std::vector<std::string> samples;              ///< scenes that "sample:<name>" may name
  std::chrono::milliseconds engine_retry{1000};  ///< wait before an engine that did not become ready is opened again
  std::chrono::milliseconds store_retry{1000};   ///< wait before changes that could not be stored are tried again
  RetentionLimits retention{};
  std::size_t most_finished_jobs = 0;  ///< beyond them those accepted first are forgotten; 0: any number
  std::size_t most_queued_jobs = 0;    ///< beyond them submit is refused; 0: any number
  std::chrono::milliseconds retention_period{10'000};  ///< how often ages are looked at
  std::function<WallTime()> wall_clock = [] { return std::chrono::system_clock::now(); };
};

/// The jobs: accepts, orders, runs, cancels and forgets them. Everything is called on the strand's thread and every
/// callback and listener runs on it; nothing blocks. `submit`, `cancel` and `remove` answer when the change is durable,
/// and never inside the call. A Service that is destroyed stops its render and drops callbacks that are due.
class Service {
 public:
  /// Loads the stored jobs: queued ones are queued again in their order, interrupted ones as their next attempt.
  /// Files of assets, results and checkpoints that nothing owns are deleted; jobs whose pictures are missing are marked
  /// expired. Nothing is changed before everything is read.
  /// Throws std::runtime_error when the store cannot be read.
  /// What is passed by reference must outlive the Service.
  Service(boost::asio::any_io_executor strand, Engine& engine, store::JobStore& store, store::BlobStore& blobs,
          AssetService& assets, ServiceOptions options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Accepts a request (already validated against the contract). Errors: unknown_asset, unknown_sample,
  /// invalid_request (an asset of the wrong kind), each with its pointer; draining, queue_full, storage_full,
  /// io_error.
  void submit(RenderRequest request, JobCallback done);

  /// Null job when there is none. Cheap: no copy of the job, no scan for the position.
  JobView find(const JobId& id) const;

  /// Why find() gave none: job_expired for one that was forgotten by age, else unknown_job.
  Error missing(const JobId& id) const;

  /// Queued: cancelled now. Running: cancelling now, cancelled when the engine has stopped, or at once when it has only
  /// its picture to be finished. Cancelling: nothing changes. The job is answered as it then is.
  /// Errors: unknown_job, job_expired, job_finished.
  void cancel(const JobId& id, JobCallback done);

  /// Deletes a queued or finished job and its result. On a full disk the files of a finished job go all the same, it
  /// counts as deleted, and its row follows when the disk takes changes again. Errors: unknown_job, job_expired,
  /// job_not_finished (running: cancel first).
  void remove(const JobId& id, DoneCallback done);

  /// In acceptance order; pages stay consistent while jobs come and go. Errors: invalid_request (the cursor).
  Result<JobPage> list(const ListQuery& query) const;

  /// The picture. Errors: unknown_job, job_expired, job_not_finished, result_expired; a failed job's own error;
  /// cancelled.
  Result<ResultFile> result(const JobId& id) const;

  ServiceStats stats() const;
  EngineStatus engine_status() const;
  bool draining() const;

  [[nodiscard]] Subscription subscribe(const JobListener& listener);

  /// No more work from now on: submit is refused, queued jobs stay queued, one that renders is suspended and queued
  /// again, and pictures that only have to be finished are finished. `quiet` runs once when nothing moves any more.
  /// Call once.
  void drain(std::function<void()> quiet);

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace kiln::jobs
