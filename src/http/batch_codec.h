#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kiln/job.h"

#include "http/json_text.h"
#include "jobs/job_types.h"

namespace kiln::http {

Json to_json(const jobs::BatchView& view, const std::optional<jobs::Eta>& eta = {});

/// The body of POST /batch, made into one request after the other. Pointers of all errors lead into the body as it was
/// sent.
class BatchPlan {
 public:
  /// How long an animation of a scene is, seconds; nothing when that is not known.
  using DurationOf = std::function<std::optional<double>(const std::string& scene, std::uint32_t animation)>;

  /// Checks all but the single requests. Errors: invalid_request, unknown_member; limit_exceeded for more than
  /// `most_jobs`.
  static Result<BatchPlan> from_json(Json body, std::size_t most_jobs, const DurationOf& duration_of);

  std::size_t size() const { return size_; }
  bool use_cache() const { return use_cache_; }
  const std::shared_ptr<const WebhookTarget>& webhook() const { return webhook_; }

  /// Request `index`. Errors: those of render_request_from_json.
  Result<RenderRequest> request(std::size_t index) const;

  /// Where in the body stands what `pointer` names in request `index`.
  std::string pointer_into_body(std::size_t index, const std::string& pointer) const;

 private:
  enum class Kind { variations, requests, turntable, frames };

  Result<void> plan_list(const std::string& form, Json list);
  Result<void> plan_frames(const std::string& form, const Json& frames, std::size_t most_jobs,
                           const DurationOf& duration_of);
  Result<void> plan_times(const Json& frames, std::size_t most_jobs, const DurationOf& duration_of);

  Kind kind_ = Kind::variations;
  std::size_t size_ = 0;
  bool use_cache_ = true;
  std::shared_ptr<const WebhookTarget> webhook_;
  Json common_;         ///< the settings that stand beside the list
  Json list_;           ///< variations or requests
  RenderRequest base_;  ///< turntable, frames: what all frames have in common
  double sweep_deg_ = 0;
  double from_s_ = 0, to_s_ = 0, fps_ = 0;
};

}  // namespace kiln::http
