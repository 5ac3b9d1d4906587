#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "kiln/engine.h"

#include "base/files.h"

namespace kiln::engine {

/// For tests, which break the process at a step of the conversation: called on the thread that is about to go on, with
/// the task that the step is about, or null. The steps in order, those of a task for each:
///   "start"      before the first message
///   "hello"      after it, before the engine is opened
///   "ready"      after the engine's status was sent
///   "render"     a task has come, nothing of it is done
///   "progress"   after each message of progress
///   "rendered"   after the message that the last sample is traced
///   "encode"     before the picture is encoded
///   "encoded"    the picture is written, the last message of the task is not sent
///   "finished"   after that message
struct HostHooks {
  std::function<void(std::string_view step, const EngineTask* task)> at_step;
};

/// The engine's process: opens `engine`, renders the tasks that come through `socket` one after the other, and encodes
/// each picture beside the next render; at most one rendered picture waits for that. Ends the process, never returns:
/// at once with status 0 when the socket ends, whatever is under way; with kEngineUnfit after a failure that only a
/// fresh process cures (is_engine_loss), reported first. To be called on the main thread, which reads the socket.
[[noreturn]] void host_engine(FileDescriptor socket, std::unique_ptr<Engine> engine, HostHooks hooks = {});

inline constexpr int kEngineUnfit = 3;  ///< exit status

}  // namespace kiln::engine
