#pragma once

#include <boost/asio/post.hpp>
#include <boost/signals2/signal.hpp>
#include <map>
#include <memory>
#include <utility>

#include "jobs/asset_service.h"
#include "jobs/job_queue.h"
#include "jobs/job_table.h"
#include "jobs/service.h"
#include "jobs/worker.h"

namespace kiln::jobs {

/// What stands behind Service: see there for the verbs.
class Service::Core {
 public:
  Core(boost::asio::any_io_executor strand, Engine& engine, store::JobStore& store, store::BlobStore& blobs,
       AssetService& assets, ServiceOptions options);
  ~Core();

  void submit(RenderRequest request, JobCallback done);
  JobView find(const JobId& id) const;
  void cancel(const JobId& id, JobCallback done);
  void remove(const JobId& id, DoneCallback done);
  Result<JobPage> list(const ListQuery& query) const { return table_.list(query); }
  Result<ResultFile> result(const JobId& id) const;
  ServiceStats stats() const;
  EngineStatus engine_status() const { return engine_.status(); }
  bool draining() const { return draining_; }
  Subscription subscribe(const JobListener& listener) { return events_.connect(listener); }
  void drain(std::function<void()> quiet);

 private:
  /// The attempt that the worker has in hand.
  struct Attempt {
    std::uint32_t number;
    std::stop_source stop;
    bool finishing = false;  ///< its end is on its way to the store: too late for a cancel
  };

  // Start.
  void recover(JobPtr job);
  void sweep_results();

  // The life of a job.
  Result<void> check(const RenderRequest& request) const;
  void accepted(const JobPtr& job, const JobCallback& done, const Result<void>& stored);
  void dispatch();
  void begin(const JobPtr& queued);
  void progressed(const JobId& id, std::uint32_t attempt, double progress);
  void ended(const JobId& id, std::uint32_t attempt, const Result<RenderReport>& outcome);
  Result<JobPtr> after(const JobPtr& job, const Result<RenderReport>& outcome) const;
  void requeue(const JobPtr& before, const JobPtr& next);
  void finish(const JobPtr& next);
  void cancel_queued(const JobPtr& job, JobCallback done);
  void cancel_running(const JobPtr& job, JobCallback done);
  void forget(const JobId& id);
  void settle();

  // Helpers.
  void change(const JobPtr& next, JobEventKind kind);
  void persist(const JobPtr& next, std::uint32_t expected_attempt, DoneCallback done);
  void hold_assets(const RenderRequest& request);
  void release_assets(const RenderRequest& request);
  template <class Call>
  auto guarded(Call call);
  template <class Callback, class Value>
  void answer(Callback done, Value value);

  boost::asio::any_io_executor strand_;
  Engine& engine_;
  store::JobStore& store_;
  store::BlobStore& blobs_;
  AssetService& assets_;
  ServiceOptions options_;

  JobTable table_;
  JobQueue queue_;
  std::map<JobId, Attempt> running_;
  std::uint64_t next_sequence_ = 1;
  std::size_t unstored_ = 0;  ///< changes that the store has not answered
  bool worker_waits_ = false;
  bool draining_ = false;
  std::function<void()> quiet_;
  boost::signals2::signal<void(const JobEvent&)> events_;
  std::shared_ptr<Core*> self_;  ///< handlers that outlive this object find null
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

}  // namespace kiln::jobs
