#include "http/range.h"

#include <algorithm>
#include <charconv>

namespace kiln::http {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// All digits; a number too large for 64 bits counts as the largest one.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty() || error == std::errc::invalid_argument) return std::nullopt;
  return error == std::errc::result_out_of_range ? UINT64_MAX : value;
}

ByteRange part_of(std::uint64_t first, std::uint64_t last, std::uint64_t size) {
  if (first >= size) return {RangeKind::unsatisfiable, 0, 0};
  return {RangeKind::part, first, std::min(last, size - 1) - first + 1};
}

}  // namespace

ByteRange parse_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return {};
  const std::string_view range = trimmed(header.substr(kUnit.size()));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return {};
  const std::string_view from = range.substr(0, dash), to = range.substr(dash + 1);
  const auto first = parse_number(from), last = parse_number(to);
  if (from.empty() && last) {  // the last bytes
    if (*last == 0) return {RangeKind::unsatisfiable, 0, 0};
    return part_of(size - std::min(*last, size), UINT64_MAX, size);
  }
  if (first && to.empty()) return part_of(*first, UINT64_MAX, size);
  if (!first || !last || *first > *last) return {};
  return part_of(*first, *last, size);
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const std::size_t comma = if_none_match.find(',');
    std::string_view tag = trimmed(if_none_match.substr(0, comma));
    if (tag == "*") return true;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
    if (comma == std::string_view::npos) break;
    if_none_match.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace kiln::http
