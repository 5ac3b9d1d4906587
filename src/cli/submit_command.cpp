#include <csignal>
#include <cstdio>
#include <fmt/core.h>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/job_id.h"
#include "cli/cancel_question.h"
#include "cli/client_report.h"
#include "cli/commands.h"
#include "cli/fetch_result.h"
#include "cli/follow_job.h"
#include "cli/job_words.h"
#include "cli/output_file.h"
#include "cli/provide_asset.h"
#include "cli/run.h"
#include "cli/server_flags.h"
#include "cli/signal_stop.h"
#include "cli/submission.h"
#include "client/event_stream.h"

namespace kiln::cli {
namespace {

using client::Answer;
using client::Json;
using client::Trouble;

struct SubmitCommand {
  SubmissionOptions what;
  ServerFlags server;
  bool wait = false, quiet = false;
};

/// One run of the command.
class Submission {
 public:
  explicit Submission(const SubmitCommand& command) : command_(command), client_(client_of(command.server)) {}

  int run() {
    if (const auto possible = check(); !possible) return fail(possible.error(), command_.server.json);
    const auto job = accept();
    if (!job) return fail(job.error(), command_.server.json);
    id_ = client::text_at(*job, "id");
    if (!command_.wait) return tell_accepted(*job);
    if (!command_.server.json && command_.what.output != "-") tell_accepted(*job);
    return wait(*job);
  }

 private:
  /// What is known to fail is found before anything is sent.
  Answer<void> check() const {
    const RenderOptions& picture = command_.what.picture;
    const std::string& output = command_.what.output;
    if (const auto body = render_body(command_.what, picture.scene, is_file(picture.environment) ? "?" : ""); !body) {
      return body.error();
    }
    if (output.empty() || output == "-") return {};
    const auto writable = check_output(output, {picture.scene, picture.environment});
    if (!writable) return client::local_error(writable.error());
    return {};
  }

  static bool is_file(const std::string& environment) {
    return !environment.empty() && !parse_color(environment).has_value();
  }

  Answer<std::string> asset_for(const std::string& name, bool lacking) {
    if (is_on_server(name)) return name;
    return provide_asset(client_, name, lacking, command_.quiet, stop_.token());
  }

  Answer<Json> accept() {
    for (bool lacking = false;; lacking = true) {
      const RenderOptions& picture = command_.what.picture;
      const auto scene = asset_for(picture.scene, lacking);
      if (!scene) return scene.error();
      Answer<std::string> environment = std::string();
      if (is_file(picture.environment)) environment = asset_for(picture.environment, lacking);
      if (!environment) return environment.error();
      const auto body = render_body(command_.what, *scene, *environment);
      if (!body) return body.error();
      auto job = post(*body);
      // It may have expired on the server since we asked for it.
      const bool has_files = !is_on_server(picture.scene) || is_file(picture.environment);
      const bool expired = !job && job.error().code == code_name(ErrorCode::unknown_asset) && has_files && !lacking;
      if (!expired) return job;
    }
  }

  /// A connection that breaks leaves open whether the job was accepted; the key makes it safe to ask again.
  Answer<Json> post(const Json& body) {
    const std::string& given = command_.what.idempotency_key;
    const std::string key = given.empty() ? to_string(random_job_id()) : given;
    const Stopwatch away;
    while (true) {
      auto job = client_.post("/render", body, {"Idempotency-Key: " + key});
      const bool broken =
          !job && (job.error().trouble == Trouble::unreachable || job.error().trouble == Trouble::timed_out);
      if (!broken || !client_.has_answered() || away.seconds() >= command_.server.timeout_s) return job;
      if (!client::wait_for(1, true, stop_.token())) return job;
    }
  }

  int tell_accepted(const Json& job) const {
    if (command_.server.json) {
      print_json(job);
    } else {
      fmt::print("{}\n", id_);
      std::fflush(stdout);
    }
    return kSuccess;
  }

  int wait(const Json& accepted) {
    auto job = follow(stop_.token());
    if (!job && job.error().trouble == Trouble::interrupted) {
      if (stop_.signal() != SIGINT || !wants_cancel()) return leave(accepted);
      const auto cancelled = client_.post("/cancel/" + id_, nullptr);
      const bool too_late = !cancelled && cancelled.error().code == code_name(ErrorCode::job_finished);
      if (!cancelled && !too_late) return fail(cancelled.error(), command_.server.json);
      job = follow({});
    }
    if (!job) return fail(job.error(), command_.server.json);
    return end(*job);
  }

  Answer<Json> follow(const std::stop_token& stop) {
    return follow_job(client_, id_, command_.server.timeout_s, command_.quiet, stop);
  }

  int leave(const Json& accepted) const {
    if (command_.server.json) print_json(accepted);
    fmt::print(stderr, "The job goes on. To come back to it: kiln watch {}{}\n", id_, server_words(command_.server));
    return kInterrupted;
  }

  /// Also a job that was stopped may have a picture, which it was asked to keep.
  int end(const Json& job) {
    const bool has_picture = client::member(job, "result").is_object();
    if (!command_.what.output.empty() && has_picture) {
      const std::stop_token stop = stop_.signal() == 0 ? stop_.token() : std::stop_token();  // it was answered
      const auto file = fetch_result(client_, id_, command_.what.output, command_.server.timeout_s, stop);
      if (!file) return fail(file.error(), command_.server.json);
      if (!command_.quiet && *file != "-") fmt::print(stderr, "{}: {}\n", *file, picture_words(job));
    }
    const int status = exit_status_of(job);
    if (command_.server.json) {
      print_json(job);
    } else if (status != kSuccess) {
      fmt::print(stderr, "kiln: {}\n", ending_words(job));
    }
    return status;
  }

  const SubmitCommand& command_;
  SignalStop stop_;  // before the client, which may start threads
  client::ServerClient client_;
  std::string id_;
};

int submit(const SubmitCommand& command) {
  if (command.server.json && command.what.output == "-") {
    return fail(client::local_error({ErrorCode::invalid_request, "--json and --output - both want stdout", ""}), true);
  }
  return Submission(command).run();
}

}  // namespace

void add_submit_command(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("submit", "Have a server render a picture; prints the job's id");
  auto command = std::make_shared<SubmitCommand>();
  add_submission_options(*sub, command->what);
  auto* wait = sub->add_flag("-w,--wait", command->wait, "Wait until it is over; Ctrl-C asks whether to cancel it");
  sub->add_option("-o,--output", command->what.output, "Wait and write the picture here; - is stdout")
      ->type_name("FILE");
  sub->add_flag("-q,--quiet", command->quiet, "Show no progress");
  add_server_flags(*sub, command->server);
  sub->callback([command, wait, &chosen] {
    command->wait = wait->count() > 0 || !command->what.output.empty();
    chosen = [command] { return submit(*command); };
  });
}

}  // namespace kiln::cli
