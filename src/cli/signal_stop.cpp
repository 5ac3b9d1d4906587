#include "cli/signal_stop.h"

#include <cstdlib>
#include <ctime>
#include <pthread.h>

#include "cli/run.h"

namespace kiln::cli {

SignalStop::SignalStop() {
  sigemptyset(&watched_);
  sigaddset(&watched_, SIGINT);
  sigaddset(&watched_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &watched_, &before_);
  watcher_ = std::jthread([this](const std::stop_token& ended) {
    const timespec tick{0, 100'000'000};
    while (!ended.stop_requested()) {
      const int signal = sigtimedwait(&watched_, nullptr, &tick);
      if (signal < 0) continue;
      if (signal_ == 0) signal_ = signal;
      if (!stop_.request_stop()) std::_Exit(kInterrupted);
    }
  });
}

SignalStop::~SignalStop() {
  watcher_ = {};
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace kiln::cli
