#include <cerrno>
#include <filesystem>
#include <fmt/core.h>
#include <memory>
#include <stop_token>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "base/files.h"
#include "base/hashing.h"
#include "base/job_id.h"
#include "base/log.h"
#include "cli/backend.h"
#include "cli/commands.h"
#include "cli/progress_bar.h"
#include "cli/render_options.h"
#include "cli/run.h"
#include "cli/signal_stop.h"
#include "engine/local_engine.h"

namespace kiln::cli {
namespace {

struct RenderCommand {
  RenderOptions options;
  std::string output;
  std::string backend = "auto";
  unsigned threads = 0;
  bool quiet = false;
};

int fail(const std::string& subject, const Error& e) {
  const std::string place = e.pointer.empty() ? "" : " (at " + e.pointer + ")";
  fmt::print(stderr, "kiln: {}: {}{}\n", subject, e.message, place);
  return e.code == ErrorCode::cancelled ? kInterrupted : kFailure;
}

/// A file's content stands for it, so that equal files are the same scene to the engine and in the picture's metadata.
Result<std::string> asset_id_of(const std::filesystem::path& file) {
  const auto hash = sha256_of_file(file);
  if (!hash) return hash.error();
  return "sha256:" + *hash;
}

/// What would fail after hours of rendering, or destroy what was rendered, is found before it.
Result<void> check_output(const RenderCommand& command) {
  namespace fs = std::filesystem;
  const fs::path output = command.output;
  const fs::path folder = output.has_parent_path() ? output.parent_path() : fs::path(".");
  std::error_code ignored;
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return file_error("cannot write into", folder, errno);
  if (fs::is_directory(output, ignored)) return file_error("cannot write", output, EISDIR);
  for (const std::string& input : {command.options.scene, command.options.environment}) {
    if (!fs::equivalent(output, input, ignored)) continue;
    return Error{ErrorCode::invalid_request, "--output is the file " + input + " itself", ""};
  }
  return {};
}

/// Files of the engine are its own; a picture that a person asked for is as any program makes it.
void apply_umask(const std::string& file) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::chmod(file.c_str(), 0666 & ~mask);
}

Result<EngineTask> to_task(const RenderCommand& command) {
  const RenderOptions& o = command.options;
  auto request = to_request(o, command.output);
  if (!request) return request.error();
  if (auto writable = check_output(command); !writable) return writable.error();
  EngineTask task{random_job_id(), 1, *request, {}, {}, command.output, {}};
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
  if (!task) return fail(command.options.scene, task.error());
  const auto engine = engine::make_local_engine(renderer_factory(command.backend, command.threads));
  SignalStop stop;
  Result<RenderReport> report = Error{};
  {
    ProgressBar bar(command.output);
    const auto finish = engine->render(*task,
                                       [&](double progress) {
                                         if (!command.quiet) bar.update(progress);
                                       },
                                       {stop.token(), {}});
    report = finish ? (*finish)() : finish.error();
  }
  if (!report) return fail(command.options.scene, report.error());
  apply_umask(command.output);
  if (!command.quiet) {
    fmt::print("{}: {}x{}, {} samples per pixel, {}: prepared in {:.2f} s, rendered in {:.2f} s ({:.2f} M samples/s)\n",
               command.output, task->request.width, task->request.height, task->request.samples_per_pixel,
               report->backend, report->prepare_s, report->render_s,
               static_cast<double>(report->samples) / 1e6 / report->render_s);
  }
  return kSuccess;
}

}  // namespace

void add_render_command(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("render", "Render one picture here, without a server");
  auto command = std::make_shared<RenderCommand>();
  add_render_options(*sub, command->options);
  sub->add_option("-o,--output", command->output, "Picture to write: .png, .jpg, .webp or .exr")->required();
  add_backend_options(*sub, command->backend, command->threads);
  sub->add_flag("-q,--quiet", command->quiet, "Print errors only");
  sub->callback([command, &chosen] { chosen = [command] { return render(*command); }; });
}

}  // namespace kiln::cli
