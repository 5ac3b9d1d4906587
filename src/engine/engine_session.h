#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

#include "kiln/engine.h"

#include "engine/attempt.h"
#include "engine/child_process.h"
#include "engine/messages.h"
#include "engine/process_engine.h"
#include "engine/wire.h"

namespace kiln::engine {

/// One engine's process from its start to its end, and the conversation with it. A thread of its own starts the
/// process, owns it and the socket, minds every deadline, and reaps it; other threads leave messages and wait for news.
/// No call blocks on the socket. All members: any thread.
class EngineSession {
 public:
  explicit EngineSession(const ProcessEngineOptions& options);  ///< returns at once
  ~EngineSession() { close(); }
  EngineSession(const EngineSession&) = delete;
  EngineSession& operator=(const EngineSession&) = delete;

  /// Ends the process, gently at first; what is under way ends as engine_lost. Blocks until the process is reaped.
  void close();

  EngineStatus status() const;  ///< not ready once the process is lost or has said that only a fresh one helps
  std::uint64_t resident_bytes() const;

  /// Waits until the engine has said whether it is ready, is lost, a stop is requested, or the time has come. True when
  /// it has been decided.
  bool await_start(const RenderStop& stop, Clock::time_point until);

  /// Waits until every task has come to `phase` or further; true then. False as soon as a stop is requested.
  bool await_all(Phase phase, const RenderStop& stop);

  /// Gives a task to the engine. Where the process is lost it has ended before it began, as engine_lost.
  std::shared_ptr<Attempt> begin(const EngineTask& task);

  /// Waits until the last sample is traced; passes progress on and `stop` too. Error: that of the attempt, or
  /// `cancelled` when that was requested and the engine has not obeyed within the grace; there is none for an attempt
  /// that keeps its picture so far.
  Result<void> await_trace(const std::shared_ptr<Attempt>& attempt, const ProgressSink& progress,
                           const RenderStop& stop);

  Result<RenderReport> await_report(const Attempt& attempt);

  /// Nobody wants its picture any more. Nothing to do when it has ended.
  void drop(Attempt& attempt);

  /// See Engine::preview.
  void preview(const AttemptKey& key, const std::filesystem::path& file, PreviewCallback done);

  void prefetch(const EngineTask& task);

 private:
  /// Why the process has to be ended, and the task that is to blame, if one is.
  struct Verdict {
    Error error;
    const Attempt* culprit = nullptr;
  };

  struct Question {
    JobId job;
    PreviewCallback done;
  };

  // The thread of the session:
  void live();
  Result<ChildProcess> launch();
  std::optional<Verdict> converse();
  std::optional<Verdict> find_overdue() const;
  int milliseconds_to_wait() const;
  bool read_news(std::optional<Verdict>& verdict);
  Result<void> take_messages();
  Result<void> take(const FromEngine& message);
  void take_from(const HelloMessage& m);
  void take_from(const StatusMessage& m);
  void take_from(const ProgressMessage& m);
  void take_from(const RenderedMessage& m);
  void take_from(const FinishedMessage& m);
  void take_from(const PreviewedMessage& m);
  void write_posts();
  bool become_unfit();
  std::string end_process(ChildProcess& process, bool kill_now, bool wait_gently);
  void be_lost(const std::string& reason, const std::optional<Verdict>& verdict, bool was_closed);
  void give_answers();

  // Any thread, with the mutex held:
  void post(const ToEngine& message);
  void ask_to_stop(Attempt& attempt, StopKind how);
  std::shared_ptr<Attempt> find(const AttemptKey& key) const;

  class StopWatch;

  const ProcessEngineOptions options_;
  const Clock::time_point start_by_;
  FileDescriptor wake_;  ///< an eventfd: posts_ or closing_ have changed

  mutable std::mutex mutex_;  ///< of all below, but for what is the thread's own
  std::condition_variable changed_;
  bool closing_ = false;
  bool started_ = false;  ///< it has said whether it is ready
  bool lost_ = false;     ///< the process is gone and reaped
  pid_t process_id_ = 0;
  EngineStatus status_{false, "", "", "the engine is starting"};
  std::string posts_;                               ///< frames for the engine
  std::vector<std::shared_ptr<Attempt>> attempts_;  ///< that have not ended
  std::uint64_t last_question_ = 0;
  std::map<std::uint64_t, Question> questions_;  ///< for pictures so far, by number, that are not answered
  std::vector<std::function<void()>> answers_;   ///< to them, to be given without the mutex

  // The thread's own:
  FileDescriptor socket_;
  FrameReader reader_;
  bool greeted_ = false;
  bool knows_why_ = false;  ///< the engine has said itself why it is not ready
  std::thread thread_;      // last: it uses all of the above
};

}  // namespace kiln::engine
