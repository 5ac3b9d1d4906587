#include "engine/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "engine/sanitizers.h"

namespace kiln::engine {
namespace {

constexpr int kReportPipe = kChildSocket + 1;
constexpr double kAfterKill_s = 10;

/// All that the child needs between fork and exec, made before: there it may not allocate.
struct Launch {
  std::vector<char*> argv;
  int socket, report, null;
  pid_t parent;
  rlim_t processor_s, address_bytes;  ///< 0: no limit
};

/// Over the soft limit of processor time comes SIGXCPU, which tells what happened; over the hard one SIGKILL.
void limit(int resource, rlim_t value) {
  const rlimit both{value, value + 1};
  if (value != 0) ::setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

/// What the parent does with signals is not the child's business; nor are those that ask it to end: the parent has the
/// last word on when the child does.
void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// The engine can be had again, the server's clients cannot: the kernel shall take the engine first.
void volunteer_for_lack_of_memory() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t n = ::write(file, "800", 3);
  ::close(file);
}

bool arrange_descriptors(const Launch& launch) {
  // First out of the way of 0 to 4, then where they belong.
  const int socket = ::fcntl(launch.socket, F_DUPFD, kReportPipe + 1);
  const int report = ::fcntl(launch.report, F_DUPFD, kReportPipe + 1);
  const int null = ::fcntl(launch.null, F_DUPFD, kReportPipe + 1);
  if (::fcntl(STDERR_FILENO, F_GETFD) < 0) ::dup2(null, STDERR_FILENO);
  return socket >= 0 && report >= 0 && null >= 0 && ::dup2(null, STDIN_FILENO) >= 0 &&
         ::dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 && ::dup2(socket, kChildSocket) >= 0 &&
         ::dup3(report, kReportPipe, O_CLOEXEC) >= 0 && ::close_range(kReportPipe + 1, ~0U, 0) == 0;
}

/// The child, between fork and exec of a process with many threads: only what is async-signal-safe.
[[noreturn]] void become(const Launch& launch) {
  reset_signals();
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) ::_exit(0);  // it died before it could be noticed
  volunteer_for_lack_of_memory();
  limit(RLIMIT_CPU, launch.processor_s);
  limit(RLIMIT_AS, launch.address_bytes);
  int report = launch.report;
  if (arrange_descriptors(launch)) {
    report = kReportPipe;
    ::execv(launch.argv[0], launch.argv.data());
  }
  const int error_number = errno;
  [[maybe_unused]] const ssize_t n = ::write(report, &error_number, sizeof error_number);
  ::_exit(127);
}

/// The errno that kept the child from its executable; 0 when it has begun.
int read_report(int pipe) {
  int error_number = 0;
  ssize_t n = 0;
  do {
    n = ::read(pipe, &error_number, sizeof error_number);
  } while (n < 0 && errno == EINTR);
  return n == sizeof error_number ? error_number : 0;
}

std::vector<char*> pointers_of(const std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  pointers.reserve(argv.size() + 1);
  for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void reap(pid_t id) {
  while (::waitpid(id, nullptr, 0) < 0 && errno == EINTR) continue;
}

}  // namespace

bool ProcessEnd::was_killed_by(int signal_number) const {
  return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == signal_number;
}

std::string ProcessEnd::sentence() const {
  if (!WIFSIGNALED(wait_status)) return "exited with status " + std::to_string(WEXITSTATUS(wait_status));
  const int number = WTERMSIG(wait_status);
  const char* description = ::sigdescr_np(number);
  return "was killed by signal " + std::to_string(number) + " (" + (description ? description : "unknown") + ")";
}

Result<ChildProcess> ChildProcess::start(const ChildCommand& command, FileDescriptor socket) {
  const std::filesystem::path executable = command.argv.empty() ? "" : command.argv[0];
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return file_error("cannot start", executable, errno);
  const FileDescriptor report(ends[0]);
  FileDescriptor reporter(ends[1]);
  const FileDescriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) return file_error("cannot open", "/dev/null", errno);

  const ChildLimits& limits = command.limits;
  const Launch launch{pointers_of(command.argv),
                      socket.get(),
                      reporter.get(),
                      null.get(),
                      ::getpid(),
                      static_cast<rlim_t>(std::ceil(limits.processor_s)),
                      kIsSanitized ? 0 : static_cast<rlim_t>(limits.address_bytes)};
  const pid_t id = ::fork();
  if (id == 0) become(launch);
  if (id < 0) return file_error("cannot start", executable, errno);
  reporter.close();
  socket.close();
  if (const int error_number = read_report(report.get())) {
    reap(id);
    return file_error("cannot start", executable, error_number);
  }
  ChildProcess child(id, FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, id, 0))));
  if (!child.handle_) return file_error("cannot watch", executable, errno);
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, 0)), handle_(std::move(other.handle_)), end_(other.end_) {}

ChildProcess::~ChildProcess() {
  if (id_ == 0 || end_) return;
  kill();
  wait(kAfterKill_s);
}

void ChildProcess::kill() {
  if (id_ != 0 && !end_) ::kill(id_, SIGKILL);
}

std::optional<ProcessEnd> ChildProcess::wait(double timeout_s) {
  if (end_ || id_ == 0) return end_;
  const auto by = std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_s);
  while (true) {
    int wait_status = 0;
    // Where there is no handle (the system has no more descriptors) the process was killed: it ends soon.
    if (::waitpid(id_, &wait_status, handle_ ? WNOHANG : 0) == id_) return end_ = ProcessEnd{wait_status};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(by - std::chrono::steady_clock::now());
    if (left.count() <= 0) return {};
    pollfd ended{handle_.get(), POLLIN, 0};
    // The handle may tell of the end a moment before the process can be reaped.
    if (::poll(&ended, 1, static_cast<int>(left.count())) > 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::uint64_t resident_bytes_of(pid_t id) {
  std::ifstream file("/proc/" + std::to_string(id) + "/statm");
  std::uint64_t total_pages = 0, resident_pages = 0;
  if (!(file >> total_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

Result<FileDescriptor> inherited_socket() {
  int kind = 0;
  socklen_t size = sizeof kind;
  if (::getsockopt(kChildSocket, SOL_SOCKET, SO_DOMAIN, &kind, &size) != 0 || kind != AF_UNIX) {
    return Error{ErrorCode::invalid_request, "this command is for the server to start, not for people", ""};
  }
  ::fcntl(kChildSocket, F_SETFD, FD_CLOEXEC);
  return FileDescriptor(kChildSocket);
}

}  // namespace kiln::engine
