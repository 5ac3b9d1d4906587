#include "render/thread_pool.h"

#include <sched.h>
#include <sys/resource.h>

namespace kiln::render {

/// On Linux both calls with 0 concern the calling thread alone.
void lower_thread_priority() {
  sched_param none{};
  sched_setscheduler(0, SCHED_IDLE, &none);
  setpriority(PRIO_PROCESS, 0, 19);
}

ThreadPool::ThreadPool(unsigned threads) {
  threads_.reserve(threads);
  for (unsigned i = 0; i < threads; ++i) {
    threads_.emplace_back([this, i](std::stop_token stop) { serve(i, std::move(stop)); });
  }
}

ThreadPool::~ThreadPool() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void ThreadPool::run(const std::function<void(unsigned)>& work) {
  std::unique_lock lock(mutex_);
  work_ = &work;
  busy_ = size();
  ++round_;
  work_came_.notify_all();
  work_done_.wait(lock, [&] { return busy_ == 0; });
  work_ = nullptr;
}

void ThreadPool::serve(unsigned index, std::stop_token stop) {
  lower_thread_priority();
  std::unique_lock lock(mutex_);
  for (std::uint64_t seen = 0; work_came_.wait(lock, stop, [&] { return round_ != seen; });) {
    const auto* work = work_;
    seen = round_;
    lock.unlock();
    (*work)(index);
    lock.lock();
    if (--busy_ == 0) work_done_.notify_one();
  }
}

}  // namespace kiln::render
