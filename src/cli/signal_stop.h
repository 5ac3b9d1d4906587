#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace kiln::cli {

/// Turns the first Ctrl-C or SIGTERM into a stop request; the second one ends the process. Make it before any other
/// thread, one at a time: it blocks these signals for the threads made after it.
class SignalStop {
 public:
  SignalStop();
  ~SignalStop();
  SignalStop(const SignalStop&) = delete;
  SignalStop& operator=(const SignalStop&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

  /// The signal that requested the stop; 0 before.
  int signal() const { return signal_; }

 private:
  sigset_t before_{}, watched_{};
  std::stop_source stop_;
  std::atomic<int> signal_ = 0;
  std::jthread watcher_;
};

}  // namespace kiln::cli
