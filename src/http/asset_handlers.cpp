#include "http/api.h"
#include "http/asset_codec.h"
#include "http/problem.h"
#include "http/target.h"
#include "http/upload.h"

namespace kiln::http {
namespace {

Response unknown_asset(const std::string& id) {
  return problem_response(Error{ErrorCode::unknown_asset, "there is no asset \"" + id + "\"", ""});
}

Task<Response> post_asset(Api& api, Call& call) {
  if (api.hub.draining) co_return problem_response(Error{ErrorCode::draining, "the server is shutting down", ""});
  std::string type = media_type_in(call.request.header("content-type"));
  if (!is_asset_type(type)) {
    co_return problem_response(
        Error{ErrorCode::unsupported_media_type,
              "an asset is model/gltf-binary, model/gltf+json, model/obj, model/ply, model/stl, application/zip, "
              "image/vnd.radiance or image/x-exr, not \"" +
                  type + "\"",
              ""});
  }
  auto staged = co_await receive_asset(call.body, api.blobs, std::move(type));
  if (!staged) co_return problem_response(staged.error());
  const auto added = co_await await_callback<Result<jobs::AddedAsset>>(
      [&](jobs::AssetService::AddCallback done) { api.assets.add(std::move(*staged), std::move(done)); });
  if (!added) co_return problem_response(added.error());
  Response response = json_response(added->known ? 200 : 201, to_text(to_json(*added->asset)));
  response.add_header("Location", "/assets/" + added->asset->id);
  co_return response;
}

Task<Response> get_asset(Api& api, Call& call) {
  const jobs::AssetPtr asset = api.assets.find(call.parameter);
  if (asset == nullptr) co_return unknown_asset(call.parameter);
  co_return json_response(200, to_text(to_json(*asset)));
}

Task<Response> delete_asset(Api& api, Call& call) {
  const auto removed = co_await await_callback<Result<void>>(
      [&](jobs::AssetService::DoneCallback done) { api.assets.remove(call.parameter, std::move(done)); });
  if (!removed) co_return problem_response(removed.error());
  Response response;
  response.status = 204;
  co_return response;
}

Task<Response> get_assets(Api& api, Call& call) {
  const auto parameters = parse_query(call.request.query);
  if (!parameters) co_return problem_response(kMalformedTarget);
  Result<std::size_t> limit = std::size_t{50};
  std::string cursor;
  for (const auto& [name, value] : *parameters) {
    if (name == "limit") limit = page_size_from(value);
    if (!limit) co_return problem_response(limit.error());
    if (name == "cursor") cursor = value;
    if (name != "limit" && name != "cursor") {
      co_return problem_response(Error{ErrorCode::unknown_member, "a list of assets does not know " + name, ""});
    }
  }
  const jobs::AssetPage page = api.assets.list(*limit, cursor);
  Json assets = Json::array();
  for (const jobs::AssetPtr& asset : page.assets) assets.push_back(to_json(*asset));
  Json body{{"assets", std::move(assets)}, {"next", page.next ? Json(*page.next) : Json()}};
  co_return json_response(200, to_text(body));
}

}  // namespace

void add_asset_routes(Router& router, const ApiPtr& api) {
  router.add(Method::post, "/assets", with(api, post_asset));
  router.add(Method::get, "/assets", with(api, get_assets));
  router.add(Method::get, "/assets/{id}", with(api, get_asset));
  router.add(Method::del, "/assets/{id}", with(api, delete_asset));
}

}  // namespace kiln::http
