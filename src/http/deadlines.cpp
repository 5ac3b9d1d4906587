#include "http/deadlines.h"

#include <utility>

namespace kiln::http {
namespace {

constexpr int kAtOnce = 32;

}  // namespace

Deadlines::Deadlines(const boost::asio::io_context::executor_type& executor)
    : timer_(executor), self_(std::make_shared<Deadlines*>(this)) {}

void Deadlines::Deadline::set(Time at, std::function<void()> passed) {
  drop();
  at_ = all_.by_time_.emplace(at, [this, passed = std::move(passed)] {
    at_ = all_.by_time_.end();
    passed();
  });
  all_.arm();
}

void Deadlines::Deadline::drop() {
  if (is_set()) all_.by_time_.erase(std::exchange(at_, all_.by_time_.end()));
}

void Deadlines::stop() {
  stopped_ = true;
  timer_.cancel();
}

/// A timer that is set for earlier than the first deadline stays: it looks and is set anew, which is cheaper than
/// moving it whenever the first deadline is dropped.
void Deadlines::arm() {
  if (stopped_ || by_time_.empty() || by_time_.begin()->first >= armed_for_) return;
  armed_for_ = by_time_.begin()->first;
  timer_.expires_at(armed_for_);
  timer_.async_wait([self = std::weak_ptr(self_)](const boost::system::error_code& moved) {
    if (moved) return;
    if (const auto alive = self.lock()) (*alive)->look();
  });
}

/// Some at a time: the timer looks again at once when there are more, after whatever else is ready.
void Deadlines::look() {
  armed_for_ = Time::max();
  const Time now = std::chrono::steady_clock::now();
  for (int i = 0; i < kAtOnce && !stopped_ && !by_time_.empty() && by_time_.begin()->first <= now; ++i) {
    const auto passed = by_time_.extract(by_time_.begin());
    passed.mapped()();
  }
  arm();
}

}  // namespace kiln::http
