#include "cli/run.h"

#include <cstdio>
#include <exception>
#include <fmt/core.h>
#include <initializer_list>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/version.h"

namespace kiln::cli {

namespace {

void put_into_group(CLI::App& app, const std::string& group, std::initializer_list<const char*> commands) {
  for (const char* name : commands) app.get_subcommand(name)->group(group);
}

void add_commands(CLI::App& app, Action& chosen, const EngineHooks& hooks) {
  add_serve_command(app, chosen);
  put_into_group(app, "The server", {"serve"});
  add_submit_command(app, chosen);
  add_status_command(app, chosen);
  add_list_command(app, chosen);
  add_watch_command(app, chosen);
  add_result_command(app, chosen);
  add_cancel_command(app, chosen);
  put_into_group(app, "Clients of a server ($KILN_SERVER)", {"submit", "status", "list", "watch", "result", "cancel"});
  add_render_command(app, chosen);
  add_inspect_command(app, chosen);
  add_export_command(app, chosen);
  add_bench_command(app, chosen);
  put_into_group(app, "Without a server", {"render", "inspect", "export", "bench"});
  add_completion_command(app, chosen);
  put_into_group(app, "The shell", {"completion"});
  add_engine_command(app, chosen, hooks);
  add_inspect_file_command(app, chosen);
}

/// Never throws, as fmt::print does where stderr takes no more.
void complain(const std::string& what) { std::fputs(("kiln: " + what + "\n").c_str(), stderr); }

}  // namespace

int run(int argc, char** argv, const EngineHooks& hooks) {
  CLI::App app("Kiln: a render server in one binary. glTF scenes in, path-traced pictures out.", "kiln");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  app.formatter(std::make_shared<Help>());
  app.footer(
      "`kiln COMMAND --help` lists a command's options.\n"
      "Exit status: 0 done, 1 failed, 2 wrong usage, 3 the job was cancelled, 4 no answer from the server,\n"
      "130 interrupted.");
  Action chosen;
  add_commands(app, chosen, hooks);
  try {
    app.parse(argc, argv);
    const int status = chosen();
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    complain("cannot write to stdout");
    return status == kSuccess ? kFailure : status;
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kSuccess : kUsage;
  } catch (const std::exception& e) {
    complain(e.what());
    return kFailure;
  }
}

}  // namespace kiln::cli
