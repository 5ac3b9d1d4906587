#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

/// Expected failure is a value: `Result<T>` holds a T or an `Error`. Exceptions are for the broken.
namespace kiln {

/// Stable, documented names of what can go wrong; clients switch on them (docs/http-api.md lists them all).
enum class ErrorCode {
  // The request.
  invalid_json,            ///< the body is not JSON
  invalid_request,         ///< JSON that the contract does not allow: type, range, combination
  unknown_member,          ///< a member that the contract does not know
  unsupported_media_type,  ///< a Content-Type that the route does not take
  payload_too_large,       ///< body over --max-body
  not_found,               ///< no such route
  method_not_allowed,      ///< the route exists, not with this method
  forbidden_origin,        ///< a browser sends it on behalf of another site
  unknown_job,
  unknown_asset,
  unknown_sample,
  job_not_finished,  ///< the result is not there yet
  job_finished,      ///< too late for this verb
  result_expired,    ///< the picture was there and has been deleted by age or for space
  job_expired,       ///< the job was there and has been forgotten by age
  asset_in_use,
  job_not_running,         ///< there is a picture so far only while a job runs
  idempotency_key_reused,  ///< the key came before with another request
  unknown_delivery,        ///< there is no such webhook delivery
  webhook_not_allowed,     ///< the address is one that this server does not call
  draining,                ///< shutting down: no new work
  queue_full,              ///< as many jobs wait as may
  storage_full,            ///< no space left for data
  // What is rendered.
  invalid_scene,          ///< the file breaks the rules of its format; the message names the place
  unsupported_extension,  ///< the file requires an extension that is not supported
  external_uri,           ///< the file refers to another file or to the network
  limit_exceeded,         ///< triangles, texels, nodes, nesting, bytes
  invalid_image,          ///< a picture that cannot be decoded
  unknown_camera,         ///< the request names a camera that the scene lacks
  unknown_animation,      ///< the request names an animation that the scene lacks
  unknown_variant,        ///< the request names a material variant that the scene lacks
  // The engine.
  cancelled,
  out_of_memory,
  out_of_device_memory,
  device_fault,
  engine_lost,          ///< the engine went away, or the attempt is not the current one any more
  engine_crashed,       ///< the engine's process ended under the job: signal, exit, out-of-memory kill
  engine_stalled,       ///< the engine finished no pass for too long
  time_limit_exceeded,  ///< the job took longer than its time_limit_s
  backend_unavailable,
  // The rest.
  io_error,
  internal,
};

/// The stable snake_case name, e.g. "invalid_scene".
std::string_view code_name(ErrorCode code);

/// The inverse of code_name; ErrorCode::internal for a name that is not known.
ErrorCode code_from_name(std::string_view name);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;  ///< one sentence for a person; names the offending thing
  std::string pointer;  ///< JSON pointer (RFC 6901) into the request or the scene file, or empty
  std::optional<double> retry_after_s = std::nullopt;  ///< when the same request may well succeed
};

/// Asking a failed Result for its value is a defect of the caller: it throws std::logic_error.
[[noreturn]] inline void throw_exception_from_error(const Error& e, const boost::source_location&) {
  throw std::logic_error("value() of a failed Result: " + e.message);
}

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace kiln
