#include "client/server_url.h"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

namespace kiln::client {
namespace {

Error bad(const std::string& text, const std::string& why) {
  return {ErrorCode::invalid_request, "'" + text + "' is not the URL of a server: " + why, ""};
}

bool names_this_machine(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

std::string without_last_slashes(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

Result<ServerUrl> ServerUrl::parse(const std::string& text) {
  const std::string whole = text.find("://") == std::string::npos ? "http://" + text : text;
  const auto parsed = boost::urls::parse_uri(whole);
  if (!parsed || parsed->encoded_host().empty()) return bad(text, "it should be like http://127.0.0.1:8080");
  boost::urls::url url(*parsed);
  if (url.scheme_id() != boost::urls::scheme::http && url.scheme_id() != boost::urls::scheme::https) {
    return bad(text, "http and https are spoken");
  }
  const std::string port(url.port()), path(url.encoded_path());
  if ((!port.empty() && url.port_number() == 0) || (!path.empty() && path[0] != '/')) {
    return bad(text, "its port is no port");
  }
  if (url.has_query() || url.has_fragment()) return bad(text, "it has a query or a fragment");
  ServerUrl result;
  result.loopback_ = names_this_machine(std::string(url.encoded_host()));
  result.base_ = without_last_slashes(std::string(url.buffer()));
  url.remove_userinfo();
  result.shown_ = without_last_slashes(std::string(url.buffer()));
  return result;
}

std::string escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string result;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return result;
}

}  // namespace kiln::client
