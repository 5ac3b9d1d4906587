#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "kiln/engine.h"

#include "jobs/channel.h"
#include "jobs/finisher.h"
#include "store/blob_store.h"

namespace kiln::jobs {

/// One attempt of one job.
struct WorkItem {
  EngineTask task;          ///< all but the result file, which the worker chooses
  std::string result_name;  ///< where the blob store keeps the picture
  RenderStop stop;
  bool is_suspect = false;  ///< the engine was lost under it before: no other is begun until its end
};

/// What a worker says; called on the strand. Of one attempt: progressed any number of times, rendered when its last
/// sample is traced and it was not stopped, finished at its end, however it ended. Attempts finish in the order in
/// which they were given, but for cancelled ones, which do not wait for the pictures before; and after a loss of the
/// engine ready() comes behind the ends of all that it took along.
struct WorkerReports {
  std::function<void()> ready;  ///< the engine is ready and waits for one item
  std::function<void(const JobId&, std::uint32_t attempt, double progress)> progressed;
  std::function<void(const JobId&, std::uint32_t attempt)> rendered;
  std::function<void(const JobId&, std::uint32_t attempt, const AttemptEnd&)> finished;
};

/// The dedicated thread that drives one engine, one item at a time, and behind it the one that finishes pictures.
/// Nothing an engine throws ends either. An engine that stops being ready is opened again, also while there is no work.
class Worker {
 public:
  /// `retry`: the wait before an engine that did not become ready is opened again, and how often an idle one is asked.
  Worker(boost::asio::any_io_executor strand, Engine& engine, store::BlobStore& blobs, WorkerReports reports,
         std::chrono::milliseconds retry);

  /// Waits for the render that is under way (whose stop the owner has requested) and for the picture that is being
  /// finished; reports that are due are dropped.
  ~Worker();

  /// One item for each ready().
  void give(WorkItem item) { items_.send(std::move(item)); }

 private:
  void run(const std::stop_token& stop);
  std::optional<WorkItem> next_item(const std::stop_token& stop);
  bool try_to_open(std::string& said);
  bool make_ready(const std::stop_token& stop, const RenderStop& unwanted);
  void work(const WorkItem& item, const std::stop_token& stop);
  Result<TracedPicture> render(const WorkItem& item, const std::filesystem::path& result_file,
                               const std::stop_token& stop);
  template <class Call>
  void report(Call call);

  boost::asio::any_io_executor strand_;
  Engine& engine_;
  store::BlobStore& blobs_;
  std::shared_ptr<const WorkerReports> reports_;
  std::chrono::milliseconds retry_;
  Channel<WorkItem> items_;
  Finisher finisher_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace kiln::jobs
