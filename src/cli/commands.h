#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "cli/run.h"

namespace kiln::cli {

/// A command defines its options on a subcommand of `app` and sets `chosen` when it was named: what to run once all is
/// parsed. The returned int is the exit status.
using Action = std::function<int()>;

void add_serve_command(CLI::App& app, Action& chosen);
void add_render_command(CLI::App& app, Action& chosen);
void add_inspect_command(CLI::App& app, Action& chosen);
void add_export_command(CLI::App& app, Action& chosen);
void add_bench_command(CLI::App& app, Action& chosen);

// Clients of a running server.
void add_submit_command(CLI::App& app, Action& chosen);
void add_status_command(CLI::App& app, Action& chosen);
void add_list_command(CLI::App& app, Action& chosen);
void add_watch_command(CLI::App& app, Action& chosen);
void add_result_command(CLI::App& app, Action& chosen);
void add_cancel_command(CLI::App& app, Action& chosen);

/// Completes all commands and options that `app` has once it is chosen.
void add_completion_command(CLI::App& app, Action& chosen);

// The processes that a server starts for itself; not in the list of commands.
void add_engine_command(CLI::App& app, Action& chosen, const EngineHooks& hooks);
void add_inspect_file_command(CLI::App& app, Action& chosen);

}  // namespace kiln::cli
