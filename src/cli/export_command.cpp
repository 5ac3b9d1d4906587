#include <fmt/core.h>
#include <memory>
#include <string>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/output_file.h"
#include "cli/run.h"
#include "scene/export_glb.h"
#include "scene/samples.h"

namespace kiln::cli {
namespace {

struct ExportCommand {
  std::string sample, output;
};

Result<void> export_sample(const ExportCommand& command) {
  if (auto can = check_output(command.output, {}); !can) return can;
  constexpr std::string_view kPrefix = "sample:";
  if (!command.sample.starts_with(kPrefix))
    return Error{ErrorCode::unknown_sample, command.sample + " is no sample: they begin with sample:", ""};
  const auto scene = make_sample(std::string_view(command.sample).substr(kPrefix.size()));
  if (!scene) return scene.error();
  const auto file = scene::export_glb(**scene);
  if (!file) return file.error();
  auto written = write_file_atomically(behind_links(command.output), *file);
  if (written) apply_umask(command.output);
  return written;
}

int run_export(const ExportCommand& command) {
  const auto done = export_sample(command);
  if (done) return kSuccess;
  fmt::print(stderr, "kiln: {}\n", done.error().message);
  return kFailure;
}

}  // namespace

void add_export_command(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("export", "Write a sample scene as a .glb file for other programs");
  auto command = std::make_shared<ExportCommand>();
  sub->add_option("sample", command->sample, "sample:<name>, one without textures")->required();
  sub->add_option("-o,--output", command->output, "The .glb file")->required();
  sub->callback([command, &chosen] { chosen = [command] { return run_export(*command); }; });
}

}  // namespace kiln::cli
