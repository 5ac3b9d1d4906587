#include <algorithm>

#include "webhooks/curl_url.h"
#include "webhooks/events.h"
#include "webhooks/outbox.h"

namespace kiln::webhooks {

Result<void> check_target(const WebhookTarget& target, const AddressPolicy& policy) {
  const auto parts = parse_url(target.url);
  if (!parts) return Error{parts.error().code, parts.error().message, "/webhook/url"};
  if (parts->address && !policy.allows(*parts->address)) {
    return Error{ErrorCode::webhook_not_allowed,
                 parts->address->to_string() + " is an address that this server does not call", "/webhook/url"};
  }
  const auto unknown = std::find_if_not(target.events.begin(), target.events.end(), is_event);
  if (unknown == target.events.end() && !target.events.empty()) return {};
  const std::string what = target.events.empty() ? "there is no event to tell of" : "there is no event " + *unknown;
  return Error{ErrorCode::invalid_request, what, "/webhook/events"};
}

}  // namespace kiln::webhooks
