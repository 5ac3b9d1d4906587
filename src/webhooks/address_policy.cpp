#include "webhooks/address_policy.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace kiln::webhooks {
namespace {

namespace ip = boost::asio::ip;

// The registries' rows that are not globally reachable, and those whose reach depends on an address inside them.
constexpr std::array kSpecialV4{
    "0.0.0.0/8",        // "this network"
    "10.0.0.0/8",       // private, RFC 1918
    "100.64.0.0/10",    // shared by carriers, RFC 6598
    "127.0.0.0/8",      // loopback
    "169.254.0.0/16",   // link-local; clouds keep their machines' credentials there
    "172.16.0.0/12",    // private
    "192.0.0.0/24",     // protocol assignments
    "192.0.2.0/24",     // documentation
    "192.88.99.0/24",   // relays of 6to4
    "192.168.0.0/16",   // private
    "198.18.0.0/15",    // benchmarks
    "198.51.100.0/24",  // documentation
    "203.0.113.0/24",   // documentation
    "224.0.0.0/4",      // multicast
    "240.0.0.0/4",      // reserved, broadcast
};
// Of IPv6 only 2000::/3 has been given out for the internet: loopback, link-local, multicast and the rest lie outside.
constexpr const char* kGlobalV6 = "2000::/3";
constexpr std::array kSpecialV6{
    "2001::/23",      // protocol assignments, Teredo among them
    "2001:db8::/32",  // documentation
    "2002::/16",      // 6to4: an IPv4 address inside
    "3fff::/20",      // documentation
};

bool contains(const ip::network_v4& network, const ip::address_v4& address) {
  return ip::network_v4(address, network.prefix_length()).canonical() == network;
}

bool contains(const ip::network_v6& network, const ip::address_v6& address) {
  return ip::network_v6(address, network.prefix_length()).canonical() == network;
}

template <class Networks, class Address>
bool any_contains(const Networks& networks, const Address& address) {
  return std::any_of(networks.begin(), networks.end(), [&](const auto& n) { return contains(n, address); });
}

template <class Texts, class Parse>
auto parsed(const Texts& texts, Parse parse) {
  std::vector<decltype(parse(texts[0]))> networks(texts.size());
  std::transform(texts.begin(), texts.end(), networks.begin(), parse);
  return networks;
}

const std::vector<ip::network_v4>& special_v4() {
  static const auto kNetworks = parsed(kSpecialV4, [](const char* text) { return ip::make_network_v4(text); });
  return kNetworks;
}

const std::vector<ip::network_v6>& special_v6() {
  static const auto kNetworks = parsed(kSpecialV6, [](const char* text) { return ip::make_network_v6(text); });
  return kNetworks;
}

/// The IPv4 address that packets to an IPv6 one end at: mapped (::ffff:0:0/96) or behind NAT64 (64:ff9b::/96).
std::optional<ip::address_v4> inner_v4(const ip::address_v6& address) {
  const auto bytes = address.to_bytes();
  static const ip::network_v6 kNat64 = ip::make_network_v6("64:ff9b::/96");
  if (!address.is_v4_mapped() && !contains(kNat64, address)) return std::nullopt;
  return ip::address_v4({bytes[12], bytes[13], bytes[14], bytes[15]});
}

Error refused(std::string_view network) {
  return {ErrorCode::invalid_request,
          "\"" + std::string(network) + "\" is not a network such as 10.0.0.0/8 or fd00::/8", ""};
}

}  // namespace

Result<AddressPolicy> AddressPolicy::from_text(std::string_view networks) {
  AddressPolicy policy;
  while (!networks.empty()) {
    const std::size_t comma = networks.find(',');
    const std::string one(networks.substr(0, comma));
    networks.remove_prefix(comma == std::string_view::npos ? networks.size() : comma + 1);
    const bool is_v6 = one.find(':') != std::string::npos;
    const bool has_prefix = one.find('/') != std::string::npos;
    boost::system::error_code failed;
    if (is_v6) {
      policy.named_v6_.push_back(ip::make_network_v6(has_prefix ? one : one + "/128", failed).canonical());
    } else {
      policy.named_v4_.push_back(ip::make_network_v4(has_prefix ? one : one + "/32", failed).canonical());
    }
    if (failed) return refused(one);
  }
  return policy;
}

bool AddressPolicy::allows(const ip::address& address) const {
  if (address.is_v4()) {
    const ip::address_v4 v4 = address.to_v4();
    return any_contains(named_v4_, v4) || !any_contains(special_v4(), v4);
  }
  const ip::address_v6 v6 = address.to_v6();
  if (any_contains(named_v6_, v6)) return true;
  if (const auto inner = inner_v4(v6)) return allows(*inner);
  static const ip::network_v6 kGlobal = ip::make_network_v6(kGlobalV6);
  return contains(kGlobal, v6) && !any_contains(special_v6(), v6);
}

}  // namespace kiln::webhooks
