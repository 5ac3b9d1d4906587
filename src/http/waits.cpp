#include "http/waits.h"

#include <utility>

namespace kiln::http {

/// Lies in the frame of the coroutine that waits, and leaves with it.
struct Waits::Waiter {
  Waiter(Waits& all, const JobId& id, std::optional<JobState> state, Peer& waiting_peer)
      : waits(all), while_in(state), peer(waiting_peer), at(all.waiters_.emplace(id, this)), deadline(all.deadlines_) {}
  ~Waiter() {
    peer.on_leave({});
    waits.waiters_.erase(at);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  Waits& waits;
  std::optional<JobState> while_in;
  Peer& peer;
  ById::iterator at;
  Deadline deadline;
  std::function<void(std::monostate)> answer;  ///< empty once it was ended
};

Task<void> Waits::wait(const JobId& id, std::optional<JobState> while_in, Deadlines::Time until, Peer& peer) {
  if (ended_) co_return;
  Waiter waiter(*this, id, while_in, peer);
  const auto begin = [&](std::function<void(std::monostate)> answer) {
    waiter.answer = std::move(answer);
    waiter.deadline.set(until, [this, &waiter] { end(waiter); });
    peer.on_leave([this, &waiter] { end(waiter); });
  };
  co_await await_callback<std::monostate>(begin);
}

void Waits::changed(const JobId& id, std::optional<JobState> now) {
  const auto [first, last] = waiters_.equal_range(id);
  for (auto at = first; at != last; ++at) {
    Waiter& waiter = *at->second;
    if (!now || is_final(*now) || (waiter.while_in && *waiter.while_in != *now)) end(waiter);
  }
}

void Waits::end_all() {
  ended_ = true;
  for (const auto& [id, waiter] : waiters_) end(*waiter);
}

void Waits::end(Waiter& waiter) {
  if (!waiter.answer) return;
  turns_.add([answer = std::exchange(waiter.answer, nullptr)] { answer({}); });
}

}  // namespace kiln::http
