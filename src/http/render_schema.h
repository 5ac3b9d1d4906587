#pragma once

#include <optional>

#include "http/json_text.h"

namespace kiln::http {

/// The JSON Schema (draft 7) of a render request.
const Json& render_schema();

/// The first thing in `request` that the schema does not allow: invalid_request or unknown_member, with its pointer.
std::optional<Error> check_against_render_schema(const Json& request);

}  // namespace kiln::http
