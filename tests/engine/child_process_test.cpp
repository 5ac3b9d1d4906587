#include "engine/child_process.h"

#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "engine/wire.h"
#include "tests/engine/process_engine_fixture.h"

namespace kiln::engine {
namespace {

using testing::HasSubstr;
constexpr double kHangGuard_s = 60;

struct Started {
  FileDescriptor socket;
  ChildProcess process;
};

/// A shell that runs `script`.
Started start(const std::string& script) {
  auto ends = make_socket_pair();
  auto process = ChildProcess::start({{"/bin/sh", "-c", script}, {}}, std::move(ends.value().second));
  return {std::move(ends->first), std::move(process.value())};
}

/// What `script` writes to its socket until it ends.
std::string output_of(const std::string& script) {
  const Started child = start(script);
  std::string all;
  char piece[256];
  for (ssize_t n = 0; (n = ::read(child.socket.get(), piece, sizeof piece)) > 0;)
    all.append(piece, static_cast<std::size_t>(n));
  return all;
}

std::string end_of(const std::string& script) {
  Started child = start(script);
  return child.process.wait(kHangGuard_s).value().sentence();
}

TEST(ChildProcess, SaysHowItEnded) {
  EXPECT_EQ(end_of("exit 3"), "exited with status 3");
  EXPECT_EQ(end_of("kill -SEGV $$"), "was killed by signal 11 (Segmentation fault)");
}

TEST(ChildProcess, HasTheSocketAndTheUsualThreeAndNoOtherDescriptor) {
  const FileDescriptor leaky(::fcntl(STDERR_FILENO, F_DUPFD, 20));       // not closed by exec
  EXPECT_EQ(output_of("exec ls /proc/self/fd >&3"), "0\n1\n2\n3\n4\n");  // 4 is the folder that ls reads
  EXPECT_EQ(output_of("readlink /proc/$$/fd/0 >&3"), "/dev/null\n");
}

TEST(ChildProcess, ASignalThatIsIgnoredHereIsNotIgnoredThere) {
  const auto before = ::signal(SIGUSR1, SIG_IGN);
  EXPECT_THAT(end_of("kill -USR1 $$; exit 0"), HasSubstr("signal 10"));
  ::signal(SIGUSR1, before);
}

TEST(ChildProcess, IsAGroupOfItsOwnAndTheFirstThatLackOfMemoryTakes) {
  const Started child = start("exec sleep 1000");
  EXPECT_EQ(::getpgid(child.process.id()), child.process.id());
  EXPECT_EQ(test::text_of("/proc/" + std::to_string(child.process.id()) + "/oom_score_adj"), "800\n");
}

TEST(ChildProcess, IsKilledAndReapedByTheDestructor) {
  pid_t id = 0;
  {
    const Started child = start("exec sleep 1000");
    id = child.process.id();
  }
  EXPECT_EQ(::kill(id, 0), -1);
  EXPECT_TRUE(test::has_no_child());
}

TEST(ChildProcess, WaitsNoLongerThanItIsTold) {
  Started child = start("exec sleep 1000");
  EXPECT_FALSE(child.process.wait(0.01));
  child.process.kill();
  EXPECT_TRUE(child.process.wait(kHangGuard_s)->was_killed_by(SIGKILL));
}

TEST(ChildProcess, NamesAProgramThatIsNotThere) {
  auto ends = make_socket_pair();
  const auto process = ChildProcess::start({{"/nowhere/kiln"}, {}}, std::move(ends->second));
  ASSERT_FALSE(process);
  EXPECT_THAT(process.error().message, HasSubstr("/nowhere/kiln: No such file or directory"));
  EXPECT_TRUE(test::has_no_child());
}

TEST(ChildProcess, TellsTheResidentMemoryOfAProcess) {
  EXPECT_GT(resident_bytes_of(::getpid()), 100'000u);
  EXPECT_EQ(resident_bytes_of(0x7fffffff), 0u);
}

TEST(InheritedSocket, IsNotThereForAPerson) {
  if (::fcntl(kChildSocket, F_GETFD) >= 0) GTEST_SKIP() << "descriptor 3 is in use by who runs the tests";
  EXPECT_EQ(inherited_socket().error().code, ErrorCode::invalid_request);
}

}  // namespace
}  // namespace kiln::engine
