#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "webhooks/sender.h"

namespace kiln::webhooks::test {

/// Notes what is sent, and answers at once with `outcome`, or when the test says so.
class FakeSender final : public Sender {
 public:
  explicit FakeSender(boost::asio::any_io_executor strand) : strand_(std::move(strand)) {}

  void send(Message message, std::function<void(Outcome)> done) override {
    sent.push_back(std::move(message));
    if (hold) {
      held.push_back(std::move(done));
    } else {
      answer(std::move(done), outcome);
    }
  }

  void abort() override {
    for (auto& done : std::exchange(held, {})) answer(std::move(done), {0, "aborted", {}, true});
  }

  /// Answers the first that was held back.
  void answer_first(Outcome with) {
    auto done = std::move(held.front());
    held.erase(held.begin());
    answer(std::move(done), std::move(with));
  }

  bool hold = false;
  Outcome outcome{200, "", {}, false};
  std::vector<Message> sent;
  std::vector<std::function<void(Outcome)>> held;

 private:
  void answer(std::function<void(Outcome)> done, Outcome with) {
    boost::asio::post(strand_, [done = std::move(done), with = std::move(with)] { done(with); });
  }

  boost::asio::any_io_executor strand_;
};

}  // namespace kiln::webhooks::test
