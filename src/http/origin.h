#pragma once

#include <string_view>

namespace kiln::http {

/// Whether a request with this Origin header (RFC 6454) was sent by a page of another site than the one it goes to:
/// browsers send "null" or the page's scheme, host and port; other clients, and a page's reads of its own site,
/// nothing. `host` is the Host header. A missing port is the scheme's own.
bool is_foreign_origin(std::string_view origin, std::string_view host);

}  // namespace kiln::http
