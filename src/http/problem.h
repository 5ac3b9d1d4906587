#pragma once

#include <string>
#include <string_view>

#include "kiln/error.h"

#include "http/message.h"

/// Errors as application/problem+json (RFC 9457).
namespace kiln::http {

/// The HTTP status that an error is answered with on a route where nothing more special is said.
unsigned status_of(ErrorCode code);

/// What is wrong with the message itself or the connection, below the API: HTTP has a status for it, ErrorCode no name.
struct TransportProblem {
  unsigned status;
  std::string_view code;  ///< stable snake_case
  std::string_view detail;
};

Response problem_response(const Error& error);
Response problem_response(unsigned status, const Error& error);
Response problem_response(const TransportProblem& problem);  ///< closes the connection

inline constexpr TransportProblem kMalformedRequest{400, "malformed_request", "this is not a well-formed HTTP request"};
inline constexpr TransportProblem kMissingHost{400, "malformed_request", "HTTP/1.1 needs exactly one Host header"};
inline constexpr TransportProblem kMalformedTarget{400, "malformed_request", "the request target is malformed"};
inline constexpr TransportProblem kRequestTimeout{408, "request_timeout", "the request did not arrive in time"};
inline constexpr TransportProblem kTargetTooLong{414, "target_too_long", "the request target is too long"};
inline constexpr TransportProblem kExpectationFailed{417, "expectation_failed", "only 100-continue can be expected"};
inline constexpr TransportProblem kHeaderTooLarge{431, "header_too_large", "the header section is over 16 KiB"};
inline constexpr TransportProblem kUnknownEncoding{501, "transfer_encoding_not_supported",
                                                   "the only transfer encoding is chunked"};
inline constexpr TransportProblem kShuttingDown{503, "draining", "the server is shutting down"};
inline constexpr TransportProblem kTooManyConnections{503, "too_many_connections",
                                                      "the server has as many connections as it takes"};

}  // namespace kiln::http
