#include "http/message.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kiln::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view name_of(Method m) {
  constexpr std::array<std::string_view, 5> kNames{"GET", "HEAD", "POST", "DELETE", "OTHER"};
  return kNames[static_cast<std::size_t>(m)];
}

void Request::clear() {
  method = Method::other;
  version = 11;
  keep_alive = true;
  target.clear();
  path.clear();
  query.clear();
  text_.clear();
  headers_.clear();
}

void Request::add_header(std::string_view name, std::string_view value) {
  const auto at = static_cast<std::uint32_t>(text_.size());
  const auto name_size = static_cast<std::uint32_t>(name.size());
  headers_.push_back({at, name_size, at + name_size, static_cast<std::uint32_t>(value.size())});
  text_.append(name).append(value);
}

std::string_view Request::header(std::string_view name) const {
  const std::string_view text = text_;
  for (const Slice& h : headers_) {
    if (equal_without_case(text.substr(h.name_at, h.name_size), name)) return text.substr(h.value_at, h.value_size);
  }
  return {};
}

std::size_t Request::count(std::string_view name) const {
  const std::string_view text = text_;
  return static_cast<std::size_t>(std::count_if(headers_.begin(), headers_.end(), [&](const Slice& h) {
    return equal_without_case(text.substr(h.name_at, h.name_size), name);
  }));
}

std::string Request::list(std::string_view name) const {
  const std::string_view text = text_;
  std::string values;
  for (const Slice& h : headers_) {
    if (!equal_without_case(text.substr(h.name_at, h.name_size), name)) continue;
    if (!values.empty()) values += ", ";
    values += text.substr(h.value_at, h.value_size);
  }
  return values;
}

bool Request::split_target() {
  std::string_view rest = target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!rest.starts_with(scheme)) continue;
    const std::size_t slash = rest.find_first_of("/?", scheme.size());
    rest = slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash);
    if (rest.front() == '?') {
      path = "/";
      query = rest.substr(1);
      return true;
    }
  }
  if (!rest.starts_with('/')) return false;
  const std::size_t mark = rest.find('?');
  path = rest.substr(0, mark);
  if (mark != std::string_view::npos) query = rest.substr(mark + 1);
  return true;
}

Task<Result<std::string>> read_text(BodySource& body, std::size_t limit_bytes) {
  std::string text;
  while (true) {
    const auto piece = co_await body.read();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return text;
    if (piece->size() > limit_bytes - text.size()) {
      co_return Error{
          ErrorCode::payload_too_large,
          std::string("a body of this type has ").append(std::to_string(limit_bytes)).append(" bytes at most"), ""};
    }
    text.append(reinterpret_cast<const char*>(piece->data()), piece->size());
  }
}

void Response::add_header(std::string_view name, std::string_view value) {
  headers.append(name).append(": ").append(value).append("\r\n");
}

std::uint64_t Response::body_bytes() const {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  if (const auto* shared = std::get_if<SharedText>(&body)) return (*shared)->size();
  if (const auto* file = std::get_if<FileBody>(&body)) return file->length;
  return 0;
}

Response json_response(unsigned status, SharedText text) {
  Response r;
  r.status = status;
  r.content_type = kJsonType;
  r.body = std::move(text);
  return r;
}

Response json_response(unsigned status, std::string text) {
  Response r;
  r.status = status;
  r.content_type = kJsonType;
  r.body = std::move(text);
  return r;
}

std::string_view reason_of(unsigned status) {
  using Row = std::pair<unsigned, std::string_view>;
  static constexpr std::array kReasons{
      Row{200, "OK"},
      Row{201, "Created"},
      Row{202, "Accepted"},
      Row{204, "No Content"},
      Row{206, "Partial Content"},
      Row{304, "Not Modified"},
      Row{400, "Bad Request"},
      Row{403, "Forbidden"},
      Row{404, "Not Found"},
      Row{405, "Method Not Allowed"},
      Row{408, "Request Timeout"},
      Row{409, "Conflict"},
      Row{410, "Gone"},
      Row{413, "Content Too Large"},
      Row{414, "URI Too Long"},
      Row{415, "Unsupported Media Type"},
      Row{416, "Range Not Satisfiable"},
      Row{417, "Expectation Failed"},
      Row{422, "Unprocessable Content"},
      Row{431, "Request Header Fields Too Large"},
      Row{500, "Internal Server Error"},
      Row{501, "Not Implemented"},
      Row{503, "Service Unavailable"},
      Row{507, "Insufficient Storage"},
  };
  for (const auto& [known, reason] : kReasons) {
    if (known == status) return reason;
  }
  return "Unknown";
}

}  // namespace kiln::http
