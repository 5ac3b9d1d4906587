#include <filesystem>
#include <optional>

#include "http/api.h"
#include "http/problem.h"
#include "webhooks/outbox.h"

namespace kiln::http {
namespace {

/// Of the file system that pictures are written to; nothing where it does not tell.
std::optional<std::uint64_t> free_bytes(const store::BlobStore& blobs) {
  std::error_code failed;
  const auto space = std::filesystem::space(blobs.path(store::BlobFolder::results, "any").parent_path(), failed);
  if (failed) return std::nullopt;
  return space.available;
}

Task<Response> get_healthz(Api&, Call&) { co_return json_response(200, "{\"status\":\"alive\"}\n"); }

Task<Response> get_readyz(Api& api, Call&) {
  const EngineStatus engine = api.jobs.engine_status();
  const bool draining = api.hub.draining || api.jobs.draining();
  const bool ready = engine.ready && !draining;
  Json body{{"ready", ready},
            {"backend", engine.backend},
            {"device", engine.device},
            {"reason", draining ? "the server is shutting down" : engine.reason}};
  if (!ready) body["code"] = code_name(draining ? ErrorCode::draining : ErrorCode::backend_unavailable);
  co_return json_response(ready ? 200 : 503, to_text(body));
}

Task<Response> get_metrics(Api& api, Call&) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  ServerGauges gauges;
  gauges.connections = api.hub.sessions.size();
  gauges.waiting_requests = api.hub.waits.size();
  gauges.event_streams = api.events->open_streams();
  gauges.engine_ready = api.jobs.engine_status().ready;
  gauges.webhooks = api.webhooks.stats();
  gauges.data_free_bytes = free_bytes(api.blobs);
  response.body = api.hub.metrics->text(api.jobs.stats(), gauges);
  co_return response;
}

Task<Response> get_index(Api& api, Call&) {
  Json routes = Json::array();
  for (const Route& route : api.hub.router.routes()) {
    routes.push_back(std::string(name_of(route.method)) + " " + route.pattern);
  }
  co_return json_response(200, to_text({{"name", "kiln"}, {"routes", std::move(routes)}}));
}

}  // namespace

void add_service_routes(Router& router, const ApiPtr& api) {
  router.add(Method::get, "/healthz", with(api, get_healthz));
  router.add(Method::get, "/readyz", with(api, get_readyz));
  router.add(Method::get, "/metrics", with(api, get_metrics));
  router.add(Method::get, "/", with(api, get_index));
}

}  // namespace kiln::http
