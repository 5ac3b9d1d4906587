#include "http/api.h"
#include "http/problem.h"
#include "http/render_codec.h"
#include "http/upload.h"

namespace kiln::http {
namespace {

constexpr std::size_t kMaxJsonBytes = 1 << 20;
const Error kDraining{ErrorCode::draining, "the server is shutting down", ""};

Task<Response> submit(Api& api, RenderRequest request) {
  const auto job = co_await await_callback<Result<jobs::JobPtr>>(
      [&](jobs::JobCallback done) { api.jobs.submit(std::move(request), std::move(done)); });
  if (!job) {
    const bool refers_to_nothing = job.error().code == ErrorCode::unknown_asset;
    co_return problem_response(refers_to_nothing ? 422 : status_of(job.error().code), job.error());
  }
  jobs::JobView view = api.jobs.find((*job)->id);
  if (view.job == nullptr) view = {*job, 0};  // deleted between its acceptance and now
  Response response = json_response(202, api.job_texts.text_of(view));
  response.add_header("Location", "/status/" + to_string(view.job->id));
  co_return response;
}

Task<Response> submit_json(Api& api, Call& call) {
  const auto text = co_await read_text(call.body, kMaxJsonBytes);
  if (!text) co_return problem_response(text.error());
  const auto json = parse_json(*text);
  if (!json) co_return problem_response(json.error());
  auto request = render_request_from_json(*json);
  if (!request) co_return problem_response(request.error());
  co_return co_await submit(api, std::move(*request));
}

/// The settings, checked before a byte of the scene is read; a stand-in takes the scene's place until it has its id.
Result<RenderRequest> request_beside_body(std::string_view query) {
  auto settings = settings_from_query(query);
  if (!settings) return settings.error();
  if (settings->contains("scene")) {
    return Error{ErrorCode::invalid_request, "the body is the scene: the query string cannot name one", "/scene"};
  }
  (*settings)["scene"] = "sha256:";
  return render_request_from_json(*settings);
}

Task<Response> submit_scene(Api& api, Call& call, std::string media_type) {
  auto request = request_beside_body(call.request.query);
  if (!request) co_return problem_response(request.error());
  auto staged = co_await receive_asset(call.body, api.blobs, std::move(media_type));
  if (!staged) co_return problem_response(staged.error());
  const auto added = co_await await_callback<Result<jobs::AddedAsset>>(
      [&](jobs::AssetService::AddCallback done) { api.assets.add(std::move(*staged), std::move(done)); });
  if (!added) co_return problem_response(added.error());
  request->scene = added->asset->id;
  co_return co_await submit(api, std::move(*request));
}

Task<Response> post_render(Api& api, Call& call) {
  if (api.hub.draining) co_return problem_response(kDraining);
  std::string type = media_type_in(call.request.header("content-type"));
  if (type == "application/json") {
    if (!call.request.query.empty()) {
      co_return problem_response(
          Error{ErrorCode::invalid_request, "settings stand in the JSON body, not in the query", ""});
    }
    co_return co_await submit_json(api, call);
  }
  if (type == "model/gltf-binary" || type == "model/gltf+json") {
    co_return co_await submit_scene(api, call, std::move(type));
  }
  co_return problem_response(
      Error{ErrorCode::unsupported_media_type,
            "POST /render takes application/json, model/gltf-binary and model/gltf+json, not \"" + type + "\"", ""});
}

}  // namespace

void add_render_routes(Router& router, const ApiPtr& api) {
  router.add(Method::post, "/render", with(api, post_render));
}

}  // namespace kiln::http
