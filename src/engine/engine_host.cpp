#include "engine/engine_host.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/log.h"
#include "engine/guard.h"
#include "engine/messages.h"
#include "engine/wire.h"

namespace kiln::engine {
namespace {

/// The server went away or asked to leave. Other threads may be anywhere: nothing is destroyed.
[[noreturn]] void leave(int status) { ::_exit(status); }

/// One task and whether it is still wanted.
struct Assignment {
  explicit Assignment(EngineTask t) : task(std::move(t)) {}

  Error stopped() const { return {ErrorCode::cancelled, "job " + to_string(task.id) + " was stopped", ""}; }

  /// Whether nobody takes its picture any more.
  bool is_unwanted() const { return drop.stop_requested() || (cancel.stop_requested() && !task.request.keep_partial); }

  const EngineTask task;
  std::stop_source cancel, suspend, drop;
};

struct RenderedTask {
  std::shared_ptr<Assignment> assignment;
  FinishPicture finish;
};

class Host {
 public:
  Host(FileDescriptor socket, std::unique_ptr<Engine> engine, HostHooks hooks)
      : socket_(std::move(socket)), engine_(std::move(engine)), hooks_(std::move(hooks)) {}

  [[noreturn]] void run();

 private:
  // The main thread:
  void take(RenderMessage message);
  void take(const PrefetchMessage& message) { engine_->prefetch(message.task); }
  void take(const StopMessage& message);
  void take(const PreviewMessage& message);

  // The thread that renders:
  [[noreturn]] void render_all();
  void open_engine();
  void render(const std::shared_ptr<Assignment>& assignment);
  void fail(const Assignment& assignment, const Error& error);
  std::shared_ptr<Assignment> next_assignment();

  // The thread that encodes:
  [[noreturn]] void encode_all();
  void encode(const RenderedTask& picture);
  Result<RenderReport> finish(const RenderedTask& picture);

  // Any thread:
  void send(const FromEngine& message);
  void step(std::string_view name, const EngineTask* task = nullptr) {
    if (hooks_.at_step) hooks_.at_step(name, task);
  }
  void forget(const Assignment& assignment);

  FileDescriptor socket_;
  std::mutex sending_;
  std::unique_ptr<Engine> engine_;
  HostHooks hooks_;

  std::mutex mutex_;  ///< of all below
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Assignment>> under_way_;  ///< all that a stop may reach
  std::deque<std::shared_ptr<Assignment>> waiting_;     ///< for the thread that renders
  std::optional<RenderedTask> rendered_;                ///< for the thread that encodes
  bool encodes_ = false;
};

void Host::run() {
  std::thread([this] { render_all(); }).detach();
  std::thread([this] { encode_all(); }).detach();
  FrameReader reader;
  while (true) {
    const auto text = receive_frame(socket_.get(), reader);
    if (!text) spdlog::error("the engine leaves: {}", text.error().message);
    if (!text || !*text) leave(text ? EXIT_SUCCESS : EXIT_FAILURE);
    auto message = to_engine_from_text(**text);
    if (!message) {
      spdlog::error("the engine leaves: {}", message.error().message);
      leave(EXIT_FAILURE);
    }
    std::visit([this](auto& m) { take(std::move(m)); }, *message);
  }
}

void Host::take(RenderMessage message) {
  auto assignment = std::make_shared<Assignment>(std::move(message.task));
  {
    const std::lock_guard lock(mutex_);
    under_way_.push_back(assignment);
    waiting_.push_back(std::move(assignment));
  }
  changed_.notify_all();
}

void Host::take(const StopMessage& message) {
  std::shared_ptr<Assignment> found;
  bool had_begun = true;
  {
    const std::lock_guard lock(mutex_);
    const auto is_meant = [&](const auto& a) { return key_of(a->task) == message.key; };
    const auto at = std::find_if(under_way_.begin(), under_way_.end(), is_meant);
    if (at == under_way_.end()) return;
    found = *at;
    had_begun = std::erase(waiting_, found) == 0;
  }
  if (message.how == StopKind::drop) found->drop.request_stop();
  (message.how == StopKind::suspend ? found->suspend : found->cancel).request_stop();
  if (!had_begun) fail(*found, found->stopped());
}

void Host::take(const PreviewMessage& message) {
  engine_->preview(message.key.job, message.key.attempt, message.file,
                   [this, number = message.number](const Result<Preview>& outcome) {
                     send(PreviewedMessage{number, outcome});
                   });
}

void Host::render_all() {
  step("start");
  send(HelloMessage{"kiln " KILN_VERSION});
  step("hello");
  open_engine();
  step("ready");
  while (true) render(next_assignment());
}

void Host::open_engine() {
  const auto opened = guarded([this]() -> Result<void> {
    engine_->open();
    return {};
  });
  EngineStatus status = engine_->status();
  if (!opened) status = {false, "", "", opened.error().message};
  send(StatusMessage{std::move(status)});
}

/// Waits for one, and until no picture waits: else ever more of them would fill the memory.
std::shared_ptr<Assignment> Host::next_assignment() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !waiting_.empty() && !rendered_; });
  auto assignment = std::move(waiting_.front());
  waiting_.pop_front();
  return assignment;
}

