#include "http/problem.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace kiln::http {
namespace {

constexpr std::string_view kProblemType = "application/problem+json";

constexpr double kRetrySoon_s = 1;

Response problem(unsigned status, std::string_view code, std::string_view detail, std::string_view pointer) {
  nlohmann::ordered_json json{
      {"type", "about:blank"}, {"title", reason_of(status)}, {"status", status}, {"detail", detail}, {"code", code}};
  if (!pointer.empty()) json["pointer"] = pointer;
  Response r;
  r.status = status;
  r.content_type = kProblemType;
  r.body = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return r;
}

/// Whole seconds, rounded up (RFC 9110, 10.2.3).
void add_retry_after(Response& r, std::optional<double> seconds) {
  if (r.status == 503 && !seconds) seconds = kRetrySoon_s;
  if (!seconds) return;
  r.add_header("Retry-After", std::to_string(static_cast<std::uint64_t>(std::ceil(std::clamp(*seconds, 1.0, 1e9)))));
}

}  // namespace

unsigned status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_json:
      return 400;
    case ErrorCode::invalid_request:
    case ErrorCode::unknown_member:
    case ErrorCode::unknown_sample:
    case ErrorCode::invalid_scene:
    case ErrorCode::unsupported_extension:
    case ErrorCode::external_uri:
    case ErrorCode::limit_exceeded:
    case ErrorCode::invalid_image:
    case ErrorCode::unknown_camera:
    case ErrorCode::unknown_animation:
    case ErrorCode::unknown_variant:
    case ErrorCode::idempotency_key_reused:
    case ErrorCode::webhook_not_allowed:
      return 422;
    case ErrorCode::unsupported_media_type:
      return 415;
    case ErrorCode::payload_too_large:
      return 413;
    case ErrorCode::forbidden_origin:
      return 403;
    case ErrorCode::not_found:
    case ErrorCode::unknown_job:
    case ErrorCode::unknown_asset:
    case ErrorCode::unknown_delivery:
      return 404;
    case ErrorCode::method_not_allowed:
      return 405;
    case ErrorCode::job_not_finished:
    case ErrorCode::job_finished:
    case ErrorCode::asset_in_use:
    case ErrorCode::job_not_running:
    case ErrorCode::cancelled:
      return 409;
    case ErrorCode::result_expired:
    case ErrorCode::job_expired:
      return 410;
    case ErrorCode::draining:
    case ErrorCode::queue_full:
    case ErrorCode::backend_unavailable:
      return 503;
    case ErrorCode::storage_full:
      return 507;
    case ErrorCode::out_of_memory:
    case ErrorCode::out_of_device_memory:
    case ErrorCode::device_fault:
    case ErrorCode::engine_lost:
    case ErrorCode::engine_crashed:
    case ErrorCode::engine_stalled:
    case ErrorCode::time_limit_exceeded:
    case ErrorCode::io_error:
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

Response problem_response(unsigned status, const Error& error) {
  Response r = problem(status, code_name(error.code), error.message, error.pointer);
  add_retry_after(r, error.retry_after_s);
  return r;
}

Response problem_response(const Error& error) { return problem_response(status_of(error.code), error); }

Response problem_response(const TransportProblem& p) {
  Response r = problem(p.status, p.code, p.detail, {});
  r.close = true;
  add_retry_after(r, {});
  return r;
}

}  // namespace kiln::http
