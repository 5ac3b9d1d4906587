#pragma once

#include <functional>

#include "engine/engine_host.h"
#include "engine/local_engine.h"

namespace kiln::cli {

/// What a script may rely on: the exit status of every command.
enum ExitStatus : int {
  kSuccess = 0,
  kFailure = 1,       ///< it was tried and failed, or the job did; the reason is on stderr
  kUsage = 2,         ///< the command line, the environment or the settings file are wrong
  kCancelled = 3,     ///< the job or batch was cancelled
  kUnreachable = 4,   ///< the server cannot be reached, or was silent for too long
  kInterrupted = 130  ///< stopped by Ctrl-C or SIGTERM before it was done
};

/// The one place where a test's own binary gets between the engine's process and its work, to break it on purpose.
struct EngineHooks {
  std::function<engine::RendererFactory(engine::RendererFactory)> wrap_renderer;  ///< empty: the renderer as it is
  engine::HostHooks host;
};

/// Parses the command line and runs the chosen command. Returns the exit status of the process.
int run(int argc, char** argv, const EngineHooks& hooks = {});

}  // namespace kiln::cli
