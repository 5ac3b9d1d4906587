#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kiln/error.h"

#include "codec/json.h"

namespace kiln::http {

using Json = codec::Json;

inline constexpr std::size_t kMaxJsonDepth = 32;

/// Parses one JSON text (RFC 8259). Errors: invalid_json, saying where: syntax, text that is not UTF-8, numbers beyond
/// double precision's range, a member that comes twice, nesting over kMaxJsonDepth.
Result<Json> parse_json(std::string_view text);

/// On one line, with a line feed at its end.
std::string to_text(const Json& json);

/// JSON pointer (RFC 6901) of a member or element below another.
std::string pointer_to(std::string_view parent, std::string_view token);

}  // namespace kiln::http
