#pragma once

#include <memory>
#include <string_view>

#include "kiln/job.h"
#include "kiln/render_request.h"

#include "http/json_text.h"

namespace kiln::http {

inline constexpr std::size_t kMaxMetadataBytes = 16 << 10;
inline constexpr std::uint64_t kMaxPixels = std::uint64_t{1} << 27;

/// The rules between members that say how film, lens and file are, which hold for a command line too. Errors:
/// invalid_request, with a pointer.
Result<void> check_film(const RenderRequest& request);
Result<void> check_format(const RenderRequest& request);
Result<void> check_lens(const CameraRequest& camera);

/// One picture (RenderRequest of the contract): checks it and fills in every default. Errors: invalid_request,
/// unknown_member, with pointers.
Result<RenderRequest> render_request_from_json(const Json& json);

/// The body of POST /render (RenderSubmission of the contract): a request, with "cache" and "webhook" beside it.
/// Errors: those of render_request_from_json.
Result<Submission> submission_from_json(const Json& json);

/// The member "webhook" of a body that keeps the contract; without "events": all ends.
std::shared_ptr<const WebhookTarget> webhook_from_json(const Json& json);

/// The settings of a query string as the JSON that they stand for. Each parameter is a member, nested ones with dots
/// between the names (camera.orbit.theta_deg=30); a value that is JSON counts as that, any other as a string.
/// Errors: invalid_request for a broken escape, bytes that are not UTF-8, a member that comes twice or lies inside one
/// that is no object.
Result<Json> settings_from_query(std::string_view query);

}  // namespace kiln::http
