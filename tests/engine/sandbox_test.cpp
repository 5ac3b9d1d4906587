#include "engine/sandbox.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "base/files.h"
#include "base/hashing.h"
#include "tests/store/temp_folder.h"

namespace kiln::engine {
namespace {

constexpr int kHolds = 0, kBroken = 1, kNotOffered = 77;

bool mentions(const std::vector<std::string>& sentences, const std::string& part) {
  return std::any_of(sentences.begin(), sentences.end(),
                     [&](const auto& s) { return s.find(part) != std::string::npos; });
}

/// Runs `holds` in a process that has applied the sandbox; kNotOffered when this kernel misses `feature`.
int in_sandbox(const SandboxPaths& paths, const std::string& feature, const std::function<bool()>& holds) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto missing = apply_sandbox(paths);
    ::_exit(mentions(missing, feature) ? kNotOffered : holds() ? kHolds : kBroken);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kBroken;
}

class Sandbox : public testing::Test {
 protected:
  Sandbox() {
    for (const char* name : {"assets", "staging", "database"}) {
      std::filesystem::create_directory(folder.path() / name);
      std::ofstream(folder.path() / name / "old") << "text";
    }
    paths.read_only = {folder.path() / "assets"};
    paths.read_write = {folder.path() / "staging"};
  }

  void expect(const std::string& feature, const std::function<bool()>& holds) {
    const int outcome = in_sandbox(paths, feature, holds);
    if (outcome == kNotOffered) GTEST_SKIP() << "this kernel does not offer it: " << feature;
    EXPECT_EQ(outcome, kHolds);
  }
  void expect_files(const std::function<bool()>& holds) { expect("files are not restricted", holds); }
  void expect_calls(const std::function<bool()>& holds) { expect("system calls are not restricted", holds); }

  bool can_open(const char* name, int flags) const { return can_open_path(folder.path() / name, flags); }
  static bool can_open_path(const std::filesystem::path& path, int flags) {
    return static_cast<bool>(FileDescriptor(::open(path.c_str(), flags | O_CLOEXEC, 0600)));
  }

  kiln::test::TempFolder folder;
  SandboxPaths paths;
};

TEST_F(Sandbox, ReadsItsOwnFoldersOnly) {
  expect_files([this] {
    return can_open("assets/old", O_RDONLY) && can_open("staging/old", O_RDONLY) &&
           !can_open("database/old", O_RDONLY) && !can_open_path("/etc/passwd", O_RDONLY) &&
           !can_open_path("/root", O_RDONLY | O_DIRECTORY);
  });
}

TEST_F(Sandbox, WritesWhereItMayWriteOnly) {
  expect_files([this] {
    return !can_open("assets/old", O_WRONLY) && !can_open("assets/new", O_WRONLY | O_CREAT) &&
           !can_open("database/new", O_WRONLY | O_CREAT) &&
           !can_open_path("/tmp/kiln-sandbox-test", O_WRONLY | O_CREAT) &&
           can_open("staging/new", O_WRONLY | O_CREAT) &&
           write_file_atomically(folder.path() / "staging" / "whole", {}) &&
           ::unlink((folder.path() / "staging/old").c_str()) == 0;
  });
}

TEST_F(Sandbox, MakesNothingButRegularFiles) {
  expect_files([this] {
    const std::string in = folder.path() / "staging" / "new", old = folder.path() / "staging" / "old";
    return ::symlink("/etc/passwd", in.c_str()) != 0 && ::mkfifo(in.c_str(), 0600) != 0 &&
           ::mkdir(in.c_str(), 0700) != 0 && ::mknod(in.c_str(), S_IFSOCK | 0600, 0) != 0 &&
           ::rename(old.c_str(), in.c_str()) == 0;
  });
}

TEST_F(Sandbox, ASingleFileCanBeAllowed) {
  paths = {{folder.path() / "database" / "old"}, {}};
  expect_files([this] { return can_open("database/old", O_RDONLY) && !can_open("assets/old", O_RDONLY); });
}

TEST_F(Sandbox, HoldsForThreadsThatAreStartedLater) {
  expect_files([this] {
    bool could = true;
    std::thread([&] { could = can_open("database/old", O_RDONLY); }).join();
    return !could;
  });
}

TEST_F(Sandbox, SaysWhichFolderIsNotThere) {
  paths.read_only.push_back(folder.path() / "missing");
  EXPECT_EQ(in_sandbox(paths, "missing: No such file", [] { return true; }), kNotOffered);
}

TEST_F(Sandbox, HasNoNetwork) {
  expect_calls([] {
    return ::socket(AF_INET, SOCK_STREAM, 0) == -1 && errno == EPERM && ::socket(AF_INET6, SOCK_DGRAM, 0) == -1 &&
           ::socket(AF_NETLINK, SOCK_RAW, 0) == -1;
  });
}

TEST_F(Sandbox, MakesNoConnection) {
  expect_calls([] {
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    const sockaddr address{AF_UNIX, {}};
    return socket && ::connect(socket.get(), &address, sizeof address) == -1 && errno == EPERM;
  });
}

TEST_F(Sandbox, SendsNoDatagram) {
  expect_calls([] {
    std::array<int, 2> ends{};
    return ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) == -1 && errno == EPERM &&
           ::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()) == -1;
  });
}

TEST_F(Sandbox, IsNobodysRoot) {
  expect_calls([] {
    return ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr) == -1 && errno == EPERM &&
           ::syscall(SYS_clone3, nullptr, 0) == -1 && errno == ENOSYS;
  });
}

TEST_F(Sandbox, StartsNoProgram) {
  expect_calls([] {
    char name[] = "/bin/true";
    char* argv[] = {name, nullptr};
    return ::execv(name, argv) == -1 && errno == EPERM;
  });
}

TEST_F(Sandbox, SignalsNobodyElse) {
  const pid_t parent = ::getpid();
  expect_calls([parent] { return ::kill(parent, 0) == -1 && errno == EPERM && ::kill(::getpid(), 0) == 0; });
}

TEST_F(Sandbox, GainsNoPrivilegesAndLeavesNoCore) {
  expect("limits are not set", [] {
    rlimit core{1, 1};
    return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0;
  });
}

TEST_F(Sandbox, LeavesWhatARendererNeeds) {
  expect_files([] {
    std::thread([] {}).join();
    return can_open_path("/proc/self/status", O_RDONLY) && can_open_path("/dev/null", O_RDWR) &&
           can_open_path("/dev/urandom", O_RDONLY) && can_open_path("/proc/meminfo", O_RDONLY) &&
           Sha256().hex().size() == 64;
  });
}

}  // namespace
}  // namespace kiln::engine
