// What is said of the time that jobs will take, and the limits that follow from it.
#include <utility>

#include "jobs/service_core.h"

namespace kiln::jobs {

/// While the engine is away nobody knows when it comes back; while the server shuts down, when another takes over.
std::optional<Eta> Service::Core::eta(const JobId& id) const {
  if (draining_ || !engine_.status().ready) return std::nullopt;
  const auto now = options_.steady_clock();
  if (const JobPtr& job = table_.find(id)) return forecast_.eta(*job, now);
  const BatchView batch = batches_.find(id);
  if (!batch.batch || !batch.last_open) return std::nullopt;
  auto eta = forecast_.eta(*table_.find(*batch.last_open), now);
  if (!eta) return eta;
  const auto* jobs = batches_.jobs(id);
  if (batch.state != JobState::queued) {
    eta->start_s = 0;
  } else if (const auto first = forecast_.eta(*table_.find(jobs->begin()->second), now)) {
    eta->start_s = first->start_s;
  }
  return eta;
}

Result<void> Service::Core::check_limits(const RenderRequest& request) const {
  const JobLimits& limits = options_.job_limits;
  if (auto good = check_settings(limits, request); !good) return good;
  const AssetPtr scene = assets_.find(request.scene);
  const std::string* image = environment_asset(request);
  const AssetPtr environment = image == nullptr ? nullptr : assets_.find(*image);
  auto fits =
      check_device_bytes(limits, scene ? &scene->summary : nullptr, environment ? &environment->summary : nullptr);
  if (!fits) return fits;
  return limits.seconds > 0 ? check_seconds(limits, forecast_.seconds_of(request)) : Result<void>();
}

/// A place is free when the engine turns to the next job, more of them when it has rendered some besides.
Error Service::Core::queue_full(std::string message, double until_room_s) const {
  Error error{ErrorCode::queue_full, std::move(message) + ": try again later", ""};
  error.retry_after_s = forecast_.running_s(options_.steady_clock()) + until_room_s;
  return error;
}

}  // namespace kiln::jobs
