#include "http/turns.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace kiln::http {
namespace {

constexpr std::size_t kInARow = 16;

}  // namespace

Turns::Turns(boost::asio::io_context::executor_type executor)
    : executor_(std::move(executor)), self_(std::make_shared<Turns*>(this)) {}

void Turns::add(std::function<void()> work) {
  if (handed_over_) return boost::asio::post(executor_, std::move(work));
  due_.push_back(std::move(work));
  if (!std::exchange(posted_, true)) post_run();
}

void Turns::post_run() {
  boost::asio::post(executor_, [self = std::weak_ptr(self_)] {
    if (const auto alive = self.lock()) (*alive)->run();
  });
}

void Turns::run() {
  for (std::size_t i = 0; i < kInARow && !due_.empty(); ++i) {
    const std::function<void()> work = std::move(due_.front());
    due_.pop_front();
    work();
  }
  posted_ = !due_.empty();
  if (posted_) post_run();
}

void Turns::hand_over() {
  handed_over_ = true;
  for (std::function<void()>& work : std::exchange(due_, {})) boost::asio::post(executor_, std::move(work));
}

}  // namespace kiln::http
