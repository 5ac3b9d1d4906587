#pragma once

#include <memory>

#include "http/event_hub.h"
#include "http/hub.h"
#include "http/job_codec.h"
#include "jobs/asset_service.h"
#include "jobs/service.h"
#include "store/blob_store.h"

namespace kiln::webhooks {
class Outbox;
}

/// The handlers: each parses, calls a service and replies. No rule of the business lives here.
namespace kiln::http {

/// What handlers work with. It belongs to the routes, and these to the hub.
struct Api {
  jobs::Service& jobs;
  jobs::AssetService& assets;
  store::BlobStore& blobs;
  Hub& hub;
  JobTexts job_texts;
  webhooks::Outbox& webhooks;
  std::unique_ptr<EventHub> events = nullptr;
};
using ApiPtr = std::shared_ptr<Api>;

void add_render_routes(Router& router, const ApiPtr& api);
void add_batch_routes(Router& router, const ApiPtr& api);
void add_job_routes(Router& router, const ApiPtr& api);
void add_event_routes(Router& router, const ApiPtr& api);
void add_preview_routes(Router& router, const ApiPtr& api);
void add_asset_routes(Router& router, const ApiPtr& api);
void add_webhook_routes(Router& router, const ApiPtr& api);
void add_service_routes(Router& router, const ApiPtr& api);  ///< health, metrics, index
void add_docs_routes(Router& router, const ApiPtr& api);     ///< the contract and its page

/// Binds a handler to the Api.
inline Handler with(const ApiPtr& api, Task<Response> (*handler)(Api&, Call&)) {
  return [api, handler](Call& call) { return handler(*api, call); };
}

/// Whether what a client submits may tell this receiver; null is fine. Errors: those of webhooks::Outbox::check.
Result<void> check_webhook(const Api& api, const std::shared_ptr<const WebhookTarget>& webhook);

inline constexpr std::size_t kMaxPageSize = 1000;

/// Reads `limit` from its text. Errors: invalid_request unless it is from 1 to kMaxPageSize.
Result<std::size_t> page_size_from(const std::string& text);

}  // namespace kiln::http
