#pragma once

#include <optional>
#include <string>

#include "codec/json.h"

/// Reading what a server sent, which may be anything: no access throws.
namespace kiln::client {

using Json = codec::Json;

/// The member; null where `json` is no object or has none of this name.
const Json& member(const Json& json, const char* name);

std::string text_at(const Json& json, const char* name);              ///< empty where there is no such string
std::optional<double> number_at(const Json& json, const char* name);  ///< nothing where there is no such number

}  // namespace kiln::client
