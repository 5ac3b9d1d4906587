#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kiln::http {

enum class RangeKind {
  whole,         ///< no range, or one that is to be ignored: other unit, several ranges, broken syntax
  part,          ///< one range that lies in the file
  unsatisfiable  ///< 416
};

struct ByteRange {
  RangeKind kind = RangeKind::whole;
  std::uint64_t offset = 0, length = 0;  ///< of a part
};

/// Reads a Range header (RFC 9110, 14.2) for a representation of `size` bytes. Several ranges are answered with the
/// whole, which 14.2 allows.
ByteRange parse_range(std::string_view header, std::uint64_t size);

/// Whether an If-None-Match header names this entity tag (given with its quotes) or is "*"; weak comparison
/// (RFC 9110, 13.1.2).
bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace kiln::http
