#include <filesystem>
#include <fmt/core.h>
#include <memory>
#include <stop_token>

#include "base/hashing.h"
#include "base/job_id.h"
#include "base/log.h"
#include "cli/backend.h"
#include "cli/client_report.h"
#include "cli/commands.h"
#include "cli/output_file.h"
#include "cli/progress_bar.h"
#include "cli/render_options.h"
#include "cli/run.h"
#include "cli/signal_stop.h"
#include "codec/job_json.h"
#include "codec/render_request_json.h"
#include "engine/local_engine.h"

namespace kiln::cli {
namespace {

struct RenderCommand {
  RenderOptions options;
  std::string output;
  std::string backend = "auto";
  unsigned threads = 0;
  bool quiet = false, json = false;
};

int fail(const RenderCommand& command, const Error& e) {
  const std::string place = e.pointer.empty() ? "" : " (at " + e.pointer + ")";
  if (command.json) {
    print_json(to_json(client::local_error(e)));
  } else {
    fmt::print(stderr, "kiln: {}: {}{}\n", command.options.scene, e.message, place);
  }
  return e.code == ErrorCode::cancelled ? kInterrupted : kFailure;
}

/// A file's content stands for it, so that equal files are the same scene to the engine and in the picture's metadata.
Result<std::string> asset_id_of(const std::filesystem::path& file) {
  const auto hash = sha256_of_file(file);
  if (!hash) return hash.error();
  return "sha256:" + *hash;
}

Result<EngineTask> to_task(const RenderCommand& command) {
  const RenderOptions& o = command.options;
  auto request = to_request(o, command.output);
  if (!request) return request.error();
  if (auto writable = check_output(command.output, {o.scene, o.environment}); !writable) return writable.error();
  EngineTask task{random_job_id(), 1, *request, {}, {}, behind_links(command.output), {}};
  if (o.scene.starts_with("sample:")) {
    task.request.scene = o.scene;
  } else {
    const auto id = asset_id_of(o.scene);
    if (!id) return id.error();
    task.request.scene = *id;
    task.scene_file = o.scene;
  }
  if (o.environment.empty()) return task;
  if (const auto color = parse_color(o.environment)) {
    task.request.environment.source = *color;
  } else {
    const auto id = asset_id_of(o.environment);
    if (!id) return id.error();
    task.request.environment.source = *id;
    task.environment_file = o.environment;
  }
  return task;
}

int render(const RenderCommand& command) {
  start_logging("warn");
  const auto task = to_task(command);
  if (!task) return fail(command, task.error());
  engine::LocalEngineOptions options;
  options.reads_folder = true;
  const auto engine = engine::make_local_engine(renderer_factory(command.backend, command.threads), options);
  SignalStop stop;
  Result<RenderReport> report = Error{};
  {
    ProgressBar bar(command.output);
    const auto picture = engine->render(*task,
                                        [&](double progress) {
                                          if (!command.quiet) bar.update(progress);
                                        },
                                        {stop.token(), {}});
    report = picture ? picture->finish() : picture.error();
  }
  if (!report) return fail(command, report.error());
  apply_umask(command.output);
  if (command.json) {
    print_json(
        {{"file", command.output}, {"request", codec::to_json(task->request)}, {"result", codec::to_json(*report)}});
  } else if (!command.quiet) {
    const Region part = region_of(task->request);
    const double pixels = static_cast<double>(pixels_of(task->request));
    fmt::print(
        "{}: {}x{}, {:.4g} samples per pixel, {}: prepared in {:.2f} s, rendered in {:.2f} s ({:.2f} M samples/s)\n",
        command.output, part.width, part.height, static_cast<double>(report->samples) / pixels, report->backend,
        report->prepare_s, report->render_s, static_cast<double>(report->samples) / 1e6 / report->render_s);
  }
  return kSuccess;
}

}  // namespace

void add_render_command(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("render", "Render one picture here, without a server");
  auto command = std::make_shared<RenderCommand>();
  add_render_options(*sub, command->options);
  sub->add_option("-o,--output", command->output, "Picture to write: .png, .jpg, .webp or .exr")
      ->required()
      ->type_name("FILE");
  add_backend_options(*sub, command->backend, command->threads);
  sub->add_flag("-q,--quiet", command->quiet, "Print errors only");
  sub->add_flag("--json", command->json, "Print one JSON document, errors too");
  sub->callback([command, &chosen] { chosen = [command] { return render(*command); }; });
}

}  // namespace kiln::cli
