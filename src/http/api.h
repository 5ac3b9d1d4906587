#pragma once

#include <memory>

#include "http/hub.h"
#include "http/job_codec.h"
#include "jobs/asset_service.h"
#include "jobs/service.h"
#include "store/blob_store.h"

/// The handlers: each parses, calls a service and replies. No rule of the business lives here.
namespace kiln::http {

/// What handlers work with. It belongs to the routes, and these to the hub.
struct Api {
  jobs::Service& jobs;
  jobs::AssetService& assets;
  store::BlobStore& blobs;
  Hub& hub;
  JobTexts job_texts;
};
using ApiPtr = std::shared_ptr<Api>;

void add_render_routes(Router& router, const ApiPtr& api);
void add_job_routes(Router& router, const ApiPtr& api);
void add_asset_routes(Router& router, const ApiPtr& api);
void add_service_routes(Router& router, const ApiPtr& api);  ///< health, metrics, index

/// Binds a handler to the Api.
inline Handler with(const ApiPtr& api, Task<Response> (*handler)(Api&, Call&)) {
  return [api, handler](Call& call) { return handler(*api, call); };
}

inline constexpr std::size_t kMaxPageSize = 1000;

/// Reads `limit` from its text. Errors: invalid_request unless it is from 1 to kMaxPageSize.
Result<std::size_t> page_size_from(const std::string& text);

}  // namespace kiln::http
