#include "cli/cancel_question.h"

#include <cctype>
#include <fmt/core.h>
#include <iostream>
#include <string>
#include <unistd.h>

namespace kiln::cli {

bool wants_cancel() {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) return false;
  fmt::print(stderr, "Cancel the job? [y/N] ");
  std::fflush(stderr);
  std::string answer;
  if (!std::getline(std::cin, answer)) fmt::print(stderr, "\n");
  return !answer.empty() && std::tolower(static_cast<unsigned char>(answer[0])) == 'y';
}

}  // namespace kiln::cli
