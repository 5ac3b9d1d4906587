#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/signals2/signal.hpp>
#include <map>
#include <memory>
#include <utility>

#include "jobs/arrival.h"
#include "jobs/asset_service.h"
#include "jobs/batch_table.h"
#include "jobs/forecast.h"
#include "jobs/forgotten_ids.h"
#include "jobs/idempotency_index.h"
#include "jobs/job_queue.h"
#include "jobs/job_table.h"
#include "jobs/job_writer.h"
#include "jobs/picture_cache.h"
#include "jobs/previews.h"
#include "jobs/retention.h"
#include "jobs/service.h"
#include "jobs/worker.h"

namespace kiln::jobs {

/// What stands behind Service: see there for the verbs.
class Service::Core {
 public:
  Core(boost::asio::any_io_executor strand, Engine& engine, store::JobStore& store, store::BlobStore& blobs,
       AssetService& assets, ServiceOptions options);
  ~Core();

  void submit(Submission submission, AcceptCallback done);
  void submit_batch(BatchSubmission submission, AcceptBatchCallback done);
  JobView find(const JobId& id) const;
  BatchView find_batch(const JobId& id) const { return batches_.find(id); }
  std::optional<Eta> eta(const JobId& id) const;
  Error missing(const JobId& id) const;
  void cancel(const JobId& id, JobCallback done);
  void remove(const JobId& id, DoneCallback done);
  void cancel_batch(const JobId& id, BatchCallback done);
  void remove_batch(const JobId& id, DoneCallback done);
  Result<JobPage> list(const ListQuery& query) const;
  Result<ResultFile> result(const JobId& id) const;
  void preview(const JobId& id, SoFarCallback done);
  ServiceStats stats() const;
  EngineStatus engine_status() const { return engine_.status(); }
  bool draining() const { return draining_; }
  Subscription subscribe(const JobListener& listener) { return events_.connect(listener); }
  void drain(std::function<void()> quiet);

 private:
  /// An attempt that the worker has in hand.
  struct Attempt {
    std::uint32_t number;
    std::stop_source cancel, suspend;
    bool rendered = false;  ///< its last sample is traced: only the picture is to be finished
    bool ending = false;    ///< its end is on its way to the store: too late for a cancel
  };

  // Start (service_start.cpp).
  void recover();
  void take_up(JobPtr job);
  void settle_results(const std::vector<std::string>& names);
  void sweep_checkpoints(const std::vector<std::string>& names);
  WorkerReports reports();

  // The life of a job (service_run.cpp).
  void dispatch();
  void begin(const JobPtr& queued);
  EngineTask task_of(const Job& job) const;
  bool is_suspect_about() const;
  void hint_next();
  void progressed(const JobId& id, std::uint32_t attempt, double progress);
  void rendered(const JobId& id, std::uint32_t attempt);
  void finished(const JobId& id, std::uint32_t attempt, const AttemptEnd& end);
  void drop_late_picture(const JobId& id);
  Result<JobPtr> after(const JobPtr& job, const AttemptEnd& end) const;
  void requeue(const JobPtr& before, const JobPtr& next, ErrorCode reason);
  void finish(const JobPtr& next, JobCallback done);
  void clean_up(const JobPtr& job);

  // How work gets in (service_submit.cpp).
  using ArrivalPtr = std::shared_ptr<Arrival>;
  std::shared_ptr<Job> new_job(RenderRequest request) const;
  Result<void> admit(Arrival& arrival) const;
  void take_in(const ArrivalPtr& arrival);
  void keep(const ArrivalPtr& arrival);
  void stored(const ArrivalPtr& arrival, const Result<void>& kept);
  void show(const Arrival& arrival);

  // Pictures that are there already (service_cache.cpp).
  void find_hits(Arrival& arrival) const;
  void link_pictures(const ArrivalPtr& arrival);
  void linked(const ArrivalPtr& arrival, const Result<std::vector<bool>>& made);

  // What clients do (service_core.cpp, service_verbs.cpp, service_batches.cpp).
  Result<void> check(const RenderRequest& request) const;
  Result<void> check_room(std::size_t jobs) const;
  Result<void> check_limits(const RenderRequest& request) const;
  Error queue_full(std::string message, double until_room_s) const;
  void cancel_queued(const JobPtr& job, JobCallback done);
  void cancel_running(const JobPtr& job, JobCallback done);
  void gone(const JobId& id);
  void leave_batch(const Job& job);
  void settle();

  // What age and space do (service_retention.cpp).
  void watch_ages(std::chrono::milliseconds wait);
  void keep_within_limits();
  void expire_picture(const JobPtr& job);
  void forget(const JobPtr& job);

  // Helpers (service_verbs.cpp).
  void change(const JobPtr& next, JobEventKind kind, std::optional<ErrorCode> reason = {});
  void remove_file(store::BlobFolder folder, std::string name);
  void remove_result(const JobId& id);
  void remove_checkpoint(const JobId& id);
  void hold_assets(const RenderRequest& request);
  void touch_assets(const RenderRequest& request);
  void release_assets(const RenderRequest& request);
  WallTime now() const { return options_.wall_clock(); }
  template <class Call>
  auto guarded(Call call);
  template <class Callback, class Value>
  void answer(Callback done, Value value);
  template <class Value, class Callback>
  void refuse(Callback done, Error error) {
    answer(std::move(done), Result<Value>(std::move(error)));
  }

  boost::asio::any_io_executor strand_;
  Engine& engine_;
  store::JobStore& store_;
  store::BlobStore& blobs_;
  AssetService& assets_;
  ServiceOptions options_;

  JobTable table_;
  BatchTable batches_;
  JobQueue queue_;
  Forecast forecast_;
  Retention retention_;
  PictureCache cache_;
  IdempotencyIndex keys_;
  ForgottenIds forgotten_;
  JobWriter writer_;
  Previews previews_;
  std::map<JobId, Attempt> running_;
  std::uint64_t next_sequence_ = 1;
  std::size_t interrupted_ = 0;
  std::size_t linking_ = 0;                   ///< arrivals whose pictures are being linked
  std::size_t submitted_ = 0;                 ///< jobs that the store has in hand and that are not queued yet
  std::pair<JobId, std::uint32_t> hinted_{};  ///< the attempt that the engine was told of last
  bool worker_waits_ = false;
  bool draining_ = false;
  std::function<void()> quiet_;
  boost::signals2::signal<void(const JobEvent&)> events_;
  boost::asio::steady_timer age_timer_;
  std::shared_ptr<Core*> self_;           ///< handlers that outlive this object find null
  boost::asio::thread_pool file_thread_;  ///< removes and links files: that of a large one blocks for long
  std::unique_ptr<Worker> worker_;
};

/// A handler that does nothing once this object is gone. Objects end on the strand, where the handlers run.
template <class Call>
auto Service::Core::guarded(Call call) {
  return [self = std::weak_ptr(self_), call = std::move(call)](auto&&... values) {
    if (self.lock()) call(std::forward<decltype(values)>(values)...);
  };
}

template <class Callback, class Value>
void Service::Core::answer(Callback done, Value value) {
  boost::asio::post(strand_, guarded([done = std::move(done), value = std::move(value)] { done(value); }));
}

/// Scenes that are built in have no asset.
bool is_sample(const std::string& scene);

/// The asset of the environment's image; null when the request names none.
const std::string* environment_asset(const RenderRequest& request);

}  // namespace kiln::jobs
