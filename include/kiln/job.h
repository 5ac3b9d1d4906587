#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kiln/error.h"
#include "kiln/render_request.h"

namespace kiln {

/// A random (version 4) UUID, RFC 9562.
struct JobId {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const JobId&) const = default;
};

std::string to_string(const JobId& id);                     ///< 36 characters, lower case
std::optional<JobId> job_id_from_string(std::string_view);  ///< accepts that form only

/// queued -> running -> succeeded | failed | cancelled; running -> cancelling -> cancelled;
/// running -> queued when the engine was lost.
enum class JobState { queued, running, cancelling, succeeded, failed, cancelled };

std::string_view name_of(JobState s);
std::optional<JobState> job_state_from_name(std::string_view name);
constexpr bool is_final(JobState s) {
  return s == JobState::succeeded || s == JobState::failed || s == JobState::cancelled;
}

using WallTime = std::chrono::system_clock::time_point;

/// What the engine says of a finished picture.
struct RenderReport {
  std::uint64_t result_bytes = 0;
  std::string result_sha256;  ///< hex, of the encoded picture; the ETag
  std::uint64_t samples = 0;  ///< camera paths traced: width x height x samples per pixel
  double prepare_s = 0;       ///< load, build, upload
  double render_s = 0;
  double encode_s = 0;
  std::string backend;  ///< "cuda" or "cpu"
};

/// One job, as the job table keeps it and as clients see it (position apart, which the queue knows). A value that is
/// replaced whole at each change: whoever holds a shared_ptr<const Job> holds a consistent snapshot.
struct Job {
  JobId id;
  std::uint64_t sequence = 0;  ///< acceptance order, strictly increasing
  std::uint64_t revision = 1;  ///< grows with each change, progress included: the same (id, revision) is the same Job
  std::shared_ptr<const RenderRequest> request;  ///< never null; shared by all snapshots
  JobState state = JobState::queued;
  std::uint32_t attempt = 1;        ///< how often it was begun or is about to be; the fencing token of its reports
  std::uint32_t engine_losses = 0;  ///< attempts that ended because the engine was lost
  double progress = 0;              ///< finished samples over all samples, 0 to 1
  WallTime created_at{};
  std::optional<WallTime> started_at, finished_at;
  std::optional<WallTime> expired_at;  ///< when its picture was deleted by age or for space
  std::optional<Error> error;          ///< set when failed
  std::optional<RenderReport> report;  ///< set when succeeded
};

}  // namespace kiln
