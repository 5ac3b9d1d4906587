#include "http/api.h"
#include "http/problem.h"

namespace kiln::http {
namespace {

/// 204 tells a browser's EventSource that there is nothing more to come back for (WHATWG HTML, 9.2.3).
Response stream_response(Api& api, const Call& call, const std::optional<JobId>& subject) {
  Response response;
  auto stream = api.events->open(subject, call.request.header("last-event-id"));
  if (stream == nullptr) {
    response.status = 204;
    return response;
  }
  response.content_type = "text/event-stream";
  response.headers = "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n";
  response.body = std::move(stream);
  return response;
}

Task<Response> get_events(Api& api, Call& call) { co_return stream_response(api, call, {}); }

Task<Response> get_events_of(Api& api, Call& call) {
  const auto id = job_id_from_string(call.parameter);
  if (!id) {
    co_return problem_response(Error{ErrorCode::unknown_job, "there is no job \"" + call.parameter + "\"", ""});
  }
  const bool known = api.jobs.find(*id).job != nullptr || api.jobs.find_batch(*id).batch != nullptr;
  if (!known) co_return problem_response(api.jobs.missing(*id));
  co_return stream_response(api, call, id);
}

}  // namespace

void add_event_routes(Router& router, const ApiPtr& api) {
  router.add(Method::get, "/events", with(api, get_events));
  router.add(Method::get, "/events/{id}", with(api, get_events_of));
}

}  // namespace kiln::http
