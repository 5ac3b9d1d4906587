#pragma once

#include <string>
#include <vector>

#include "cli/completion_model.h"

/// Completion scripts for the commands of an app, which comes first among them (commands_of()). Each is to be sourced
/// by its shell.
namespace kiln::cli {

std::string bash_completion(const std::vector<CompletionCommand>& commands);
std::string zsh_completion(const std::vector<CompletionCommand>& commands);
std::string fish_completion(const std::vector<CompletionCommand>& commands);

}  // namespace kiln::cli
