#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <string_view>
#include <vector>

#include "kiln/error.h"

namespace kiln::webhooks {

/// Which addresses this server calls for a client: whoever submits a job must not reach through the server what he
/// could not reach himself. Immutable: any thread.
class AddressPolicy {
 public:
  /// The addresses of the internet at large, and no others.
  AddressPolicy() = default;

  /// And those in the given networks: "10.1.0.0/16,fd00::/8,127.0.0.1", empty for none. Errors: invalid_request.
  static Result<AddressPolicy> from_text(std::string_view networks);

  /// False for loopback, private, link-local, multicast and all other ranges of the IANA special-purpose registries
  /// (RFC 6890 and its successors), unless they were named. An IPv6 address that stands for an IPv4 one (mapped, NAT64)
  /// counts as that.
  bool allows(const boost::asio::ip::address& address) const;

 private:
  std::vector<boost::asio::ip::network_v4> named_v4_;
  std::vector<boost::asio::ip::network_v6> named_v6_;
};

}  // namespace kiln::webhooks
