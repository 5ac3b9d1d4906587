#include "cli/output_file.h"

#include <cerrno>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "base/files.h"

namespace kiln::cli {

Result<void> check_output(const std::filesystem::path& output, const std::vector<std::string>& inputs) {
  namespace fs = std::filesystem;
  const fs::path target = behind_links(output);
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  std::error_code ignored;
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return file_error("cannot write into", folder, errno);
  if (fs::is_directory(output, ignored)) return file_error("cannot write", output, EISDIR);
  if (fs::exists(output, ignored) && !fs::is_regular_file(output, ignored)) {
    return Error{ErrorCode::io_error, output.string() + " is no ordinary file: a picture would take its place", ""};
  }
  for (const std::string& input : inputs) {
    if (!fs::equivalent(output, input, ignored)) continue;
    return Error{ErrorCode::invalid_request, "--output is the file " + input + " itself", ""};
  }
  return {};
}

void apply_umask(const std::string& file) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::chmod(file.c_str(), 0666 & ~mask);
}

}  // namespace kiln::cli
