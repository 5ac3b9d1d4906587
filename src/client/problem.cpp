#include "client/problem.h"

#include <charconv>

#include "client/curl_exchange.h"
#include "client/json_access.h"

namespace kiln::client {
namespace {

/// Retry-After in seconds; the form with a date is not read.
std::optional<double> seconds_of(const std::string& text) {
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return seconds;
}

}  // namespace

ClientError refusal_of(const ReplyHead& head, const std::string& body) {
  const Json problem = Json::parse(body, nullptr, false);
  ClientError error{Trouble::refused,
                    text_at(problem, "code"),
                    text_at(problem, "detail"),
                    text_at(problem, "pointer"),
                    head.status,
                    seconds_of(head.header("retry-after"))};
  const std::string status = std::to_string(head.status);
  if (error.code.empty()) error.code = "http_" + status;
  if (!error.message.empty()) return error;
  if (const std::string location = head.header("location"); !location.empty()) {
    error.message = "the server sends us on to " + location + ": give its URL with --server";
  } else {
    error.message = "the server answers with HTTP status " + status;
  }
  return error;
}

}  // namespace kiln::client
