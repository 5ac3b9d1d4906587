#pragma once

#include <optional>
#include <string_view>

#include "http/json_text.h"
#include "http/message.h"

/// The interface as OpenAPI 3.1 describes it: src/http/openapi.json, written by hand and carried in the binary. What it
/// says of a body is what bodies are checked with; there is no second place that knows a range or a member.
namespace kiln::http {

/// The whole document, its version filled in. Read once; any thread.
const Json& contract();

/// As it is served: without white space.
const SharedText& contract_text();

/// A schema of the contract (any object that stands where OpenAPI has a schema) as JSON Schema draft 7 that refers to
/// nothing: references are replaced by what they refer to, an allOf of objects becomes one object,
/// unevaluatedProperties becomes additionalProperties, and formats are left out. The schemas do not contain themselves.
Json standalone(const Json& schema);

/// The first thing in a body that components/schemas/`schema_name` of the contract does not allow: unknown_member, or
/// invalid_request for a type, a range, a member that is missing; with its pointer, which is relative to `body`. Made
/// ready at the first use of each name. One thread.
///
///   if (auto error = check_against("BatchRequest", json)) co_return problem_response(*error);
std::optional<Error> check_against(std::string_view schema_name, const Json& body);

}  // namespace kiln::http