void Host::render(const std::shared_ptr<Assignment>& assignment) {
  const EngineTask& task = assignment->task;
  send(ProgressMessage{key_of(task), 0});
  step("render", &task);
  const ProgressSink progress = [&](double value) {
    send(ProgressMessage{key_of(task), value});
    step("progress", &task);
  };
  auto picture = guarded([&] {
    return engine_->render(task, progress, {assignment->cancel.get_token(), assignment->suspend.get_token()});
  });
  if (!picture) return fail(*assignment, picture.error());
  send(RenderedMessage{key_of(task), picture->stopped_by});
  step("rendered", &task);
  {
    const std::lock_guard lock(mutex_);
    rendered_ = RenderedTask{assignment, std::move(picture->finish)};
  }
  changed_.notify_all();
}

void Host::fail(const Assignment& assignment, const Error& error) {
  if (is_engine_loss(error.code)) {
    std::unique_lock lock(mutex_);  // pictures that are rendered already need no engine
    changed_.wait(lock, [this] { return !rendered_ && !encodes_; });
  }
  forget(assignment);
  send(FinishedMessage{key_of(assignment.task), error});
  step("finished", &assignment.task);
  if (is_engine_loss(error.code)) leave(kEngineUnfit);
}

void Host::encode_all() {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return rendered_.has_value(); });
    const RenderedTask picture = std::move(*std::exchange(rendered_, std::nullopt));
    encodes_ = true;
    lock.unlock();
    changed_.notify_all();
    encode(picture);
    lock.lock();
    encodes_ = false;
    lock.unlock();
    changed_.notify_all();
  }
}

void Host::encode(const RenderedTask& picture) {
  const EngineTask& task = picture.assignment->task;
  send(ProgressMessage{key_of(task), 1});
  step("encode", &task);
  const auto outcome = finish(picture);
  step("encoded", &task);
  forget(*picture.assignment);
  send(FinishedMessage{key_of(task), outcome});
  step("finished", &task);
}

Result<RenderReport> Host::finish(const RenderedTask& picture) {
  const Assignment& assignment = *picture.assignment;
  if (assignment.is_unwanted()) return assignment.stopped();
  auto report = guarded(picture.finish);
  if (!report || !assignment.is_unwanted()) return report;
  std::error_code there_is_none;  // nobody takes the picture away any more
  std::filesystem::remove(assignment.task.result_file, there_is_none);
  return assignment.stopped();
}

void Host::send(const FromEngine& message) {
  const std::lock_guard lock(sending_);
  if (!send_frame(socket_.get(), to_text(message))) leave(EXIT_SUCCESS);
}

void Host::forget(const Assignment& assignment) {
  const std::lock_guard lock(mutex_);
  std::erase_if(under_way_, [&](const auto& a) { return a.get() == &assignment; });
}

}  // namespace

void host_engine(FileDescriptor socket, std::unique_ptr<Engine> engine, HostHooks hooks) {
  Host(std::move(socket), std::move(engine), std::move(hooks)).run();
}

}  // namespace kiln::engine
