#include "webhooks/outbox.h"

#include <utility>

#include "webhooks/outbox_core.h"

namespace kiln::webhooks {

Outbox::Outbox(const boost::asio::any_io_executor& strand, jobs::Service& jobs, store::DeliveryStore& store,
               Sender& sender, Signer signer, OutboxOptions options)
    : core_(std::make_unique<Core>(strand, jobs, store, sender, std::move(signer), std::move(options))) {}

Outbox::~Outbox() = default;

Result<void> Outbox::check(const WebhookTarget& target) const { return check_target(target, core_->addresses()); }

void Outbox::list(store::DeliveryQuery query, store::DeliveryStore::ListDone done) {
  core_->list(std::move(query), std::move(done));
}

void Outbox::redeliver(const std::string& id, std::function<void(Result<store::Delivery>)> done) {
  core_->redeliver(id, std::move(done));
}

OutboxStats Outbox::stats() const { return core_->stats(); }

void Outbox::drain(std::function<void()> quiet) { core_->drain(std::move(quiet)); }

}  // namespace kiln::webhooks
