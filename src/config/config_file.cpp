#include "config/config_file.h"

namespace kiln::config {
namespace {

void apply(CLI::App& app, const CLI::ConfigItem& item, const std::filesystem::path& file) {
  CLI::Option* option = item.parents.empty() ? app.get_option_no_throw("--" + item.name) : nullptr;
  if (option == nullptr || item.name == "config" || item.name == "help") {
    throw CLI::ConfigError(file.string() + ": unknown setting '" + item.fullname() + "'");
  }
  if (option->count() > 0) return;
  option->add_result(item.inputs);
  try {
    option->run_callback();
  } catch (const CLI::ParseError& e) {
    throw CLI::ConfigError(file.string() + ": " + e.what());
  }
}

}  // namespace

void apply_config_file(CLI::App& app, const std::filesystem::path& file) {
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_file(file.string())) apply(app, item, file);
}

}  // namespace kiln::config
