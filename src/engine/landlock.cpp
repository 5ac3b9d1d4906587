#include "engine/landlock.h"

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

#include "base/files.h"

namespace kiln::engine {
namespace {

// What <linux/landlock.h> of Debian 12 does not know yet.
constexpr std::uint64_t kTruncate = 1 << 14, kIoctlOnDevices = 1 << 15;  // since versions 3 and 5
constexpr std::uint64_t kBindTcp = 1 << 0, kConnectTcp = 1 << 1;         // since version 4
constexpr std::uint64_t kAbstractSockets = 1 << 0, kSignals = 1 << 1;    // since version 6

/// struct landlock_ruleset_attr as of version 6. An older kernel takes it when what it does not know is zero.
struct Ruleset {
  std::uint64_t files = 0, network = 0, scopes = 0;
};

constexpr std::uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kRead = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kReadWrite =
    kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;
constexpr std::uint64_t kOfFiles =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | kReadFile | kTruncate | kIoctlOnDevices;

Ruleset everything(int version) {
  Ruleset all;
  all.files = (std::uint64_t{1} << 13) - 1;
  if (version >= 2) all.files |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) all.files |= kTruncate;
  if (version >= 4) all.network = kBindTcp | kConnectTcp;
  if (version >= 5) all.files |= kIoctlOnDevices;
  if (version >= 6) all.scopes = kAbstractSockets | kSignals;
  return all;
}

/// False, with errno, when there is no such file or no such rule.
bool allow(int ruleset, const std::filesystem::path& path, std::uint64_t access) {
  const FileDescriptor fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) return false;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = S_ISDIR(info.st_mode) ? access : access & kOfFiles;
  rule.parent_fd = fd.get();
  return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

void allow_all(int ruleset, const std::vector<std::filesystem::path>& paths, std::uint64_t access,
               std::vector<std::string>& missing) {
  for (const auto& path : paths) {
    if (!allow(ruleset, path, access)) missing.push_back(file_error("the sandbox has no", path, errno).message);
  }
}

/// What any program, OpenSSL, Embree and CUDA look at; what is not there is not needed.
void allow_system(int ruleset) {
  for (const char* path :
       {"/usr", "/lib", "/lib64", "/opt", "/proc", "/sys", "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/ld.so.conf",
        "/etc/ld.so.conf.d", "/etc/localtime", "/etc/ssl/openssl.cnf", "/dev/random", "/dev/urandom", "/dev/zero"}) {
    allow(ruleset, path, kRead);
  }
  allow(ruleset, "/dev/null", kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE);
}

void allow_gpu(int ruleset, std::uint64_t all) {
  for (const char* path : {"/dev/shm", "/dev/dxg"}) allow(ruleset, path, all);
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/dev", ignored)) {
    if (entry.path().filename().string().starts_with("nvidia")) allow(ruleset, entry.path(), all);
  }
}

}  // namespace

void restrict_files(const SandboxPaths& paths, std::vector<std::string>& missing) {
  const auto version =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
  if (version < 1) {
    missing.emplace_back("files are not restricted: this kernel has no Landlock, or it is off");
    return;
  }
  const Ruleset rules = everything(version);
  const std::uint64_t all = rules.files & ~std::uint64_t{LANDLOCK_ACCESS_FS_EXECUTE};
  const FileDescriptor ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0)));
  if (!ruleset) {
    missing.push_back(file_error("files are not restricted: cannot make", "the Landlock ruleset", errno).message);
    return;
  }
  allow_system(ruleset.get());
  if (paths.gpu) allow_gpu(ruleset.get(), all);
  allow_all(ruleset.get(), paths.read_only, kRead, missing);
  allow_all(ruleset.get(), paths.read_write, kReadWrite & rules.files, missing);
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    missing.push_back(file_error("files are not restricted: cannot enforce", "the Landlock ruleset", errno).message);
  }
}

}  // namespace kiln::engine
