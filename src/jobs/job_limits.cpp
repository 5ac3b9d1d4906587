#include "jobs/job_limits.h"

#include <fmt/format.h>
#include <string>

namespace kiln::jobs {
namespace {

Error exceeded(const std::string& message, const char* pointer) {
  return {ErrorCode::limit_exceeded, message, pointer};
}

}  // namespace

Result<void> check_settings(const JobLimits& limits, const RenderRequest& request) {
  const std::uint64_t pixels = pixels_of(request);
  const Region region = region_of(request);
  if (limits.pixels > 0 && pixels > limits.pixels) {
    return exceeded(fmt::format("{} x {} are {} pixels, and this server renders at most {}", region.width,
                                region.height, pixels, limits.pixels),
                    request.region                   ? "/region"
                    : request.height > request.width ? "/height"
                                                     : "/width");
  }
  if (limits.samples_per_pixel > 0 && request.samples_per_pixel > limits.samples_per_pixel) {
    return exceeded(fmt::format("{} samples per pixel are more than the {} that this server renders",
                                request.samples_per_pixel, limits.samples_per_pixel),
                    "/samples_per_pixel");
  }
  if (limits.max_depth > 0 && request.max_depth > limits.max_depth) {
    return exceeded(
        fmt::format("{} bounces are more than the {} that this server follows", request.max_depth, limits.max_depth),
        "/max_depth");
  }
  return {};
}

Result<void> check_device_bytes(const JobLimits& limits, const AssetSummary* scene, const AssetSummary* environment) {
  if (limits.device_bytes == 0) return {};
  const std::uint64_t of_scene = scene == nullptr ? 0 : scene->device_bytes;
  const std::uint64_t all = of_scene + (environment == nullptr ? 0 : environment->device_bytes);
  if (all <= limits.device_bytes) return {};
  const bool scene_fits = of_scene <= limits.device_bytes;
  return exceeded(fmt::format("{} some {} bytes on the device, and this server gives a job {}",
                              scene_fits ? "scene and environment image need" : "the scene needs",
                              scene_fits ? all : of_scene, limits.device_bytes),
                  scene_fits ? "/environment/image" : "/scene");
}

Result<void> check_seconds(const JobLimits& limits, double estimated_s) {
  if (limits.seconds <= 0 || estimated_s <= limits.seconds) return {};
  return exceeded(fmt::format("rendering is estimated to take {:.3g} s, and this server gives a job {:g} s",
                              estimated_s, limits.seconds),
                  "/samples_per_pixel");
}

}  // namespace kiln::jobs
