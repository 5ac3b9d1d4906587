#include <charconv>

#include "base/clock.h"
#include "http/api.h"
#include "http/problem.h"
#include "http/target.h"
#include "webhooks/outbox.h"

namespace kiln::http {
namespace {

Json time_or_null(const std::optional<WallTime>& time) { return time ? Json(rfc3339(*time)) : Json(); }

Json to_json(const store::Delivery& d) {
  return {{"id", d.id},
          {"subject", d.subject},
          {"event", d.event},
          {"url", d.url},
          {"status", store::name_of(d.state)},
          {"attempts", d.attempts},
          {"created_at", rfc3339(d.created_at)},
          {"next_at", time_or_null(d.next_at)},
          {"finished_at", time_or_null(d.finished_at)},
          {"last_status", d.last_status ? Json(*d.last_status) : Json()},
          {"last_error", d.last_error.empty() ? Json() : Json(d.last_error)}};
}

Error invalid(const std::string& message) { return {ErrorCode::invalid_request, message, ""}; }

Result<std::int64_t> cursor_from(const std::string& text) {
  std::int64_t cursor = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cursor);
  if (error == std::errc() && end == text.data() + text.size()) return cursor;
  return invalid("\"" + text + "\" is no cursor that a page gave");
}

/// Errors: invalid_request, unknown_member.
Result<void> read_parameter(const std::string& name, const std::string& value, store::DeliveryQuery& query) {
  if (name == "job") {
    query.subject = value;
  } else if (name == "status") {
    query.state = store::delivery_state_from_name(value);
    if (!query.state) return invalid("there is no status \"" + value + "\" of a delivery");
  } else if (name == "limit") {
    const auto limit = page_size_from(value);
    if (!limit) return limit.error();
    query.limit = *limit;
  } else if (name == "cursor") {
    const auto cursor = cursor_from(value);
    if (!cursor) return cursor.error();
    query.before = *cursor;
  } else {
    return Error{ErrorCode::unknown_member, "a list of deliveries does not know " + name, ""};
  }
  return {};
}

Task<Response> get_deliveries(Api& api, Call& call) {
  const auto parameters = parse_query(call.request.query);
  if (!parameters) co_return problem_response(kMalformedTarget);
  store::DeliveryQuery query;
  for (const auto& [name, value] : *parameters) {
    if (const auto read = read_parameter(name, value, query); !read) co_return problem_response(read.error());
  }
  const auto page = co_await await_callback<Result<store::DeliveryPage>>(
      [&](store::DeliveryStore::ListDone done) { api.webhooks.list(std::move(query), std::move(done)); });
  if (!page) co_return problem_response(page.error());
  Json deliveries = Json::array();
  for (const store::Delivery& delivery : page->deliveries) deliveries.push_back(to_json(delivery));
  Json body{{"deliveries", std::move(deliveries)}, {"next", page->next ? Json(std::to_string(*page->next)) : Json()}};
  co_return json_response(200, to_text(body));
}

Task<Response> post_redeliver(Api& api, Call& call) {
  using Done = std::function<void(Result<store::Delivery>)>;
  const auto delivery = co_await await_callback<Result<store::Delivery>>(
      [&](Done done) { api.webhooks.redeliver(call.parameter, std::move(done)); });
  if (!delivery) co_return problem_response(delivery.error());
  co_return json_response(202, to_text(to_json(*delivery)));
}

}  // namespace

Result<void> check_webhook(const Api& api, const std::shared_ptr<const WebhookTarget>& webhook) {
  if (!webhook) return {};
  return api.webhooks.check(*webhook);
}

void add_webhook_routes(Router& router, const ApiPtr& api) {
  router.add(Method::get, "/webhooks", with(api, get_deliveries));
  router.add(Method::post, "/webhooks/{id}/redeliver", with(api, post_redeliver));
}

}  // namespace kiln::http
