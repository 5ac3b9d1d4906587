#include <fmt/core.h>
#include <memory>
#include <string>

#include "cli/client_report.h"
#include "cli/commands.h"
#include "cli/follow_job.h"
#include "cli/job_words.h"
#include "cli/run.h"
#include "cli/server_flags.h"
#include "cli/signal_stop.h"

namespace kiln::cli {
namespace {

struct WatchCommand {
  std::string id;
  ServerFlags server;
  bool quiet = false;
};

int watch(const WatchCommand& command) {
  const SignalStop stop;
  auto client = client_of(command.server);
  const auto job = follow_job(client, command.id, command.server.timeout_s, command.quiet, stop.token());
  if (!job) return fail(job.error(), command.server.json);
  const int status = exit_status_of(*job);
  if (command.server.json) {
    print_json(*job);
  } else if (status == kSuccess) {
    fmt::print("{} succeeded\n", command.id);
  } else {
    fmt::print(stderr, "kiln: {}\n", ending_words(*job));
  }
  return status;
}

}  // namespace

void add_watch_command(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("watch", "Follow a job or batch until it is over");
  auto command = std::make_shared<WatchCommand>();
  sub->add_option("id", command->id, "Of a job or batch")->required();
  sub->add_flag("-q,--quiet", command->quiet, "Show no progress");
  add_server_flags(*sub, command->server);
  sub->callback([command, &chosen] { chosen = [command] { return watch(*command); }; });
}

}  // namespace kiln::cli
