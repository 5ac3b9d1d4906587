#include "cli/output_file.h"

#include <cerrno>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "base/files.h"

namespace kiln::cli {

Result<void> check_output(const std::filesystem::path& output, const std::vector<std::string>& inputs) {
  namespace fs = std::filesystem;
  const fs::path folder = output.has_parent_path() ? output.parent_path() : fs::path(".");
  std::error_code ignored;
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return file_error("cannot write into", folder, errno);
  if (fs::is_directory(output, ignored)) return file_error("cannot write", output, EISDIR);
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
