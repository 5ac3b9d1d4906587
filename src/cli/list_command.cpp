#include <algorithm>
#include <cstddef>
#include <fmt/core.h>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "cli/client_report.h"
#include "cli/commands.h"
#include "cli/job_words.h"
#include "cli/run.h"
#include "cli/server_flags.h"
#include "cli/text_table.h"

namespace kiln::cli {
namespace {

using client::Json;
using client::text_at;

constexpr std::size_t kMaxPage = 1000;

struct ListCommand {
  std::vector<std::string> states;
  std::string batch;
  std::size_t limit = 20;
  bool all = false;
  ServerFlags server;
};

std::string target_of(const ListCommand& command, std::size_t limit, const std::string& cursor) {
  std::string target = "/jobs?limit=" + std::to_string(limit);
  if (command.batch.empty()) {
    target += "&order=newest";
  } else {
    target += "&batch=" + client::escaped(command.batch);  // in the order of the batch
  }
  for (std::size_t i = 0; i < command.states.size(); ++i) {
    target += (i == 0 ? "&status=" : ",") + client::escaped(command.states[i]);
  }
  if (!cursor.empty()) target += "&cursor=" + client::escaped(cursor);
  return target;
}

/// As many jobs as are wanted, from as many pages as it takes: {"jobs", "next"}.
client::Answer<Json> fetch_list(const ListCommand& command) {
  auto client = client_of(command.server);
  std::size_t wanted = command.all ? std::numeric_limits<std::size_t>::max() : command.limit;
  Json jobs = Json::array();
  std::string cursor;
  while (true) {
    const auto page = client.get(target_of(command, std::min(wanted, kMaxPage), cursor));
    if (!page) return page.error();
    std::size_t count = 0;
    for (const Json& job : client::member(*page, "jobs")) {
      jobs.push_back(job);
      ++count;
    }
    wanted -= std::min(wanted, count);
    const bool more = client::member(*page, "next").is_string();
    cursor = text_at(*page, "next");
    if (more && wanted > 0 && count > 0) continue;
    return {boost::system::in_place_value, Json{{"jobs", std::move(jobs)}, {"next", more ? Json(cursor) : Json()}}};
  }
}

/// "2026-11-22T08:15:30.042Z" without what a table does not need.
std::string time_words(const std::string& rfc3339) {
  constexpr std::size_t kToSeconds = 19;
  std::string words = rfc3339.substr(0, kToSeconds);
  std::replace(words.begin(), words.end(), 'T', ' ');
  return words;
}

std::string table_of(const Json& jobs) {
  TextTable table({"ID", "CREATED (UTC)", "PICTURE", "STATUS"});
  for (const Json& job : jobs) {
    std::string state = state_words(job);
    if (text_at(job, "status") == "running") {
      state = fmt::format("{:.0f} % {}", client::number_at(job, "progress").value_or(0) * 100, state);
    }
    table.add({printable(text_at(job, "id")), printable(time_words(text_at(job, "created_at"))), picture_words(job),
               std::move(state)});
  }
  return table.text();
}

int list(const ListCommand& command) {
  const auto page = fetch_list(command);
  if (!page) return fail(page.error(), command.server.json);
  if (command.server.json) {
    print_json(*page);
    return kSuccess;
  }
  const Json& jobs = client::member(*page, "jobs");
  if (!jobs.empty()) fmt::print("{}", table_of(jobs));
  if (jobs.empty()) fmt::print(stderr, "There are no such jobs.\n");
  if (client::member(*page, "next").is_string()) fmt::print(stderr, "There are more: --limit N or --all shows them.\n");
  return kSuccess;
}

}  // namespace

void add_list_command(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("list", "List jobs, the newest first");
  auto command = std::make_shared<ListCommand>();
  sub->add_option("--status", command->states, "Only those in these states, with commas between them")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"queued", "running", "cancelling", "succeeded", "failed", "cancelled"}));
  sub->add_option("--batch", command->batch, "Only those of this batch, in its order")->type_name("ID");
  sub->add_option("-n,--limit", command->limit, "At most so many")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}))
      ->capture_default_str();
  sub->add_flag("-a,--all", command->all, "As many as there are");
  add_server_flags(*sub, command->server);
  sub->callback([command, &chosen] { chosen = [command] { return list(*command); }; });
}

}  // namespace kiln::cli
