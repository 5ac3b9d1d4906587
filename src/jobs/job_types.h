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

/// expired: the picture is gone, the job stays. removed: the job is gone.
enum class JobEventKind { accepted, started, progressed, requeued, cancelling, finished, expired, removed };

/// A change that was just made to a job; `job` is the snapshot after it (before it, for removed).
struct JobEvent {
  JobPtr job;
  JobEventKind kind;
  std::optional<ErrorCode> reason = {};  ///< requeued: what ended the attempt; `draining` when the server shuts down
};

using JobListener = std::function<void(const JobEvent&)>;
using Subscription = boost::signals2::scoped_connection;  ///< ends when it is destroyed
using JobCallback = std::function<void(Result<JobPtr>)>;
using DoneCallback = std::function<void(Result<void>)>;

struct JobView {
  JobPtr job;
  std::size_t position = 0;  ///< in the queue, 1: the next to run; 0: not queued
};

struct ListQuery {
  std::vector<JobState> states;  ///< in one of these; empty: all
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
  std::size_t interrupted = 0;     ///< jobs that an earlier process left running, and which this one began again
  std::uint64_t result_bytes = 0;  ///< of all pictures
  std::uint64_t asset_bytes = 0;
};

struct ResultFile {
  std::filesystem::path path;
  JobPtr job;  ///< succeeded; its report has size and sha256, its request the format
};

}  // namespace kiln::jobs
