#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace kiln::http {

enum class ConnectionHeader { none, keep_alive, close };

/// Appends status line and header section, the empty line included. `date` is an IMF-fixdate (RFC 9110, 5.6.7).
void append_head(std::string& out, const Response& response, ConnectionHeader connection, std::string_view date);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string imf_fixdate(std::int64_t unix_seconds);

}  // namespace kiln::http
