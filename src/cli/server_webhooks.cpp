#include "cli/server_webhooks.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/version.h"
#include "codec/json.h"
#include "http/batch_codec.h"
#include "http/job_codec.h"
#include "webhooks/curl_sender.h"
#include "webhooks/events.h"
#include "webhooks/kept_files.h"

namespace kiln::cli {
namespace {

constexpr const char* kSecretFile = "webhook-secret";
constexpr const char* kSinceFile = "webhook-url-since";

Error of_flag(const char* flag, const Error& error) {
  return {error.code, std::string(flag) + ": " + error.message, ""};
}

/// "kiln/0.1.0"
std::string user_agent() {
  std::string name = version_number();
  std::replace(name.begin(), name.end(), ' ', '/');
  return name;
}

std::vector<std::string> events_in(std::string_view text) {
  if (text.empty()) return webhooks::default_events();
  std::vector<std::string> events;
  for (;;) {
    const std::size_t comma = text.find(',');
    events.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return events;
    text.remove_prefix(comma + 1);
  }
}

Result<webhooks::Signer> signer(const config::ServeConfig& config, const std::filesystem::path& folder) {
  if (!config.webhook_secret.empty()) {
    auto made = webhooks::Signer::from_secrets(config.webhook_secret);
    return made ? std::move(made) : of_flag("--webhook-secret", made.error());
  }
  const std::filesystem::path file = folder / kSecretFile;
  const auto secret = webhooks::load_or_make_secret(file);
  if (!secret) return secret.error();
  auto made = webhooks::Signer::from_secrets(*secret);
  return made ? std::move(made) : of_flag(file.c_str(), made.error());
}

/// Fills in the target of all jobs, if there is one.
Result<void> aim(webhooks::OutboxOptions& options, const config::ServeConfig& config,
                 const std::filesystem::path& folder) {
  if (!config.webhook_url.empty()) {
    options.for_all =
        std::make_shared<const WebhookTarget>(WebhookTarget{config.webhook_url, events_in(config.webhook_events)});
    const auto good = webhooks::check_target(*options.for_all, options.addresses);
    if (!good) return of_flag("--webhook-url, --webhook-events, --webhook-allow", good.error());
  }
  const auto since = webhooks::told_since(folder / kSinceFile, options.for_all.get(), options.wall_clock());
  if (!since) return since.error();
  options.for_all_since = *since;
  return {};
}

}  // namespace

Result<ServerWebhooks> open_webhooks(const config::ServeConfig& config, const std::filesystem::path& folder,
                                     const boost::asio::any_io_executor& strand, jobs::Service& jobs,
                                     store::DeliveryStore& deliveries) {
  auto policy = webhooks::AddressPolicy::from_text(config.webhook_allow);
  if (!policy) return of_flag("--webhook-allow", policy.error());
  auto with_key = signer(config, folder);
  if (!with_key) return with_key.error();
  webhooks::OutboxOptions options;
  options.addresses = *policy;
  options.retry.first_wait_s = config.webhook_retry_s;
  options.job_json = [](const jobs::JobView& view) { return codec::to_text(http::to_json(view)); };
  options.batch_json = [](const jobs::BatchView& view) { return codec::to_text(http::to_json(view)); };
  if (auto aimed = aim(options, config, folder); !aimed) return aimed.error();
  webhooks::CurlSenderOptions sending;
  sending.ca_file = config.webhook_ca;
  sending.user_agent = user_agent();
  ServerWebhooks made;
  made.sender = std::make_unique<webhooks::CurlSender>(strand, std::move(*policy), std::move(sending));
  made.outbox = std::make_unique<webhooks::Outbox>(strand, jobs, deliveries, *made.sender, std::move(*with_key),
                                                   std::move(options));
  return {boost::system::in_place_value, std::move(made)};
}

}  // namespace kiln::cli
