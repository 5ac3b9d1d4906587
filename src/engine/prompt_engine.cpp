#include "engine/prompt_engine.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "engine/guard.h"

namespace kiln::engine {
namespace {

/// Where the two threads meet over one render.
class Meeting {
 public:
  // The thread that renders:

  void tell(double progress) {
    {
      const std::lock_guard lock(mutex_);
      progress_ = progress;
    }
    changed_.notify_one();
  }

  /// False when nobody waits for the outcome any more.
  bool finish(Result<RenderReport> outcome) {
    {
      const std::lock_guard lock(mutex_);
      if (left_) return false;
      outcome_ = std::move(outcome);
    }
    changed_.notify_one();
    return true;
  }

  std::stop_token stop() const { return stop_.get_token(); }  ///< requested when nobody is to wait any more

  // The thread that waits:

  /// The outcome; nothing as soon as `stop` is requested.
  std::optional<Result<RenderReport>> wait(const ProgressSink& sink, const std::stop_token& stop) {
    const std::stop_callback at_once(stop, [this] { stop_.request_stop(); });  // not only when this thread wakes up
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return progress_ || outcome_; }) && progress_ && !stop.stop_requested()) {
      const double news = *std::exchange(progress_, std::nullopt);
      lock.unlock();
      sink(news);
      lock.lock();
    }
    left_ = true;
    return std::move(outcome_);
  }

  /// From now on nobody waits; stops the render if it goes on.
  void leave() {
    {
      const std::lock_guard lock(mutex_);
      left_ = true;
    }
    stop_.request_stop();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<double> progress_;  ///< the newest, not told yet
  std::optional<Result<RenderReport>> outcome_;
  bool left_ = false;
  std::stop_source stop_;
};

/// Leaves when its scope does, by an exception of the progress sink too.
struct Attendance {
  std::shared_ptr<Meeting> meeting;
  ~Attendance() { meeting->leave(); }
};

class PromptEngine final : public Engine {
 public:
  explicit PromptEngine(std::unique_ptr<Engine> inner)
      : inner_(std::move(inner)), thread_([this](const std::stop_token& stop) { serve(stop); }) {}

  void open() override {
    const auto opening = std::make_shared<std::packaged_task<void()>>([this] { inner_->open(); });
    auto opened = opening->get_future();
    give([opening] { (*opening)(); });
    opened.get();
  }

  Result<RenderReport> render(const EngineTask& task, const ProgressSink& progress, std::stop_token stop) override {
    const Error stopped{ErrorCode::cancelled, "job " + to_string(task.id) + " was stopped", ""};
    if (stop.stop_requested()) return stopped;
    const Attendance here{std::make_shared<Meeting>()};
    give([this, task, meeting = here.meeting] { render_for(*meeting, task); });
    auto outcome = here.meeting->wait(progress, stop);
    if (outcome) return std::move(*outcome);
    return stopped;
  }

  EngineStatus status() const override { return inner_->status(); }

 private:
  void render_for(Meeting& meeting, const EngineTask& task) {
    if (meeting.stop().stop_requested()) return;
    auto outcome = guarded([&] {
      return inner_->render(
          task, [&](double progress) { meeting.tell(progress); }, meeting.stop());
    });
    if (meeting.finish(std::move(outcome))) return;
    std::error_code there_is_none;
    std::filesystem::remove(task.result_file, there_is_none);
  }

  void give(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      work_.push_back(std::move(work));
    }
    came_.notify_one();
  }

  void serve(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (came_.wait(lock, stop, [this] { return !work_.empty(); })) {
      const auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  }

  std::unique_ptr<Engine> inner_;
  std::mutex mutex_;
  std::condition_variable_any came_;
  std::deque<std::function<void()>> work_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Engine> make_prompt_engine(std::unique_ptr<Engine> inner) {
  return std::make_unique<PromptEngine>(std::move(inner));
}

}  // namespace kiln::engine
