#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace kiln::cli {

enum class ValueKind {
  none,     ///< a flag
  choices,  ///< one of few words
  file,
  other  ///< nothing that a shell could propose
};

/// What a shell can complete, of one option or positional argument.
struct CompletionOption {
  std::vector<std::string> names;  ///< "-o", "--output"; of a positional argument its name
  std::string description;
  ValueKind value = ValueKind::none;
  std::vector<std::string> choices;
  bool is_repeated = false;  ///< a positional argument that may come several times
};

struct CompletionCommand {
  std::string name, description;
  std::vector<CompletionOption> options, positionals;
};

/// The commands of `app` that its help lists, and first the app itself, by its own name.
std::vector<CompletionCommand> commands_of(const CLI::App& app);

/// The words that an option's value is one of; empty for any other.
std::vector<std::string> choices_of(const CLI::Option& option);

}  // namespace kiln::cli
