#include "cli/completion_scripts.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace kiln::cli {
namespace {

using Commands = std::vector<CompletionCommand>;

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
  return fmt::format("{}", fmt::join(words, between));
}

/// All that may stand at the place of a command: commands and the app's own options.
std::vector<std::string> first_words(const Commands& commands) {
  std::vector<std::string> words;
  for (std::size_t i = 1; i < commands.size(); ++i) words.push_back(commands[i].name);
  return words;
}

std::vector<std::string> option_names(const CompletionCommand& command) {
  std::vector<std::string> names;
  for (const CompletionOption& option : command.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

// bash

std::string bash_values(const CompletionOption& option) {
  switch (option.value) {
    case ValueKind::choices:
      return "_kiln_words '" + joined(option.choices) + "'";
    case ValueKind::file:
      return "_kiln_files";
    default:
      return ":";
  }
}

std::string bash_case(const CompletionCommand& command, const std::vector<std::string>& first) {
  std::string text = "      case $previous in\n";
  for (const CompletionOption& option : command.options) {
    if (option.value == ValueKind::none) continue;
    text += fmt::format("        {}) {}; return ;;\n", joined(option.names, "|"), bash_values(option));
  }
  text += "      esac\n      if [[ $current == -* ]]; then\n";
  text += "        _kiln_words '" + joined(option_names(command)) + "'\n      else\n        ";
  if (!first.empty()) {
    text += "_kiln_words '" + joined(first) + "'";
  } else {
    text += command.positionals.empty() ? ":" : bash_values(command.positionals.front());
  }
  return text + "\n      fi ;;\n";
}

// zsh

std::string zsh_escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
      continue;
    }
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string zsh_values(const CompletionOption& option) {
  if (option.value == ValueKind::choices) return "(" + joined(option.choices) + ")";
  return option.value == ValueKind::file ? "_files" : " ";
}

/// '(-o --output)'{-o,--output}'[description]:value:_files'
std::string zsh_spec(const CompletionOption& option) {
  const bool several = option.names.size() > 1;
  std::string spec = several ? fmt::format("'({})'{{{}}}'", joined(option.names), joined(option.names, ","))
                             : "'" + option.names.front();
  spec += "[" + zsh_escaped(option.description) + "]";
  if (option.value != ValueKind::none) spec += ":value:" + zsh_values(option);
  return spec + "'";
}

std::string zsh_case(const CompletionCommand& command) {
  std::string text = fmt::format("    {})\n      _arguments -s -S", command.name);
  for (const CompletionOption& option : command.options) text += " \\\n        " + zsh_spec(option);
  for (const CompletionOption& positional : command.positionals) {
    const char* place = positional.is_repeated ? "*" : "";
    text +=
        fmt::format(" \\\n        '{}:{}:{}'", place, zsh_escaped(positional.names.front()), zsh_values(positional));
  }
  return text + " ;;\n";
}

// fish

std::string fish_escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string fish_values(const CompletionOption& option) {
  if (option.value == ValueKind::choices) return " -x -a '" + joined(option.choices) + "'";
  return option.value == ValueKind::file ? " -r -F" : " -x";
}

std::string fish_lines(const CompletionCommand& command, const std::string& condition) {
  std::string text;
  const std::string start = fmt::format("complete -c kiln -n '{}'", condition);
  for (const CompletionOption& option : command.options) {
    text += start;
    for (const std::string& name : option.names) {
      text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (option.value != ValueKind::none) text += fish_values(option);
    text += " -d '" + fish_escaped(option.description) + "'\n";
  }
  for (const CompletionOption& positional : command.positionals) {
    if (positional.value == ValueKind::file) text += start + " -F\n";
    if (positional.value == ValueKind::choices) text += start + " -f -a '" + joined(positional.choices) + "'\n";
  }
  return text;
}

}  // namespace

std::string bash_completion(const Commands& commands) {
  std::string text = R"(# Completion of kiln for bash: source <(kiln completion bash)
_kiln_take() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done
}
_kiln_words() { _kiln_take < <(compgen -W "$1" -- "$current"); }
_kiln_files() {
  _kiln_take < <(compgen -f -- "$current")
  compopt -o filenames 2>/dev/null
}
_kiln() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command='' i
  COMPREPLY=()
  if [[ $current == '=' ]]; then current=''; elif [[ $previous == '=' ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} != -* ]]; then command=${COMP_WORDS[i]}; break; fi
  done
  case $command in
)";
  text += "    '')\n" + bash_case(commands.front(), first_words(commands));
  for (std::size_t i = 1; i < commands.size(); ++i)
    text += "    " + commands[i].name + ")\n" + bash_case(commands[i], {});
  return text + "  esac\n}\ncomplete -F _kiln kiln\n";
}

std::string zsh_completion(const Commands& commands) {
  std::string text = R"(#compdef kiln
# Completion of kiln for zsh: source <(kiln completion zsh), or as the file _kiln in a folder of $fpath
_kiln() {
  local -a commands
  commands=(
)";
  for (std::size_t i = 1; i < commands.size(); ++i) {
    text += fmt::format("    '{}:{}'\n", commands[i].name, zsh_escaped(commands[i].description));
  }
  text += "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    _arguments -s -S";
  for (const CompletionOption& option : commands.front().options) text += " \\\n      " + zsh_spec(option);
  text += "\n    return\n  fi\n  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n";
  for (std::size_t i = 1; i < commands.size(); ++i) text += zsh_case(commands[i]);
  return text +
         "  esac\n}\nif [ \"$funcstack[1]\" = _kiln ]; then _kiln \"$@\"; elif (( $+functions[compdef] )); then "
         "compdef "
         "_kiln kiln; fi\n";
}

std::string fish_completion(const Commands& commands) {
  std::string text = "# Completion of kiln for fish: kiln completion fish | source\ncomplete -c kiln -f\n";
  for (std::size_t i = 1; i < commands.size(); ++i) {
    text += fmt::format("complete -c kiln -n __fish_use_subcommand -a {} -d '{}'\n", commands[i].name,
                        fish_escaped(commands[i].description));
  }
  text += fish_lines(commands.front(), "__fish_use_subcommand");
  for (std::size_t i = 1; i < commands.size(); ++i) {
    text += fish_lines(commands[i], "__fish_seen_subcommand_from " + commands[i].name);
  }
  return text;
}

}  // namespace kiln::cli
