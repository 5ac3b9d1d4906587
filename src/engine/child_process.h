#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "kiln/error.h"

#include "base/files.h"

namespace kiln::engine {

/// Where a process that ChildProcess started finds its end of the socket.
inline constexpr int kChildSocket = 3;

/// What the kernel holds a child to. 0: no limit.
struct ChildLimits {
  double processor_s = 0;           ///< rounded up to whole seconds
  std::uint64_t address_bytes = 0;  ///< ignored where a sanitizer is compiled in: it reserves terabytes
};

struct ChildCommand {
  std::vector<std::string> argv;  ///< argv[0] is the path of the executable
  ChildLimits limits;
};

/// How a process ended.
struct ProcessEnd {
  int wait_status = 0;  ///< as waitpid() gives it
  bool was_killed_by(int signal_number) const;
  std::string sentence() const;  ///< e.g. "was killed by signal 11 (Segmentation fault)", "exited with status 3"
};

/// A process of our own: a group of its own, so that Ctrl-C on the terminal is the server's to deal with; deaf to
/// SIGINT, SIGTERM and SIGHUP; first in line when memory runs out; ended by the kernel when the thread that started it
/// ends. It has the socket as descriptor 3, stdin from /dev/null, stdout and stderr as our stderr, and no other
/// descriptor of ours.
class ChildProcess {
 public:
  /// Errors: io_error, naming the executable.
  static Result<ChildProcess> start(const ChildCommand& command, FileDescriptor socket);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  /// Kills and reaps it if that has not been done.
  ~ChildProcess();

  pid_t id() const { return id_; }

  /// SIGKILL; nothing when it has been reaped.
  void kill();

  /// Waits for its end and reaps it. Nothing when it lives on after `timeout_s`, or, though killed, hangs in a driver.
  std::optional<ProcessEnd> wait(double timeout_s);

 private:
  ChildProcess(pid_t id, FileDescriptor handle) : id_(id), handle_(std::move(handle)) {}

  pid_t id_ = 0;           ///< 0: moved from
  FileDescriptor handle_;  ///< becomes readable when the process ends
  std::optional<ProcessEnd> end_;
};

/// The resident memory of a process now; 0 when that cannot be told.
std::uint64_t resident_bytes_of(pid_t id);

/// In the child: the socket that its parent gave it. Errors: invalid_request when there is none, that is, when a person
/// called a command that is Kiln's own.
Result<FileDescriptor> inherited_socket();

}  // namespace kiln::engine
