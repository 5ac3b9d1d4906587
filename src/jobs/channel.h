#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace kiln::jobs {

/// Messages from one thread to another, in order.
template <class Message>
class Channel {
 public:
  void send(Message message) {
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(std::move(message));
    }
    arrived_.notify_one();
  }

  /// Waits for the next message; nullopt once `stop` is requested, or when none came in time.
  std::optional<Message> receive(std::stop_token stop, std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, stop, longest, [this] { return !messages_.empty(); })) return std::nullopt;
    if (stop.stop_requested()) return std::nullopt;
    std::optional<Message> message(std::move(messages_.front()));
    messages_.pop_front();
    return message;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<Message> messages_;
};

}  // namespace kiln::jobs
