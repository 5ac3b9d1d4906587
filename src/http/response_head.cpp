#include "http/response_head.h"

#include <array>
#include <charconv>
#include <ctime>

namespace kiln::http {
namespace {

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

/// RFC 9110, 8.6: these have no content, and 204 must not claim a length.
bool has_content(unsigned status) { return status != 204 && status != 304; }

}  // namespace

void append_head(std::string& out, const Response& response, ConnectionHeader connection, std::string_view date) {
  out += "HTTP/1.1 ";
  append_number(out, response.status);
  out.append(" ").append(reason_of(response.status)).append("\r\nDate: ").append(date).append("\r\n");
  if (has_content(response.status)) {
    if (!response.content_type.empty()) out.append("Content-Type: ").append(response.content_type).append("\r\n");
    if (!std::holds_alternative<std::unique_ptr<BodyStream>>(response.body)) {
      out += "Content-Length: ";
      append_number(out, response.body_bytes());
      out += "\r\n";
    }
  }
  if (connection == ConnectionHeader::close) out += "Connection: close\r\n";
  if (connection == ConnectionHeader::keep_alive) out += "Connection: keep-alive\r\n";
  out.append(response.headers).append("\r\n");
}

std::string imf_fixdate(std::int64_t unix_seconds) {
  const auto time = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  const std::size_t n = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), n};
}

}  // namespace kiln::http
