#include "webhooks/schedule.h"

#include <algorithm>

namespace kiln::webhooks {

bool Schedule::has_room(const Origin& origin) const {
  return origin.under_way <
         (origin.failing ? std::min<std::size_t>(1, limits_.most_per_origin) : limits_.most_per_origin);
}

/// Takes a receiver out of its queue while it changes; enter() puts it back where it then belongs.
void Schedule::leave(Origins::value_type& named) {
  Origin& origin = named.second;
  if (!origin.ids.empty()) queue_of(origin).erase({origin.ids.begin()->first, named.first});
  if (origin.failing) failing_under_way_ -= origin.under_way;
}

void Schedule::enter(Origins::value_type& named) {
  Origin& origin = named.second;
  if (origin.failing) failing_under_way_ += origin.under_way;
  if (!origin.ids.empty() && has_room(origin)) queue_of(origin).insert({origin.ids.begin()->first, named.first});
  if (origin.ids.empty() && origin.under_way == 0) origins_.erase(named.first);
}

void Schedule::add(const std::string& origin, WallTime at, std::string id) {
  auto& named = *origins_.try_emplace(origin).first;
  leave(named);
  named.second.ids.emplace(at, std::move(id));
  ++waiting_;
  enter(named);
}

bool Schedule::may_send_to_failing() const { return failing_under_way_ < limits_.most_to_failing; }

std::optional<Schedule::Due> Schedule::take(WallTime now) {
  if (under_way_ >= limits_.most_at_once) return std::nullopt;
  const auto is_due = [now](const Ready& queue) { return !queue.empty() && queue.begin()->first <= now; };
  const Ready* queue = nullptr;
  if (is_due(failing_) && may_send_to_failing()) queue = &failing_;
  if (is_due(working_) && (queue == nullptr || working_.begin()->first <= failing_.begin()->first)) queue = &working_;
  if (queue == nullptr) return std::nullopt;
  auto& named = *origins_.find(std::string(queue->begin()->second));
  leave(named);
  Origin& origin = named.second;
  Due due{std::move(origin.ids.begin()->second), named.first, origin.ids.begin()->first};
  origin.ids.erase(origin.ids.begin());
  --waiting_;
  ++origin.under_way;
  ++under_way_;
  enter(named);
  return due;
}

void Schedule::ended(const std::string& origin, std::optional<bool> works) {
  auto& named = *origins_.find(origin);
  leave(named);
  --named.second.under_way;
  --under_way_;
  if (works) named.second.failing = !*works;
  enter(named);
}

std::optional<WallTime> Schedule::next_at() const {
  if (under_way_ >= limits_.most_at_once) return std::nullopt;
  std::optional<WallTime> next;
  if (!working_.empty()) next = working_.begin()->first;
  if (!failing_.empty() && may_send_to_failing()) {
    const WallTime at = failing_.begin()->first;
    next = next ? std::min(*next, at) : at;
  }
  return next;
}

}  // namespace kiln::webhooks
