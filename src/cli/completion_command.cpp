#include <fmt/core.h>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/completion_scripts.h"
#include "cli/run.h"

namespace kiln::cli {
namespace {

int print_completion(const CLI::App& app, const std::string& shell) {
  const auto commands = commands_of(app);
  const auto script = shell == "bash" ? bash_completion : shell == "zsh" ? zsh_completion : fish_completion;
  fmt::print("{}", script(commands));
  return kSuccess;
}

}  // namespace

void add_completion_command(CLI::App& app, Action& chosen) {
  CLI::App* sub = app.add_subcommand("completion", "Print a completion script for a shell, which is to source it");
  auto shell = std::make_shared<std::string>();
  sub->add_option("shell", *shell, "The shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  sub->callback([&app, shell, &chosen] { chosen = [&app, shell] { return print_completion(app, *shell); }; });
}

}  // namespace kiln::cli
