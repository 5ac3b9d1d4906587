#include "engine/sandbox.h"

#include <algorithm>
#include <cerrno>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <system_error>

#include "engine/landlock.h"
#include "engine/syscall_filter.h"

namespace kiln::engine {
namespace {

constexpr rlim_t kDescriptors = 1024;  ///< CUDA alone takes some fifty

bool lower_limit(__rlimit_resource resource, rlim_t value) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return false;
  limit.rlim_cur = std::min(limit.rlim_cur, value);
  limit.rlim_max = std::min(limit.rlim_max, value);
  return ::setrlimit(resource, &limit) == 0;
}

}  // namespace

std::vector<std::string> apply_sandbox(const SandboxPaths& paths) {
  std::vector<std::string> missing;
  if (!lower_limit(RLIMIT_CORE, 0) || !lower_limit(RLIMIT_NOFILE, kDescriptors)) {
    missing.push_back("limits are not set: " + std::generic_category().message(errno));
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    missing.push_back("new privileges are not ruled out: " + std::generic_category().message(errno));
  }
  restrict_files(paths, missing);
  restrict_system_calls(missing);
  return missing;
}

}  // namespace kiln::engine
