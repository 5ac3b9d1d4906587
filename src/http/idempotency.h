#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kiln/job.h"

#include "http/message.h"

/// The Idempotency-Key header (IETF draft-ietf-httpapi-idempotency-key-header).
namespace kiln::http {

inline constexpr std::size_t kMaxIdempotencyKeyBytes = 255;

/// The key of a request, without the quotes and escapes of a structured-field string (RFC 8941, 3.3.3) where it is one;
/// unset when it has none. Errors: invalid_request for one that is not 1 to kMaxIdempotencyKeyBytes printable ASCII
/// characters, or that comes more than once.
Result<std::optional<std::string>> idempotency_key_in(const Request& request);

/// The key with the digest of the request: of its route, content type (without parameters), query and body. What stands
/// for the body of a scene that is streamed to disk is the scene's id. Null without a key.
std::shared_ptr<const IdempotencyKey> with_digest(const std::optional<std::string>& key, std::string_view route,
                                                  const Request& request, std::string_view body);

/// Marks the answer of a request that was a repetition.
void add_replayed(Response& response, bool replayed);

}  // namespace kiln::http
