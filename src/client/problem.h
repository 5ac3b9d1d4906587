#pragma once

#include <string>

#include "client/client_error.h"

namespace kiln::client {

struct ReplyHead;

/// What an answer that is not 2xx says: application/problem+json (RFC 9457) as Kiln writes it, or whatever a proxy
/// before it wrote.
ClientError refusal_of(const ReplyHead& head, const std::string& body);

}  // namespace kiln::client
