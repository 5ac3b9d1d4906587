#pragma once

#include "kiln/job.h"

#include "codec/json.h"

namespace kiln::codec {

/// {"code", "message"} and "pointer" where there is one.
Json to_json(const Error& error);
Error error_from_json(const Json& json);

Json to_json(const RenderReport& report);
RenderReport render_report_from_json(const Json& json);

Json to_json(const WebhookTarget& webhook);  ///< {"url", "events"}
WebhookTarget webhook_target_from_json(const Json& json);

}  // namespace kiln::codec
