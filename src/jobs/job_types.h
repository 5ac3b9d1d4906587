#pragma once

#include <array>
#include <boost/signals2/connection.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kiln/job.h"

/// What goes in and out of the job service.
namespace kiln::jobs {

/// Ids are random (but for the version's few bits), so any eight bytes of one are a hash.
struct JobIdHash {
  std::size_t operator()(const JobId& id) const {
    std::uint64_t hash = 0;
    std::memcpy(&hash, id.bytes.data() + 8, sizeof hash);
    return hash;
  }
};

using JobPtr = std::shared_ptr<const Job>;
using BatchPtr = std::shared_ptr<const Batch>;

/// expired: the picture is gone, the job stays. removed: the job is gone.
enum class JobEventKind { accepted, started, progressed, requeued, cancelling, finished, expired, removed };

/// A change that was just made to a job; `job` is the snapshot after it (before it, for removed). A job whose picture
/// was there already is `accepted` as succeeded and `finished` right behind. Batches have no events of their own: one
/// changes when a job of it does, and Service::find_batch(*job->batch) gives a listener the batch as it is after the
/// change (null: this was its last job, and it is gone with it).
struct JobEvent {
  JobPtr job;
  JobEventKind kind;
  std::optional<ErrorCode> reason = {};  ///< requeued: what ended the attempt; `draining` when the server shuts down
  bool ends_batch = false;               ///< finished: the job's batch has ended with it; once for each batch
};

using JobListener = std::function<void(const JobEvent&)>;
using Subscription = boost::signals2::scoped_connection;  ///< ends when it is destroyed
using JobCallback = std::function<void(Result<JobPtr>)>;
using DoneCallback = std::function<void(Result<void>)>;

/// What a client's request led to.
struct Accepted {
  JobPtr job;
  bool replayed = false;  ///< the job was accepted earlier, under the same idempotency key
};
using AcceptCallback = std::function<void(Result<Accepted>)>;

/// The pictures of one scene or of several, accepted together.
struct BatchSubmission {
  std::vector<RenderRequest> requests;                          ///< in their order; one at least
  bool use_cache = true;                                        ///< pictures that are there already will do
  std::shared_ptr<const WebhookTarget> webhook = nullptr;       ///< of the batch and of each job; null: nobody is told
  std::shared_ptr<const IdempotencyKey> idempotency = nullptr;  ///< null: none
};

struct AcceptedBatch {
  BatchPtr batch;
  std::vector<JobId> jobs;  ///< in order; of a replay those that are still there
  bool replayed = false;    ///< as in Accepted
};
using AcceptBatchCallback = std::function<void(Result<AcceptedBatch>)>;

/// A batch and what its jobs make of it. Jobs that were deleted or forgotten are in no count, and ended for `progress`.
struct BatchView {
  BatchPtr batch;  ///< null: there is none

  /// queued: none has begun. running: neither that nor one of the following. cancelling: all that have not ended are.
  /// When all have ended: failed if any is, else cancelled if any is, else succeeded.
  JobState state = JobState::queued;
  std::array<std::size_t, 6> by_state{};            ///< jobs, indexed by JobState
  double progress = 0;                              ///< mean of the jobs' progress; ended ones count as 1
  std::optional<WallTime> started_at, finished_at;  ///< of the first that began; of the last to end, when all have
  std::uint64_t revision = 0;      ///< grows with each change of a job: the same (id, revision) is the same view
  std::optional<JobId> last_open;  ///< of the jobs that have not ended the last one in the order of acceptance
};
using BatchCallback = std::function<void(Result<BatchView>)>;

struct JobView {
  JobPtr job;
  std::size_t position = 0;  ///< in the queue, 1: the next to run; 0: not queued
};

/// When a job will probably be begun and be finished, in seconds from now. As likely sooner as later.
struct Eta {
  double start_s = 0;            ///< 0 once it has begun
  double finish_s = 0;           ///< the end of the job: its picture is stored
  double low_s = 0, high_s = 0;  ///< finish_s lies between with a probability of 80%
};

struct ListQuery {
  std::vector<JobState> states;     ///< in one of these; empty: all
  std::optional<JobId> batch = {};  ///< jobs of this one only
  std::size_t limit = 50;
  std::string cursor;  ///< `next` of the page before; empty: from the start
  bool newest_first = false;
};

struct JobPage {
  std::vector<JobPtr> jobs;
  std::optional<std::string> next;  ///< unset: this was the last page
};

struct ServiceStats {
  std::array<std::size_t, 6> by_state{};  ///< indexed by JobState
  std::size_t queue_depth = 0;
  double queue_s = 0;              ///< estimated, that the waiting jobs will take
  std::size_t interrupted = 0;     ///< jobs that an earlier process left running, and which this one began again
  std::uint64_t result_bytes = 0;  ///< of all pictures; one that several jobs share counts for each
  std::uint64_t asset_bytes = 0;
};

/// What a job that runs has rendered.
struct PictureSoFar {
  std::uint32_t attempt = 1;
  double samples_per_pixel = 0;  ///< mean
  std::shared_ptr<const std::string> png;
};
using SoFarPtr = std::shared_ptr<const PictureSoFar>;
using SoFarCallback = std::function<void(Result<SoFarPtr>)>;

struct ResultFile {
  std::filesystem::path path;
  JobPtr job;  ///< has a report, with size and sha256, and a request, with the format
};

}  // namespace kiln::jobs
