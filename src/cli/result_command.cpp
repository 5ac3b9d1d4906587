#include <fmt/core.h>
#include <memory>
#include <string>

#include "cli/client_report.h"
#include "cli/commands.h"
#include "cli/fetch_result.h"
#include "cli/follow_job.h"
#include "cli/job_words.h"
#include "cli/output_file.h"
#include "cli/run.h"
#include "cli/server_flags.h"
#include "cli/signal_stop.h"

namespace kiln::cli {
namespace {

struct ResultCommand {
  std::string id, output;
  ServerFlags server;
  bool wait = false, quiet = false;
};

int result(const ResultCommand& command) {
  const bool json = command.server.json, to_stdout = command.output == "-";
  if (json && to_stdout) {
    return fail(client::local_error({ErrorCode::invalid_request, "--json and --output - both want stdout", ""}), true);
  }
  if (!command.output.empty() && !to_stdout) {
    const auto writable = check_output(command.output, {});
    if (!writable) return fail(client::local_error(writable.error()), json);
  }
  const SignalStop stop;
  auto client = client_of(command.server);
  const double patience_s = command.server.timeout_s;
  if (command.wait) {
    const auto job = follow_job(client, command.id, patience_s, command.quiet, stop.token());
    if (!job) return fail(job.error(), json);
  }
  const auto file = fetch_result(client, command.id, command.output, patience_s, stop.token());
  if (!file) return fail(file.error(), json);
  if (json) {
    print_json({{"id", command.id}, {"file", *file}});
  } else if (!to_stdout) {
    fmt::print("{}\n", *file);
  }
  return kSuccess;
}

}  // namespace

void add_result_command(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("result", "Fetch a job's picture or a batch's ZIP; prints the file's name");
  auto command = std::make_shared<ResultCommand>();
  sub->add_option("id", command->id, "Of a job or batch")->required();
  sub->add_option("-o,--output", command->output, "File to write; - is stdout; omitted: the server's name for it, here")
      ->type_name("FILE");
  sub->add_flag("-w,--wait", command->wait, "Wait until it is over");
  sub->add_flag("-q,--quiet", command->quiet, "Show no progress");
  add_server_flags(*sub, command->server);
  sub->callback([command, &chosen] { chosen = [command] { return result(*command); }; });
}

}  // namespace kiln::cli
