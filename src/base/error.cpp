#include "kiln/error.h"

#include <array>
#include <utility>

namespace kiln {
namespace {

using Row = std::pair<ErrorCode, std::string_view>;
constexpr std::array kNames{
    Row{ErrorCode::invalid_json, "invalid_json"},
    Row{ErrorCode::invalid_request, "invalid_request"},
    Row{ErrorCode::unknown_member, "unknown_member"},
    Row{ErrorCode::unsupported_media_type, "unsupported_media_type"},
    Row{ErrorCode::payload_too_large, "payload_too_large"},
    Row{ErrorCode::not_found, "not_found"},
    Row{ErrorCode::method_not_allowed, "method_not_allowed"},
    Row{ErrorCode::forbidden_origin, "forbidden_origin"},
    Row{ErrorCode::unknown_job, "unknown_job"},
    Row{ErrorCode::unknown_asset, "unknown_asset"},
    Row{ErrorCode::unknown_sample, "unknown_sample"},
    Row{ErrorCode::job_not_finished, "job_not_finished"},
    Row{ErrorCode::job_finished, "job_finished"},
    Row{ErrorCode::result_expired, "result_expired"},
    Row{ErrorCode::job_expired, "job_expired"},
    Row{ErrorCode::asset_in_use, "asset_in_use"},
    Row{ErrorCode::job_not_running, "job_not_running"},
    Row{ErrorCode::idempotency_key_reused, "idempotency_key_reused"},
    Row{ErrorCode::unknown_delivery, "unknown_delivery"},
    Row{ErrorCode::webhook_not_allowed, "webhook_not_allowed"},
    Row{ErrorCode::draining, "draining"},
    Row{ErrorCode::queue_full, "queue_full"},
    Row{ErrorCode::storage_full, "storage_full"},
    Row{ErrorCode::invalid_scene, "invalid_scene"},
    Row{ErrorCode::unsupported_extension, "unsupported_extension"},
    Row{ErrorCode::external_uri, "external_uri"},
    Row{ErrorCode::limit_exceeded, "limit_exceeded"},
    Row{ErrorCode::invalid_image, "invalid_image"},
    Row{ErrorCode::unknown_camera, "unknown_camera"},
    Row{ErrorCode::unknown_animation, "unknown_animation"},
    Row{ErrorCode::unknown_variant, "unknown_variant"},
    Row{ErrorCode::cancelled, "cancelled"},
    Row{ErrorCode::out_of_memory, "out_of_memory"},
    Row{ErrorCode::out_of_device_memory, "out_of_device_memory"},
    Row{ErrorCode::device_fault, "device_fault"},
    Row{ErrorCode::engine_lost, "engine_lost"},
    Row{ErrorCode::engine_crashed, "engine_crashed"},
    Row{ErrorCode::engine_stalled, "engine_stalled"},
    Row{ErrorCode::time_limit_exceeded, "time_limit_exceeded"},
    Row{ErrorCode::backend_unavailable, "backend_unavailable"},
    Row{ErrorCode::io_error, "io_error"},
    Row{ErrorCode::internal, "internal"},
};

}  // namespace

std::string_view code_name(ErrorCode code) {
  for (const auto& [value, name] : kNames) {
    if (value == code) return name;
  }
  return "internal";
}

ErrorCode code_from_name(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return ErrorCode::internal;
}

}  // namespace kiln
