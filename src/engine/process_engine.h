#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kiln/engine.h"

namespace kiln::engine {

struct ProcessEngineOptions {
  std::vector<std::string> command;  ///< argv of a program that calls host_engine(); argv[0] is its path
  double start_s = 60;               ///< the longest that a process may take until it is ready
  double open_s = 2;                 ///< the longest that one open() waits for it
  double stall_s = 120;              ///< the longest without news of a task under way
  double time_limit_grace_s = 2;     ///< past a task's time_limit_s, which the engine itself minds first
  double cancel_grace_s = 0.15;      ///< the longest that a cancelled render() waits for the engine
  double cancel_kill_s = 3;          ///< the longest that the engine may take to obey
  double suspend_s = 10;             ///< the longest that it may take to stop, and to write a checkpoint at 50 MB/s
  double close_s = 2;                ///< the longest that a process may take to leave when told to
  double first_backoff_s = 0.1;      ///< before the start that follows a loss; doubles until a render succeeds
  double last_backoff_s = 30;
  std::uint64_t max_jobs = 0;            ///< renders, after which the process is replaced; 0: never
  std::uint64_t max_resident_bytes = 0;  ///< memory, above which it is replaced between two renders; 0: any
};

/// An engine in a process of its own, which is started, watched, ended and replaced; nothing that happens in it harms
/// this one.
///
/// What ends the process under a task: engine_crashed (a signal, an exit, a closed or garbled socket), engine_stalled
/// (no news for stall_s, no checkpoint within suspend_s), time_limit_exceeded. The other task that was under way, if
/// any, ends with engine_crashed in the first case, else with engine_lost. A task that was stopped ends as `cancelled`
/// whatever became of the process.
///
/// open() starts a process where none lives. It waits open_s at most, and after a loss half a second for the backoff:
/// status() says then that it is not ready yet, and the next open() waits on. render() calls open() itself when the
/// process was lost since. A process is replaced for max_jobs or max_resident_bytes at the beginning of a render(),
/// once the pictures before are encoded; status() stays ready meanwhile. A FinishPicture that is dropped without being
/// called cancels its task.
std::unique_ptr<Engine> make_process_engine(ProcessEngineOptions options);

}  // namespace kiln::engine
