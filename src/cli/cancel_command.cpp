#include <fmt/core.h>
#include <memory>
#include <string>
#include <vector>

#include "cli/client_report.h"
#include "cli/commands.h"
#include "cli/job_words.h"
#include "cli/run.h"
#include "cli/server_flags.h"

namespace kiln::cli {
namespace {

using client::Json;

struct CancelCommand {
  std::vector<std::string> ids;
  ServerFlags server;
};

/// All of them are tried; the exit status is the first failure's.
int cancel(const CancelCommand& command) {
  auto client = client_of(command.server);
  Json answers = Json::array();
  int status = kSuccess;
  for (const std::string& id : command.ids) {
    const auto job = client.post("/cancel/" + client::escaped(id), nullptr);
    if (!job && status == kSuccess) status = exit_status_of(job.error());
    if (command.server.json) {
      Json answer = job ? *job : to_json(job.error());
      if (!job) answer["id"] = id;
      answers.push_back(std::move(answer));
    } else if (job) {
      fmt::print("{} {}\n", id, state_words(*job));
    } else {
      fail(job.error(), false);
    }
    if (!job && job.error().trouble != client::Trouble::refused) break;
  }
  if (command.server.json) print_json(answers);
  return status;
}

}  // namespace

void add_cancel_command(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("cancel", "Stop jobs or batches");
  auto command = std::make_shared<CancelCommand>();
  sub->add_option("id", command->ids, "Of jobs or batches")->required();
  add_server_flags(*sub, command->server);
  sub->callback([command, &chosen] { chosen = [command] { return cancel(*command); }; });
}

}  // namespace kiln::cli
