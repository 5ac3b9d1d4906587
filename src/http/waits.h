#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <variant>

#include "kiln/job.h"

#include "http/deadlines.h"
#include "http/message.h"
#include "http/task.h"
#include "http/turns.h"

namespace kiln::http {

/// Coroutines that wait for a job or batch to change. None costs a thread, a timer of its own or a look at the job; to
/// begin, to end and to wake one is O(log n). The I/O thread's.
class Waits {
 public:
  Waits(Turns& turns, Deadlines& deadlines) : turns_(turns), deadlines_(deadlines) {}
  Waits(const Waits&) = delete;
  Waits& operator=(const Waits&) = delete;

  /// Waits until the job or batch `id` leaves the state `while_in` (unset: until it is final), it is removed, the time
  /// is up, the peer has left, or all waits are ended; which of them, the caller sees for himself.
  Task<void> wait(const JobId& id, std::optional<JobState> while_in, Deadlines::Time until, Peer& peer);

  void changed(const JobId& id, std::optional<JobState> now);  ///< unset: it was removed
  bool any_for(const JobId& id) const { return waiters_.contains(id); }

  /// Also those that would begin from now on end at once.
  void end_all();

  std::size_t size() const { return waiters_.size(); }

 private:
  struct Waiter;
  using ById = std::multimap<JobId, Waiter*>;

  void end(Waiter& waiter);

  Turns& turns_;
  Deadlines& deadlines_;
  ById waiters_;
  bool ended_ = false;
};

}  // namespace kiln::http
