#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  std::string
      renderer;  ///< what decides the picture's bytes beside the request (Engine); of equal ones pictures are equal
  bool partial = false;  ///< fewer samples than asked for: the job was stopped, or its time budget was spent
};

/// Whom to tell of a job's or batch's life, as Standard Webhooks (standardwebhooks.com) describe it.
struct WebhookTarget {
  std::string url;                  ///< http or https
  std::vector<std::string> events;  ///< e.g. "job.succeeded"; never empty
};

/// The client's own name for a request (IETF draft-ietf-httpapi-idempotency-key-header), so that it can be repeated.
struct IdempotencyKey {
  std::string key;
  std::string digest;  ///< hex, of the request: another one under the same key is refused
};

/// What a client submits: the picture, and what is to be done with and around it.
struct Submission {
  RenderRequest request;
  bool use_cache = true;                                        ///< a picture that is there already will do
  std::shared_ptr<const WebhookTarget> webhook = nullptr;       ///< null: nobody is told
  std::shared_ptr<const IdempotencyKey> idempotency = nullptr;  ///< null: none; of a batch's jobs always null
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
  std::optional<RenderReport> report;  ///< set when there is a picture: succeeded, or stopped and kept in part
  bool cached = false;                 ///< the picture was there already: nothing was rendered
  std::optional<JobId> batch;          ///< the id of the batch that it belongs to
  std::uint32_t batch_index = 0;       ///< its place in the batch
  std::shared_ptr<const WebhookTarget> webhook;
  std::shared_ptr<const IdempotencyKey> idempotency;
};

/// Several jobs that were accepted together and are followed under one id. Its state is that of its jobs.
struct Batch {
  JobId id;
  std::uint32_t size = 0;  ///< of jobs, when it was accepted
  WallTime created_at{};
  std::shared_ptr<const WebhookTarget> webhook;
  std::shared_ptr<const IdempotencyKey> idempotency;
};

}  // namespace kiln
