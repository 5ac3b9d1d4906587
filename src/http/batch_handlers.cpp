#include "http/batch_handlers.h"

#include <charconv>
#include <utility>

#include "http/batch_archive.h"
#include "http/batch_codec.h"
#include "http/idempotency.h"
#include "http/problem.h"
#include "http/upload.h"
#include "http/waiting.h"

namespace kiln::http {
namespace {

constexpr std::size_t kMaxBatchBytes = std::size_t{8} << 20;
constexpr std::size_t kRequestsAtOnce = 32;  ///< that are checked before others get their turn
const Error kDraining{ErrorCode::draining, "the server is shutting down", ""};
const Error kClosed{ErrorCode::internal, "the server has ended", ""};  ///< nobody gets this answer

/// As the asset's inspection says.
std::optional<double> duration_of(const Api& api, const std::string& scene, std::uint32_t animation) {
  const jobs::AssetPtr asset = api.assets.find(scene);
  if (!asset || animation >= asset->summary.animation_durations_s.size()) return std::nullopt;
  return asset->summary.animation_durations_s[animation];
}

Result<BatchPlan> plan_from(const Api& api, std::string_view text) {
  auto json = parse_json(text);
  if (!json) return json.error();
  return BatchPlan::from_json(
      std::move(*json), api.hub.settings.max_batch_jobs,
      [&](const std::string& scene, std::uint32_t animation) { return duration_of(api, scene, animation); });
}

/// One after the other, so that ten thousand hold nobody up.
Task<Result<std::vector<RenderRequest>>> requests_of(Api& api, const BatchPlan& plan) {
  std::vector<RenderRequest> requests;
  requests.reserve(plan.size());
  while (requests.size() < plan.size()) {
    auto request = plan.request(requests.size());
    if (!request) co_return request.error();
    requests.push_back(std::move(*request));
    if (requests.size() % kRequestsAtOnce != 0) continue;
    co_await give_way(api.hub.turns);
    if (api.hub.closed) co_return kClosed;
  }
  co_return requests;
}

/// The service's pointers begin with the index of a request.
Error into_body(Error error, const BatchPlan& plan) {
  std::size_t index = 0;
  const char* begin = error.pointer.data();
  const char* end = begin + error.pointer.size();
  const auto [rest, failed] = std::from_chars(begin + (begin == end ? 0 : 1), end, index);
  if (failed == std::errc()) error.pointer = plan.pointer_into_body(index, std::string(rest, end));
  return error;
}

SharedText accepted_text(const Api& api, const jobs::AcceptedBatch& accepted) {
  jobs::BatchView view = api.jobs.find_batch(accepted.batch->id);
  if (!view.batch) view.batch = accepted.batch;  // deleted between its acceptance and now
  Json json = to_json(view, api.jobs.eta(accepted.batch->id));
  Json& ids = json["jobs"] = Json::array();
  for (const JobId& id : accepted.jobs) ids.push_back(to_string(id));
  return std::make_shared<const std::string>(to_text(json));
}

Task<Response> submit_batch(Api& api, Call& call, std::optional<std::string> key) {
  const auto text = co_await read_text(call.body, kMaxBatchBytes);
  if (!text) co_return problem_response(text.error());
  const auto plan = plan_from(api, *text);
  if (!plan) co_return problem_response(plan.error());
  if (auto good = check_webhook(api, plan->webhook()); !good) co_return problem_response(good.error());
  auto requests = co_await requests_of(api, *plan);
  if (!requests) co_return problem_response(requests.error());
  jobs::BatchSubmission submission{std::move(*requests), plan->use_cache(), plan->webhook(),
                                   with_digest(key, "POST /batch", call.request, *text)};
  const auto accepted = co_await await_callback<Result<jobs::AcceptedBatch>>(
      [&](jobs::AcceptBatchCallback done) { api.jobs.submit_batch(std::move(submission), std::move(done)); });
  if (!accepted) {
    const bool refers_to_nothing = accepted.error().code == ErrorCode::unknown_asset;
    co_return problem_response(refers_to_nothing ? 422 : status_of(accepted.error().code),
                               into_body(accepted.error(), *plan));
  }
  const auto body = [&](bool) { return accepted_text(api, *accepted); };
  Response response = co_await accepted_response(api, call, accepted->batch->id, body);
  add_replayed(response, accepted->replayed);
  co_return response;
}

Task<Response> post_batch(Api& api, Call& call) {
  if (api.hub.draining) co_return problem_response(kDraining);
  const std::string type = media_type_in(call.request.header("content-type"));
  if (type != "application/json") {
    co_return problem_response(
        Error{ErrorCode::unsupported_media_type, "POST /batch takes application/json, not \"" + type + "\"", ""});
  }
  if (!call.request.query.empty()) {
    co_return problem_response(Error{ErrorCode::invalid_request, "a batch stands in its body, not in the query", ""});
  }
  auto key = idempotency_key_in(call.request);
  if (!key) co_return problem_response(key.error());
  co_return co_await submit_batch(api, call, std::move(*key));
}

}  // namespace

SharedText batch_text(const Api& api, const JobId& id) {
  const jobs::BatchView view = api.jobs.find_batch(id);
  if (!view.batch) return nullptr;
  return std::make_shared<const std::string>(to_text(to_json(view, api.jobs.eta(id))));
}

Task<Response> cancel_batch(Api& api, JobId id) {
  const auto batch = co_await await_callback<Result<jobs::BatchView>>(
      [&](jobs::BatchCallback done) { api.jobs.cancel_batch(id, std::move(done)); });
  if (!batch) co_return problem_response(batch.error());
  co_return json_response(200, to_text(to_json(*batch, api.jobs.eta(id))));
}

Task<Response> remove_batch(Api& api, JobId id) {
  const auto removed = co_await await_callback<Result<void>>(
      [&](jobs::DoneCallback done) { api.jobs.remove_batch(id, std::move(done)); });
  if (!removed) co_return problem_response(removed.error());
  Response response;
  response.status = 204;
  co_return response;
}

Response batch_result(Api& api, const JobId& id) {
  const jobs::BatchView view = api.jobs.find_batch(id);
  if (!is_final(view.state)) {
    return problem_response(Error{ErrorCode::job_not_finished,
                                  "batch " + to_string(id) + " is " + std::string(name_of(view.state)) +
                                      ": its archive is there when all its jobs have ended",
                                  ""});
  }
  Response response;
  response.content_type = "application/zip";
  response.add_header("Cache-Control", "no-store");
  response.add_header("Content-Disposition", "attachment; filename=\"" + to_string(id) + ".zip\"");
  response.body = make_batch_archive(api, id);
  return response;
}

void add_batch_routes(Router& router, const ApiPtr& api) { router.add(Method::post, "/batch", with(api, post_batch)); }

}  // namespace kiln::http
