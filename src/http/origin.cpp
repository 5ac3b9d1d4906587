#include "http/origin.h"

#include <algorithm>

namespace kiln::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_port(std::string_view authority, std::string_view port) {
  if (authority.ends_with(port)) authority.remove_suffix(port.size());
  return authority;
}

}  // namespace

bool is_foreign_origin(std::string_view origin, std::string_view host) {
  if (origin.empty()) return false;
  const std::size_t end = origin.find("://");
  if (end == std::string_view::npos) return true;
  const std::string_view scheme = origin.substr(0, end), authority = origin.substr(end + 3);
  std::string_view port;
  if (same_text(scheme, "http")) port = ":80";
  if (same_text(scheme, "https")) port = ":443";
  if (port.empty()) return true;
  return !same_text(without_port(authority, port), without_port(host, port));
}

}  // namespace kiln::http
