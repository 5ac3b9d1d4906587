#include "http/api.h"
#include "http/idempotency.h"
#include "http/problem.h"
#include "http/render_codec.h"
#include "http/upload.h"
#include "http/waiting.h"

namespace kiln::http {
namespace {

constexpr std::size_t kMaxJsonBytes = 1 << 20;
const Error kDraining{ErrorCode::draining, "the server is shutting down", ""};

Task<Response> submit(Api& api, Call& call, Submission submission) {
  const auto accepted = co_await await_callback<Result<jobs::Accepted>>(
      [&](jobs::AcceptCallback done) { api.jobs.submit(std::move(submission), std::move(done)); });
  if (!accepted) {
    const bool refers_to_nothing = accepted.error().code == ErrorCode::unknown_asset;
    co_return problem_response(refers_to_nothing ? 422 : status_of(accepted.error().code), accepted.error());
  }
  const auto text = [&](bool) {
    jobs::JobView view = api.jobs.find(accepted->job->id);
    if (view.job == nullptr) view = {accepted->job, 0};  // deleted between its acceptance and now
    return api.job_texts.text_of(view);
  };
  Response response = co_await accepted_response(api, call, accepted->job->id, text);
  add_replayed(response, accepted->replayed);
  co_return response;
}

Task<Response> submit_json(Api& api, Call& call, std::optional<std::string> key) {
  const auto text = co_await read_text(call.body, kMaxJsonBytes);
  if (!text) co_return problem_response(text.error());
  const auto json = parse_json(*text);
  if (!json) co_return problem_response(json.error());
  auto submission = submission_from_json(*json);
  if (!submission) co_return problem_response(submission.error());
  if (auto good = check_webhook(api, submission->webhook); !good) co_return problem_response(good.error());
  submission->idempotency = with_digest(key, "POST /render", call.request, *text);
  co_return co_await submit(api, call, std::move(*submission));
}

/// The settings, checked before a byte of the scene is read; a stand-in takes the scene's place until it has its id.
Result<Submission> submission_beside_body(std::string_view query) {
  auto settings = settings_from_query(query);
  if (!settings) return settings.error();
  if (settings->contains("scene")) {
    return Error{ErrorCode::invalid_request, "the body is the scene: the query string cannot name one", "/scene"};
  }
  (*settings)["scene"] = "sha256:";
  return submission_from_json(*settings);
}

Task<Response> submit_scene(Api& api, Call& call, std::string media_type, std::optional<std::string> key) {
  auto submission = submission_beside_body(call.request.query);
  if (!submission) co_return problem_response(submission.error());
  if (auto good = check_webhook(api, submission->webhook); !good) co_return problem_response(good.error());
  auto staged = co_await receive_asset(call.body, api.blobs, std::move(media_type));
  if (!staged) co_return problem_response(staged.error());
  const auto added = co_await await_callback<Result<jobs::AddedAsset>>(
      [&](jobs::AssetService::AddCallback done) { api.assets.add(std::move(*staged), std::move(done)); });
  if (!added) co_return problem_response(added.error());
  submission->request.scene = added->asset->id;
  submission->idempotency = with_digest(key, "POST /render", call.request, added->asset->id);
  co_return co_await submit(api, call, std::move(*submission));
}

Task<Response> post_render(Api& api, Call& call) {
  if (api.hub.draining) co_return problem_response(kDraining);
  auto key = idempotency_key_in(call.request);
  if (!key) co_return problem_response(key.error());
  std::string type = media_type_in(call.request.header("content-type"));
  if (type == "application/json") {
    if (!call.request.query.empty()) {
      co_return problem_response(
          Error{ErrorCode::invalid_request, "settings stand in the JSON body, not in the query", ""});
    }
    co_return co_await submit_json(api, call, std::move(*key));
  }
  if (is_scene_type(type)) {
    co_return co_await submit_scene(api, call, std::move(type), std::move(*key));
  }
  co_return problem_response(
      Error{ErrorCode::unsupported_media_type,
            "POST /render takes application/json, model/gltf-binary, model/gltf+json, model/obj, model/ply, model/stl "
            "and application/zip, not \"" +
                type + "\"",
            ""});
}

}  // namespace

void add_render_routes(Router& router, const ApiPtr& api) {
  router.add(Method::post, "/render", with(api, post_render));
}

}  // namespace kiln::http
