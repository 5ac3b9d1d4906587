#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "kiln/error.h"

/// JSON texts of the values that leave the process: to clients, to the disk, to the engine's process and back. What
/// reads here reads texts that Kiln wrote; what clients write is checked against the contract first (src/http).
namespace kiln::codec {

using Json = nlohmann::ordered_json;

/// On one line. Bytes that are not UTF-8 become U+FFFD.
std::string to_text(const Json& json);

/// Parses `text` and gives it to `read`, which takes values out of it. Errors: io_error, naming `what` was read, for
/// syntax, a member that is missing or of the wrong type.
template <class Read>
auto from_text(std::string_view text, std::string_view what, Read read) -> Result<decltype(read(Json()))> {
  try {
    return read(Json::parse(text));
  } catch (const Json::exception& e) {
    return Error{ErrorCode::io_error, std::string(what) + " cannot be read: " + e.what(), ""};
  }
}

/// The shortest decimal that reads back as this float, as a double: 0.1f is given back as 0.1.
double decimal(float value);

}  // namespace kiln::codec
