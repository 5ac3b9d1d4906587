#pragma once

#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <variant>

#include "http/task.h"

namespace kiln::http {

/// Many small pieces of work that have become due at once, such as the answers to a thousand clients that waited for
/// the same job: done in order, a few in a row, so that whatever else is ready gets its turn in between. One thread.
class Turns {
 public:
  explicit Turns(boost::asio::io_context::executor_type executor);
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// Never runs inside the call. Work that is still here when the Turns end is dropped.
  void add(std::function<void()> work);

  /// Hands everything to the executor, also what is added from now on: nothing stays here.
  void hand_over();

 private:
  void run();
  void post_run();

  boost::asio::io_context::executor_type executor_;
  std::deque<std::function<void()>> due_;
  std::shared_ptr<Turns*> self_;  ///< a posted run that outlives this object finds it gone
  bool posted_ = false, handed_over_ = false;
};

/// Lets whatever else is due go first. Afterwards the Hub may be closed.
inline Task<void> give_way(Turns& turns) {
  co_await await_callback<std::monostate>(
      [&turns](const std::function<void(std::monostate)>& done) { turns.add([done] { done({}); }); });
}

}  // namespace kiln::http
