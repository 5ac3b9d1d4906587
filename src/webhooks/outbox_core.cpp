// What is sent, and what becomes of it.
#include "webhooks/outbox_core.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <random>

#include "base/log.h"
#include "webhooks/curl_url.h"

namespace kiln::webhooks {
namespace {

using std::chrono::duration_cast;

constexpr std::chrono::hours kTrimPeriod{1};
constexpr std::chrono::seconds kLongestNap{60};  // the wall clock may be set meanwhile

std::chrono::steady_clock::duration steady(double seconds) {
  return duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
}

double random_share() {
  static thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

OutboxOptions completed(OutboxOptions options) {
  if (!options.random) options.random = random_share;
  return options;
}

/// Receivers are told apart by what a connection is made to. Every stored URL was checked when it came.
std::string origin_of(const std::string& url) {
  const auto parts = parse_url(url);
  return parts ? parts->origin : url;
}

}  // namespace

Outbox::Core::Core(const boost::asio::any_io_executor& strand, jobs::Service& jobs, store::DeliveryStore& store,
                   Sender& sender, Signer signer, OutboxOptions options)
    : strand_(strand),
      jobs_(jobs),
      store_(store),
      sender_(sender),
      signer_(std::move(signer)),
      options_(completed(std::move(options))),
      schedule_(options_.limits),
      due_timer_(strand),
      store_timer_(strand),
      trim_timer_(strand),
      self_(std::make_shared<Core*>(this)) {
  take_up();
  subscription_ = jobs_.subscribe([this](const jobs::JobEvent& event) { job_changed(event); });
  trim();
  pump();
}

/// The store keeps microseconds.
WallTime Outbox::Core::now() const { return std::chrono::floor<std::chrono::microseconds>(options_.wall_clock()); }

void Outbox::Core::list(store::DeliveryQuery query, store::DeliveryStore::ListDone done) {
  store_.list(std::move(query), guarded(std::move(done)));
}

OutboxStats Outbox::Core::stats() const {
  OutboxStats stats = stats_;
  stats.pending = schedule_.waiting() + under_way_.size() + unstored_.size();
  return stats;
}

void Outbox::Core::wait_for(const std::string& url, WallTime at, const std::string& id) {
  schedule_.add(origin_of(url), at, id);
}

/// Sends what is due as far as there is room, then sleeps until the next time.
void Outbox::Core::pump() {
  if (draining_) return;
  while (auto due = schedule_.take(now())) begin(*due);
  due_timer_.cancel();
  const auto next = schedule_.next_at();
  if (!next) return;
  const auto nap = std::clamp<WallTime::duration>(*next - now(), std::chrono::milliseconds(1), kLongestNap);
  due_timer_.expires_after(duration_cast<std::chrono::steady_clock::duration>(nap));
  due_timer_.async_wait(guarded([this](const boost::system::error_code& cancelled) {
    if (!cancelled) pump();
  }));
}

/// The schedule may hold a delivery twice, after a redelivery: its row says which of them counts.
void Outbox::Core::begin(const Schedule::Due& due) {
  if (!under_way_.insert(due.id).second) return schedule_.ended(due.origin, {});
  store_.find(due.id, guarded([this, due](const Result<std::optional<store::StoredDelivery>>& found) {
                if (!found) {
                  spdlog::warn("webhook delivery {} cannot be read: {}", due.id, found.error().message);
                  schedule_.add(due.origin, now() + kLongestNap, due.id);
                  return leave(due, {});
                }
                const auto& stored = *found;
                const bool is_due = stored && stored->delivery.next_at && *stored->delivery.next_at <= due.at;
                if (!is_due || draining_) return leave(due, {});
                send(due, *stored);
              }));
}

void Outbox::Core::send(const Schedule::Due& due, const store::StoredDelivery& stored) {
  const auto timestamp_s = duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
  Message message{stored.delivery.url,
                  {"webhook-id: " + due.id, "webhook-timestamp: " + std::to_string(timestamp_s),
                   "webhook-signature: " + signer_.sign(due.id, timestamp_s, stored.body)},
                  stored.body};
  sender_.send(std::move(message), guarded([this, due, delivery = stored.delivery](const Outcome& outcome) {
                 answered(due, delivery, outcome);
               }));
}

void Outbox::Core::answered(const Schedule::Due& due, store::Delivery delivery, const Outcome& outcome) {
  if (outcome.aborted) return leave(due, {});
  delivery = after_attempt(std::move(delivery), outcome, now(), options_.retry, options_.random());
  const bool delivered = delivery.state == store::DeliveryState::delivered;
  stats_.delivered += delivered ? 1 : 0;
  stats_.failed += delivery.state == store::DeliveryState::failed ? 1 : 0;
  stats_.failed_attempts += delivered ? 0 : 1;
  if (delivery.state == store::DeliveryState::failed) {
    spdlog::warn("webhook {} to {} is given up after {} attempts: {}", delivery.id, due.origin, delivery.attempts,
                 delivery.last_error);
  }
  if (delivery.next_at) wait_for(delivery.url, *delivery.next_at, delivery.id);
  const std::string id = delivery.id;
  store_.update(std::move(delivery), guarded([id](const Result<void>& stored) {
                  // The row says what it said before: at the worst the delivery is made once more, under its id.
                  if (!stored)
                    spdlog::warn("what became of webhook {} cannot be stored: {}", id, stored.error().message);
                }));
  leave(due, delivered);
}

void Outbox::Core::leave(const Schedule::Due& due, std::optional<bool> works) {
  under_way_.erase(due.id);
  schedule_.ended(due.origin, works);
  if (draining_) return settle();
  pump();
}

void Outbox::Core::redeliver(const std::string& id, std::function<void(Result<store::Delivery>)> done) {
  store_.find(id,
              guarded([this, id, done = std::move(done)](const Result<std::optional<store::StoredDelivery>>& found) {
                if (!found) return done(found.error());
                if (!*found)
                  return done(Error{ErrorCode::unknown_delivery, "there is no webhook delivery \"" + id + "\"", ""});
                if (draining_) return done(Error{ErrorCode::draining, "the server is shutting down", ""});
                if (under_way_.contains(id)) return done((*found)->delivery);
                requeue((*found)->delivery, done);
              }));
}

void Outbox::Core::requeue(store::Delivery delivery, std::function<void(Result<store::Delivery>)> done) {
  delivery.state = store::DeliveryState::pending;
  delivery.next_at = now();
  delivery.finished_at.reset();
  store_.update(delivery, guarded([this, delivery, done = std::move(done)](const Result<void>& stored) {
                  if (!stored) return done(stored.error());
                  wait_for(delivery.url, *delivery.next_at, delivery.id);
                  done(delivery);
                  pump();
                }));
}

/// Once an hour the store forgets what ended long ago.
void Outbox::Core::trim() {
  store_.trim(now() - duration_cast<WallTime::duration>(std::chrono::duration<double>(options_.keep_s)),
              options_.most_kept, guarded([](const Result<void>& trimmed) {
                if (!trimmed) spdlog::warn("old webhook deliveries cannot be removed: {}", trimmed.error().message);
              }));
  trim_timer_.expires_after(kTrimPeriod);
  trim_timer_.async_wait(guarded([this](const boost::system::error_code& cancelled) {
    if (!cancelled) trim();
  }));
}

void Outbox::Core::drain(std::function<void()> quiet) {
  draining_ = true;
  quiet_ = std::move(quiet);
  trim_timer_.cancel();
  store_timer_.cancel();
  due_timer_.expires_after(steady(options_.drain_s));
  due_timer_.async_wait(guarded([this](const boost::system::error_code& cancelled) {
    if (!cancelled) sender_.abort();
  }));
  settle();
}

void Outbox::Core::settle() {
  if (!quiet_ || !under_way_.empty()) return;
  due_timer_.cancel();
  boost::asio::post(strand_, guarded(std::exchange(quiet_, nullptr)));
}

}  // namespace kiln::webhooks
