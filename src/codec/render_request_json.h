#pragma once

#include "kiln/render_request.h"

#include "codec/json.h"

namespace kiln::codec {

/// Every member, defaults too; what render_request_from_json reads back as the same value.
Json to_json(const RenderRequest& request);

/// Takes a request out of a JSON object that keeps the contract; members that are missing take their defaults.
/// Throws Json::exception for one of the wrong type; an unknown name of a format or tone mapping counts as the default.
RenderRequest render_request_from_json(const Json& json);

}  // namespace kiln::codec
