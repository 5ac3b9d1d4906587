#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kiln/engine.h"

#include "jobs/job_limits.h"
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
  double most_queued_s = 0;            ///< likewise by the estimated time that the waiting jobs will take; 0: any
  JobLimits job_limits{};
  std::chrono::milliseconds retention_period{10'000};  ///< how often ages are looked at
  std::function<WallTime()> wall_clock = [] { return std::chrono::system_clock::now(); };
  std::function<std::chrono::steady_clock::time_point()> steady_clock = [] { return std::chrono::steady_clock::now(); };
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

  /// Accepts a request (already validated against the contract). One that comes again under its idempotency key is
  /// answered with the job of the first time, also while that is still on its way to the disk, and whatever else would
  /// refuse it. Errors: idempotency_key_reused; unknown_asset, unknown_sample, invalid_request (an asset of the wrong
  /// kind), each with its pointer; limit_exceeded (see JobLimits) likewise; draining, storage_full, io_error;
  /// queue_full, with the time after which there will probably be room.
  void submit(Submission submission, AcceptCallback done);

  /// Accepts all requests of a batch or none; the jobs stand in the queue one behind the other. As submit(), but that
  /// pointers begin with the request's index: "/3/scene". Errors also: limit_exceeded, when there are more jobs than
  /// may wait at all.
  void submit_batch(BatchSubmission submission, AcceptBatchCallback done);

  /// Null job when there is none. Cheap: no copy of the job, no scan for the position.
  JobView find(const JobId& id) const;

  /// When a job (or a batch: begun with its first, finished with its last job) will probably end; cheap. Nothing when
  /// it has ended or is about to, is not known, or when nothing can be said, as while the engine is away.
  std::optional<Eta> eta(const JobId& id) const;

  /// Null batch when there is none. Cheap: kept up to date with each job's change, no scan.
  BatchView find_batch(const JobId& id) const;

  /// Why find() and find_batch() gave none: job_expired for one that was forgotten by age, else unknown_job.
  Error missing(const JobId& id) const;

  /// Queued: cancelled now. Running: cancelling now, cancelled when the engine has stopped, or at once when it has only
  /// its picture to be finished. Cancelling: nothing changes. The job is answered as it then is.
  /// Errors: unknown_job, job_expired, job_finished.
  void cancel(const JobId& id, JobCallback done);

  /// Deletes a queued or finished job and its result. On a full disk the files of a finished job go all the same, it
  /// counts as deleted, and its row follows when the disk takes changes again. Errors: unknown_job, job_expired,
  /// job_not_finished (running: cancel first).
  void remove(const JobId& id, DoneCallback done);

  /// cancel() of all jobs that have not ended. Errors: unknown_job, job_expired, job_finished when all have.
  void cancel_batch(const JobId& id, BatchCallback done);

  /// remove() of all jobs of a batch, which goes with the last. After a failure in the middle it may be called again.
  /// Errors: as remove(); job_not_finished when any of them runs.
  void remove_batch(const JobId& id, DoneCallback done);

  /// In acceptance order; pages stay consistent while jobs come and go. Errors: invalid_request (the cursor);
  /// unknown_job, job_expired (the batch).
  Result<JobPage> list(const ListQuery& query) const;

  /// The picture. Errors: unknown_job, job_expired, job_not_finished, result_expired; a failed job's own error;
  /// cancelled.
  Result<ResultFile> result(const JobId& id) const;

  /// The picture so far of a job that runs; the same one again while there can be no newer one. Any number may ask.
  /// Errors: unknown_job, job_expired; job_not_running, also when the job ends first or has no sample yet;
  /// storage_full, io_error, out_of_memory.
  void preview(const JobId& id, SoFarCallback done);

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
