// `kiln engine` and `kiln inspect-file`: what `kiln serve` starts, talking to it over a socket. All bytes that clients
// sent are parsed there, behind a sandbox.
#include <fmt/core.h>
#include <memory>
#include <string>
#include <sys/prctl.h>
#include <utility>

#include "base/files.h"
#include "base/log.h"
#include "cli/backend.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"
#include "cli/run.h"
#include "engine/child_process.h"
#include "engine/engine_host.h"
#include "engine/local_engine.h"
#include "engine/process_inspector.h"
#include "engine/sandbox.h"

namespace kiln::cli {
namespace {

struct ServedProcess {
  EngineFlags engine;
  std::string file, media_type;  ///< of `inspect-file`
};

/// What `ps` shows: the server starts its own program by a link that says nothing.
void name_process(const char* name) { ::prctl(PR_SET_NAME, name); }

void confine(const engine::SandboxPaths& paths) {
  for (const std::string& missing : engine::apply_sandbox(paths)) spdlog::warn("engine not confined: {}", missing);
}

int fail(const Error& error) {
  fmt::print(stderr, "kiln: {}\n", error.message);
  return kFailure;
}

int run_engine(const ServedProcess& process, const EngineHooks& hooks) {
  name_process("kiln engine");
  start_logging(process.engine.log_level);
  auto socket = engine::inherited_socket();
  if (!socket) return fail(socket.error());
  const std::filesystem::path& data = process.engine.data;
  confine({{data / "assets"}, {data / "staging", data / "checkpoints"}, process.engine.backend != "cpu"});
  auto factory = renderer_factory(process.engine.backend, process.engine.threads);
  if (hooks.wrap_renderer) factory = hooks.wrap_renderer(std::move(factory));
  engine::host_engine(*std::move(socket), engine::make_local_engine(std::move(factory), options_of(process.engine)),
                      hooks.host);
}

int run_inspection(const ServedProcess& process) {
  name_process("kiln inspect");
  start_logging(process.engine.log_level);
  auto socket = engine::inherited_socket();
  if (!socket) return fail(socket.error());
  confine({{process.file}, {}, false});
  const auto inspector = engine::make_local_inspector(limits_of(process.engine));
  return engine::host_inspection(*std::move(socket), *inspector, process.file, process.media_type);
}

CLI::App* add_hidden(CLI::App& app, const std::string& name, const std::string& what, ServedProcess& process) {
  CLI::App* sub = app.add_subcommand(name, what)->group("");
  add_engine_flags(*sub, process.engine);
  return sub;
}

}  // namespace

void add_engine_command(CLI::App& app, Action& chosen, const EngineHooks& hooks) {
  auto process = std::make_shared<ServedProcess>();
  CLI::App* sub = add_hidden(app, "engine", "Render for the server that started this process", *process);
  sub->callback([process, hooks, &chosen] { chosen = [process, hooks] { return run_engine(*process, hooks); }; });
}

void add_inspect_file_command(CLI::App& app, Action& chosen) {
  auto process = std::make_shared<ServedProcess>();
  CLI::App* sub = add_hidden(app, "inspect-file", "Inspect a file for the server that started this process", *process);
  sub->add_option("--file", process->file)->required();
  sub->add_option("--media-type", process->media_type);
  sub->callback([process, &chosen] { chosen = [process] { return run_inspection(*process); }; });
}

}  // namespace kiln::cli
