#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "jobs/service.h"
#include "store/delivery_store.h"
#include "webhooks/address_policy.h"
#include "webhooks/retry.h"
#include "webhooks/schedule.h"
#include "webhooks/sender.h"
#include "webhooks/signature.h"

namespace kiln::webhooks {

struct OutboxOptions {
  std::shared_ptr<const WebhookTarget> for_all;  ///< told of all jobs and batches, beside their own; null: nobody is
  WallTime for_all_since{};                      ///< it is not told of what ended before
  AddressPolicy addresses;                       ///< what check() goes by
  RetryRules retry;
  ScheduleLimits limits;
  double keep_s = 7 * 86'400.0;        ///< deliveries that ended are forgotten at this age; above look_back_s
  std::size_t most_kept = 100'000;     ///< of them, the oldest go first
  std::size_t most_waiting = 100'000;  ///< beyond them a delivery counts as failed at once
  double look_back_s = 86'400;         ///< ends up to so long ago are looked at when the outbox starts
  double drain_s = 3;                  ///< for what is under way when the server shuts down
  double store_retry_s = 5;            ///< wait before deliveries that could not be stored are given to the store again
  std::function<WallTime()> wall_clock = [] { return std::chrono::system_clock::now(); };
  std::function<double()> random;                                 ///< in [0, 1); empty: of the standard library
  std::function<std::string(const jobs::JobView&)> job_json;      ///< what clients see of a job, as a JSON text
  std::function<std::string(const jobs::BatchView&)> batch_json;  ///< and of a batch
};

struct OutboxStats {
  std::size_t pending = 0;
  std::uint64_t delivered = 0, failed = 0;  ///< since the start
  std::uint64_t failed_attempts = 0;        ///< since the start; those that were the last included
};

/// Tells receivers of what becomes of jobs: makes a stored delivery of each event that somebody wants to hear of, and
/// sends it, again and again if need be, across restarts. The id of a delivery follows from its event, so at the start
/// it can tell which ends have none (the server crashed between the two) and make those. A receiver may get a delivery
/// twice, under one id; it gets none under two.
///
/// In memory are the ids and times of what waits; what is sent is read from the store when it is due. Everything runs
/// on the strand, and nothing blocks; no receiver delays a job or another receiver.
class Outbox {
 public:
  /// Takes up what an earlier process left. Blocks for as long as the store needs to read that.
  /// What is passed by reference must outlive the Outbox. Throws std::runtime_error when the store cannot be read.
  Outbox(const boost::asio::any_io_executor& strand, jobs::Service& jobs, store::DeliveryStore& store, Sender& sender,
         Signer signer, OutboxOptions options);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Whether a target may be accepted: its URL is one, and its host is no address that is not called. (What a name
  /// stands for is seen when it is called.) Errors: invalid_request, webhook_not_allowed, both at /webhook/url;
  /// invalid_request at /webhook/events.
  Result<void> check(const WebhookTarget& target) const;

  void list(store::DeliveryQuery query, store::DeliveryStore::ListDone done);

  /// Sends a delivery (again) as soon as can be, whatever its state. It keeps its id and body. One that is older than
  /// RetryRules::give_up_after_s is tried once. Errors: unknown_delivery, draining, storage_full, io_error.
  void redeliver(const std::string& id, std::function<void(Result<store::Delivery>)> done);

  OutboxStats stats() const;

  /// Sends nothing more; what is under way gets a few seconds and else is sent again after the next start. What happens
  /// to jobs is still recorded. `quiet` runs once. Call once.
  void drain(std::function<void()> quiet);

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

/// Outbox::check for a policy.
Result<void> check_target(const WebhookTarget& target, const AddressPolicy& policy);

}  // namespace kiln::webhooks
