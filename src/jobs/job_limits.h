#pragma once

#include <cstdint>

#include "kiln/asset.h"

namespace kiln::jobs {

/// What one job may ask for; 0: any. What is not a request's own (the contract's ranges) the operator sets.
struct JobLimits {
  std::uint64_t pixels = 0;
  std::uint32_t samples_per_pixel = 0;
  std::uint32_t max_depth = 0;
  double seconds = 0;              ///< estimated, from its begin to its last sample
  std::uint64_t device_bytes = 0;  ///< estimated, of scene and environment image together
};

/// What a request asks for is within the limits. Errors: limit_exceeded, with the member's pointer.
Result<void> check_settings(const JobLimits& limits, const RenderRequest& request);

/// Its scene and environment image are; null for a scene that is built in and an image that is none.
Result<void> check_device_bytes(const JobLimits& limits, const AssetSummary* scene, const AssetSummary* environment);

/// So is the time that it will probably take.
Result<void> check_seconds(const JobLimits& limits, double estimated_s);

}  // namespace kiln::jobs
