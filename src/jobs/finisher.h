#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "kiln/engine.h"

#include "store/blob_store.h"

namespace kiln::jobs {

/// How an attempt ended: with its picture, with an error, or with both: it was stopped and its picture so far is kept.
struct AttemptEnd {
  std::optional<RenderReport> report;
  std::optional<Error> error;
};

/// A render that has ended: its picture, which is to be encoded and kept, or why there is none.
struct EndedRender {
  JobId id;
  std::uint32_t attempt = 1;
  std::string result_name;   ///< where the blob store keeps the picture
  std::stop_token cancel;    ///< nobody wants the picture any more
  store::StagedBlob staged;  ///< where the picture is written to
  Result<TracedPicture> picture;
};

/// Encodes and stores pictures on a thread of its own, in the order in which they were rendered, while the engine
/// renders on.
class Finisher {
 public:
  /// Called on the finisher's thread, for every ended render, in their order.
  using Report = std::function<void(const JobId&, std::uint32_t attempt, AttemptEnd)>;

  Finisher(store::BlobStore& blobs, Report report);

  /// Waits for the picture that is in hand and drops the others unreported.
  ~Finisher();

  void give(EndedRender ended);

  /// Waits until no more than `most` renders are unreported. False: `stop` was requested first.
  bool wait_until_left(std::size_t most, const std::stop_token& stop);

 private:
  void run(const std::stop_token& stop);
  AttemptEnd finish(EndedRender ended);
  Result<RenderReport> keep(EndedRender ended);

  store::BlobStore& blobs_;
  Report report_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<EndedRender> waiting_;
  std::size_t unreported_ = 0;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace kiln::jobs
