#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kiln/engine.h"

#include "jobs/job_types.h"
#include "store/blob_store.h"
#include "store/job_store.h"

namespace kiln::jobs {

class AssetService;

struct ServiceOptions {
  std::uint32_t attempts = 2;                    ///< how often a job is begun when the engine is lost under it
  std::vector<std::string> samples;              ///< scenes that "sample:<name>" may name
  std::chrono::milliseconds engine_retry{1000};  ///< wait before an engine that did not become ready is opened again
};

/// The jobs: accepts, orders, runs, cancels and forgets them. Everything is called on the strand's thread and every
/// callback and listener runs on it; nothing blocks. `submit`, `cancel` and `remove` answer when the change is durable,
/// and never inside the call. A Service that is destroyed stops its render and drops callbacks that are due.
class Service {
 public:
  /// Loads the stored jobs: queued ones are queued again in their order, interrupted ones as their next attempt.
  /// Files of results that no job owns are deleted. Throws std::runtime_error when the store cannot be read.
  /// What is passed by reference must outlive the Service.
  Service(boost::asio::any_io_executor strand, Engine& engine, store::JobStore& store, store::BlobStore& blobs,
          AssetService& assets, ServiceOptions options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Accepts a request (already validated against the contract). Errors: unknown_asset, unknown_sample,
  /// invalid_request (an asset of the wrong kind), each with its pointer; draining, storage_full, io_error.
  void submit(RenderRequest request, JobCallback done);

  /// Null job when there is none. Cheap: no copy of the job, no scan for the position.
  JobView find(const JobId& id) const;

  /// Queued: cancelled now. Running: cancelling now, cancelled when the engine has stopped. Cancelling: nothing
  /// changes. The job is answered as it then is. Errors: unknown_job, job_finished.
  void cancel(const JobId& id, JobCallback done);

  /// Deletes a queued or finished job and its result. Errors: unknown_job, job_not_finished (running: cancel first).
  void remove(const JobId& id, DoneCallback done);

  /// In acceptance order; pages stay consistent while jobs come and go. Errors: invalid_request (the cursor).
  Result<JobPage> list(const ListQuery& query) const;

  /// The picture. Errors: unknown_job, job_not_finished; a failed job's own error; cancelled.
  Result<ResultFile> result(const JobId& id) const;

  ServiceStats stats() const;
  EngineStatus engine_status() const;
  bool draining() const;

  [[nodiscard]] Subscription subscribe(const JobListener& listener);

  /// No more work from now on: submit is refused, queued jobs stay queued, a running one is stopped between two passes
  /// and queued again. `quiet` runs once when nothing moves any more. Call once.
  void drain(std::function<void()> quiet);

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace kiln::jobs
