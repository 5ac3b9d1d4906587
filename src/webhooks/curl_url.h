#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>

#include "kiln/error.h"

namespace kiln::webhooks {

/// What matters of an address (URL), as the client that will call it understands it.
struct UrlParts {
  std::string origin;                               ///< scheme, host and port: what a connection is made to
  std::optional<boost::asio::ip::address> address;  ///< when the host is one, in whatever notation
};

/// Errors: invalid_request for what is no URL, is neither http nor https, or has credentials in it.
Result<UrlParts> parse_url(const std::string& url);

}  // namespace kiln::webhooks
