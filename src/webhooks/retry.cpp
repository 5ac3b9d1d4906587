#include "webhooks/retry.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace kiln::webhooks {
namespace {

constexpr std::uint32_t kGone = 410, kTooManyRequests = 429, kUnavailable = 503;
constexpr std::size_t kMostErrorBytes = 500;

double wait_s(std::uint32_t attempts, const Outcome& outcome, const RetryRules& rules, double random) {
  const double exponential_s = rules.first_wait_s * std::exp2(std::min(attempts - 1, 40u));
  const double wait = random * std::min(exponential_s, rules.longest_wait_s);
  const bool may_ask = outcome.status == kTooManyRequests || outcome.status == kUnavailable;
  return may_ask ? std::max(wait, std::clamp(outcome.retry_after_s.value_or(0), 0.0, 1e7)) : wait;
}

/// The store keeps microseconds; what is compared with its rows must not have more.
WallTime later(WallTime time, double seconds) {
  const auto wait = std::chrono::duration_cast<WallTime::duration>(std::chrono::duration<double>(seconds));
  return std::chrono::floor<std::chrono::microseconds>(time + wait);
}

std::string describe(const Outcome& outcome) {
  if (outcome.status == 0) return outcome.error.substr(0, kMostErrorBytes);
  return "the receiver answered " + std::to_string(outcome.status);
}

}  // namespace

store::Delivery after_attempt(store::Delivery delivery, const Outcome& outcome, WallTime now, const RetryRules& rules,
                              double random) {
  if (outcome.aborted) return delivery;
  ++delivery.attempts;
  delivery.last_status = outcome.status == 0 ? std::nullopt : std::optional(outcome.status);
  delivery.last_error.clear();
  delivery.next_at.reset();
  delivery.finished_at = now;
  if (outcome.status >= 200 && outcome.status < 300) {
    delivery.state = store::DeliveryState::delivered;
    return delivery;
  }
  delivery.last_error = describe(outcome);
  delivery.state = store::DeliveryState::failed;
  if (outcome.status == kGone) return delivery;
  const WallTime next_at = later(now, wait_s(delivery.attempts, outcome, rules, random));
  if (next_at > later(delivery.created_at, rules.give_up_after_s)) return delivery;
  delivery.state = store::DeliveryState::pending;
  delivery.next_at = next_at;
  delivery.finished_at.reset();
  return delivery;
}

}  // namespace kiln::webhooks
