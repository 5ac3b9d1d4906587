#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "kiln/engine.h"

#include "jobs/channel.h"
#include "store/blob_store.h"

namespace kiln::jobs {

/// One attempt of one job.
struct WorkItem {
  EngineTask task;          ///< all but the result file, which the worker chooses
  std::string result_name;  ///< where the blob store keeps the picture
  std::stop_token stop;
};

/// What a worker says; called on the strand, in the order in which it happened.
struct WorkerReports {
  std::function<void()> ready;  ///< the engine is ready and waits for one item
  std::function<void(const JobId&, std::uint32_t attempt, double progress)> progressed;
  std::function<void(const JobId&, std::uint32_t attempt, Result<RenderReport>)> finished;
};

/// The dedicated thread that drives one engine, one item at a time. Nothing an engine throws ends it.
class Worker {
 public:
  /// `retry`: the wait before an engine that did not become ready is opened again.
  Worker(boost::asio::any_io_executor strand, Engine& engine, store::BlobStore& blobs, WorkerReports reports,
         std::chrono::milliseconds retry);

  /// Waits for the render that is under way (whose stop the owner has requested); reports that are due are dropped.
  ~Worker();

  /// One item for each ready().
  void give(WorkItem item) { items_.send(std::move(item)); }

 private:
  void run(std::stop_token stop);
  bool make_ready(std::stop_token stop);
  Result<RenderReport> work(const WorkItem& item);
  Result<RenderReport> render(const WorkItem& item, const std::filesystem::path& result_file);
  template <class Call>
  void report(Call call);

  boost::asio::any_io_executor strand_;
  Engine& engine_;
  store::BlobStore& blobs_;
  std::shared_ptr<const WorkerReports> reports_;
  std::chrono::milliseconds retry_;
  Channel<WorkItem> items_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace kiln::jobs
