#include <fmt/core.h>
#include <memory>
#include <string>

#include "cli/client_report.h"
#include "cli/commands.h"
#include "cli/job_words.h"
#include "cli/run.h"
#include "cli/server_flags.h"

namespace kiln::cli {
namespace {

struct StatusCommand {
  std::string id;
  ServerFlags server;
};

int status(const StatusCommand& command) {
  const auto job = client_of(command.server).get("/status/" + client::escaped(command.id));
  if (!job) return fail(job.error(), command.server.json);
  if (command.server.json) {
    print_json(*job);
  } else {
    fmt::print("{}", description_of(*job));
  }
  return kSuccess;
}

}  // namespace

void add_status_command(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("status", "Tell how a job or batch stands");
  auto command = std::make_shared<StatusCommand>();
  sub->add_option("id", command->id, "Of a job or batch")->required();
  add_server_flags(*sub, command->server);
  sub->callback([command, &chosen] { chosen = [command] { return status(*command); }; });
}

}  // namespace kiln::cli
