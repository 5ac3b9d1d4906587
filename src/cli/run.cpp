#include "cli/run.h"

#include <cstdio>
#include <exception>
#include <fmt/core.h>
#include <memory>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/version.h"

namespace kiln::cli {

int run(int argc, char** argv, const EngineHooks& hooks) {
  CLI::App app("Kiln: a render server in one binary. glTF scenes in, path-traced pictures out.", "kiln");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  app.formatter(std::make_shared<Help>());
  app.footer("`kiln COMMAND --help` lists a command's options.");
  Action chosen;
  add_serve_command(app, chosen);
  add_render_command(app, chosen);
  add_inspect_command(app, chosen);
  add_bench_command(app, chosen);
  add_engine_command(app, chosen, hooks);
  add_inspect_file_command(app, chosen);
  try {
    app.parse(argc, argv);
    return chosen();
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kSuccess : kUsage;
  } catch (const std::exception& e) {
    fmt::print(stderr, "kiln: {}\n", e.what());
    return kFailure;
  }
}

}  // namespace kiln::cli
