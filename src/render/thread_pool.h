#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kiln::render {

/// Gives the calling thread the lowest scheduling priority (SCHED_IDLE), which threads that it starts inherit. Best
/// effort: a system that refuses only makes the rest of the process slower.
void lower_thread_priority();

/// Threads of the lowest scheduling priority, so that rendering on every core leaves the rest of the process quick.
class ThreadPool {
 public:
  explicit ThreadPool(unsigned threads);  ///< at least 1
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned size() const { return static_cast<unsigned>(threads_.size()); }

  /// Runs `work(thread index)` once on every thread and waits for all. `work` must not throw. One caller at a time.
  void run(const std::function<void(unsigned)>& work);

 private:
  void serve(unsigned index, std::stop_token stop);

  std::mutex mutex_;
  std::condition_variable_any work_came_;
  std::condition_variable work_done_;
  const std::function<void(unsigned)>* work_ = nullptr;
  std::uint64_t round_ = 0;
  unsigned busy_ = 0;
  std::vector<std::jthread> threads_;  // last: joined before the rest goes
};

}  // namespace kiln::render
