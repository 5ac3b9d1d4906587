#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "webhooks/outbox.h"

namespace kiln::webhooks {

/// What stands behind Outbox: see there.
class Outbox::Core {
 public:
  Core(const boost::asio::any_io_executor& strand, jobs::Service& jobs, store::DeliveryStore& store, Sender& sender,
       Signer signer, OutboxOptions options);

  const AddressPolicy& addresses() const { return options_.addresses; }
  void list(store::DeliveryQuery query, store::DeliveryStore::ListDone done);
  void redeliver(const std::string& id, std::function<void(Result<store::Delivery>)> done);
  OutboxStats stats() const;
  void drain(std::function<void()> quiet);

 private:
  using StoredPtr = std::shared_ptr<const store::StoredDelivery>;
  using KnownIds = std::unordered_set<std::string>;

  /// Something that happened to a job or batch, and the one who may be told of it beside those who hear of all.
  struct Event {
    JobId subject;
    std::string_view name;
    WallTime at;
    const WebhookTarget* target;
  };

  // What happens, and what happened before the start (outbox_events.cpp).
  void take_up();
  void make_missing(const KnownIds& known);
  void job_changed(const jobs::JobEvent& event);
  void batch_ended(const jobs::BatchView& view, const KnownIds* known);
  template <class View>
  void tell(const Event& event, const View& view, const KnownIds* known);
  bool is_recent(const std::optional<WallTime>& end) const;
  std::string text_of(const jobs::JobView& view) const { return options_.job_json(view); }
  std::string text_of(const jobs::BatchView& view) const { return options_.batch_json(view); }
  void record(const StoredPtr& delivery);
  void stored(const StoredPtr& delivery, const Result<void>& result);
  void store_again();

  // What is sent (outbox_core.cpp).
  void wait_for(const std::string& url, WallTime at, const std::string& id);
  void pump();
  void begin(const Schedule::Due& due);
  void send(const Schedule::Due& due, const store::StoredDelivery& stored);
  void answered(const Schedule::Due& due, store::Delivery delivery, const Outcome& outcome);
  void leave(const Schedule::Due& due, std::optional<bool> works);
  void requeue(store::Delivery delivery, std::function<void(Result<store::Delivery>)> done);
  void trim();
  void settle();

  WallTime now() const;
  template <class Call>
  auto guarded(Call call);

  const boost::asio::any_io_executor strand_;
  jobs::Service& jobs_;
  store::DeliveryStore& store_;
  Sender& sender_;
  const Signer signer_;
  const OutboxOptions options_;

  WallTime look_back_to_{};  ///< what ended before is not told of any more
  Schedule schedule_;
  std::unordered_set<std::string> under_way_;  ///< ids
  std::vector<StoredPtr> unstored_;            ///< to be given to the store again
  bool storing_again_ = false;                 ///< the timer runs
  bool storing_fails_ = false;                 ///< said so in the log
  OutboxStats stats_;
  bool draining_ = false;
  std::function<void()> quiet_;
  boost::asio::steady_timer due_timer_, store_timer_, trim_timer_;
  jobs::Subscription subscription_;
  std::shared_ptr<Core*> self_;  ///< handlers that outlive this object find null
};

/// A handler that does nothing once this object is gone. Objects end on the strand, where the handlers run.
template <class Call>
auto Outbox::Core::guarded(Call call) {
  return [self = std::weak_ptr(self_), call = std::move(call)](auto&&... values) {
    if (self.lock()) call(std::forward<decltype(values)>(values)...);
  };
}

}  // namespace kiln::webhooks
