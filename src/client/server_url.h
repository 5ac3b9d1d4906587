#pragma once

#include <string>
#include <string_view>

#include "kiln/error.h"

namespace kiln::client {

/// Where a server is: scheme, host, port, and the path that a reverse proxy may have put before its routes.
class ServerUrl {
 public:
  /// "https://render.example/kiln", "127.0.0.1:8080" (http then). Errors: invalid_request for another scheme, a query,
  /// a fragment, no host.
  static Result<ServerUrl> parse(const std::string& text);

  /// The URL of a route: `target` begins with '/' and may end in a query.
  std::string to(std::string_view target) const { return base_ + std::string(target); }

  const std::string& shown() const { return shown_; }  ///< for messages: without name and password
  bool is_loopback() const { return loopback_; }       ///< this very machine: no proxy is asked

 private:
  ServerUrl() = default;

  std::string base_, shown_;  // without a slash at the end
  bool loopback_ = false;
};

/// Percent-encodes all but unreserved characters (RFC 3986, 2.3): for a path segment or a query value.
std::string escaped(std::string_view text);

}  // namespace kiln::client
