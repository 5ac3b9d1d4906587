#include "webhooks/curl_url.h"

#include <curl/curl.h>
#include <memory>
#include <string_view>

namespace kiln::webhooks {
namespace {

constexpr std::size_t kMostBytes = 2048;

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Error refused(const std::string& url, const std::string& why) {
  constexpr std::size_t kShown = 200;
  return {ErrorCode::invalid_request, "\"" + url.substr(0, kShown) + "\" " + why, ""};
}

/// Empty when there is no such part.
std::string part(CURLU* handle, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle, which, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, curl_free);
  return text;
}

}  // namespace

Result<UrlParts> parse_url(const std::string& url) {
  if (url.size() > kMostBytes) return refused(url, "... is longer than " + std::to_string(kMostBytes) + " bytes");
  if (url.find('\0') != std::string::npos) return refused(url, "is no URL: it has a zero byte");
  const UrlHandle handle(curl_url(), curl_url_cleanup);
  if (!handle) return Error{ErrorCode::out_of_memory, "no memory to read a URL", ""};
  if (const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0); code != CURLUE_OK) {
    return refused(url, std::string("is no URL: ") + curl_url_strerror(code));
  }
  const std::string scheme = part(handle.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return refused(url, "is neither http nor https");
  if (!part(handle.get(), CURLUPART_USER).empty() || !part(handle.get(), CURLUPART_PASSWORD).empty()) {
    return Error{ErrorCode::invalid_request, "a URL with a user or password in it would show them to everybody", ""};
  }
  const std::string host = part(handle.get(), CURLUPART_HOST);
  UrlParts parts;
  parts.origin = scheme + "://" + host + ":" + part(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::string_view literal = host;
  if (literal.starts_with('[') && literal.ends_with(']')) literal = literal.substr(1, literal.size() - 2);
  boost::system::error_code is_a_name;
  const auto address = boost::asio::ip::make_address(std::string(literal), is_a_name);
  if (!is_a_name) parts.address = address;
  return parts;
}

}  // namespace kiln::webhooks
