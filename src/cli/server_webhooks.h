#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>

#include "config/serve_config.h"
#include "jobs/service.h"
#include "store/delivery_store.h"
#include "webhooks/outbox.h"

namespace kiln::cli {

/// Who tells others of jobs. The order of the members is that of their lives.
struct ServerWebhooks {
  std::unique_ptr<webhooks::Sender> sender;
  std::unique_ptr<webhooks::Outbox> outbox;
};

/// As the flags want it, with what is kept in the data folder `folder`. What is passed by reference must outlive it.
/// Errors: invalid_request, naming the flag; io_error, storage_full.
Result<ServerWebhooks> open_webhooks(const config::ServeConfig& config, const std::filesystem::path& folder,
                                     const boost::asio::any_io_executor& strand, jobs::Service& jobs,
                                     store::DeliveryStore& deliveries);

}  // namespace kiln::cli
