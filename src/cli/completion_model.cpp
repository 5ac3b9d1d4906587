#include "cli/completion_model.h"

#include <sstream>

namespace kiln::cli {
namespace {

ValueKind kind_of(const CLI::Option& option, const std::vector<std::string>& choices) {
  if (option.get_type_size() == 0 || option.get_expected_max() == 0) return ValueKind::none;
  if (!choices.empty()) return ValueKind::choices;
  const std::string type = option.get_type_name();
  return type.starts_with("FILE") || type.starts_with("TEXT") ? ValueKind::file : ValueKind::other;
}

CompletionOption describe(const CLI::Option& option) {
  CompletionOption result;
  result.description = option.get_description();
  result.choices = choices_of(option);
  result.value = kind_of(option, result.choices);
  if (option.get_positional()) {
    result.names = {option.get_name(true, false)};
    result.is_repeated = option.get_items_expected_max() > 1;
    if (option.get_type_name() == "TEXT") result.value = ValueKind::other;  // an id
    return result;
  }
  for (const std::string& name : option.get_snames()) result.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) result.names.push_back("--" + name);
  return result;
}

CompletionCommand describe(const CLI::App& app) {
  CompletionCommand command{app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    (option->get_positional() ? command.positionals : command.options).push_back(describe(*option));
  }
  return command;
}

}  // namespace

/// CLI11 names a choice by its type and its words: "TEXT:{png,jpeg}".
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find(":{");
  if (open == std::string::npos || !type.ends_with('}')) return {};
  std::istringstream words(type.substr(open + 2, type.size() - open - 3));
  std::vector<std::string> choices;
  for (std::string word; std::getline(words, word, ',');) choices.push_back(word);
  return choices;
}

std::vector<CompletionCommand> commands_of(const CLI::App& app) {
  std::vector<CompletionCommand> commands{describe(app)};
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App* s) { return !s->get_group().empty(); })) {
    commands.push_back(describe(*sub));
  }
  return commands;
}

}  // namespace kiln::cli
