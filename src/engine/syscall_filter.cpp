#include "engine/syscall_filter.h"

#include <cerrno>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "engine/sanitizers.h"

namespace kiln::engine {
namespace {

// A list of what is forbidden: drivers differ in what they call, and must go on working with the next version.
constexpr const char* kForbidden[] = {
    // connections; CUDA binds an abstract socket of its own, which harms nobody
    "connect",
    // other programs and processes
    "execve", "execveat", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd",
    "pidfd_send_signal", "kcmp", "tkill",
    // the system
    "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsmount", "fspick", "fsconfig",
    "mount_setattr", "swapon", "swapoff", "reboot", "init_module", "finit_module", "delete_module", "kexec_load",
    "kexec_file_load", "acct", "quotactl", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname",
    "setdomainname", "iopl", "ioperm", "syslog",
    // doors to the kernel that have been left open too often
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "keyctl",
    "add_key", "request_key", "unshare", "setns", "open_by_handle_at", "name_to_handle_at", "fanotify_init", "vhangup",
    "lookup_dcookie"};

class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ALLOW)) {}

  /// Forbids a call. One that this library does not know is left out.
  void forbid(const char* name) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number != __NR_SCMP_ERROR) note(::seccomp_rule_add_array(context_.get(), kDeny, number, 0, nullptr));
  }

  /// Forbids a call unless its first argument is this.
  void forbid_but_for(int number, scmp_datum_t first) {
    const scmp_arg_cmp differs{0, SCMP_CMP_NE, first, 0};
    note(::seccomp_rule_add_array(context_.get(), kDeny, number, 1, &differs));
  }

  /// Forbids a call with these bits in an argument.
  void forbid_bits(int number, unsigned argument, scmp_datum_t mask, scmp_datum_t bits) {
    const scmp_arg_cmp has{argument, SCMP_CMP_MASKED_EQ, mask, bits};
    note(::seccomp_rule_add_array(context_.get(), kDeny, number, 1, &has));
  }

  /// Says that there is no such call, for callers that know another one then.
  void hide(const char* name) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number != __NR_SCMP_ERROR) {
      note(::seccomp_rule_add_array(context_.get(), SCMP_ACT_ERRNO(ENOSYS), number, 0, nullptr));
    }
  }

  /// An errno, or 0.
  int load() {
    if (!context_) return ENOMEM;
    note(::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
    if (error_ == 0) note(::seccomp_load(context_.get()));
    return -error_;
  }

 private:
  static constexpr std::uint32_t kDeny = SCMP_ACT_ERRNO(EPERM);

  struct Release {
    void operator()(void* context) const { ::seccomp_release(context); }
  };

  void note(int error) {
    if (error_ == 0) error_ = error;
  }

  std::unique_ptr<void, Release> context_;
  int error_ = 0;
};

}  // namespace

void restrict_system_calls(std::vector<std::string>& missing) {
  const auto self = static_cast<scmp_datum_t>(::getpid());
  Filter filter;
  for (const char* name : kForbidden) filter.forbid(name);
  if (!kIsSanitized) filter.forbid("ptrace");  // the leak sanitizer traces its own process
  filter.forbid_but_for(SCMP_SYS(socket), AF_UNIX);
  constexpr scmp_datum_t kSocketType = 0xf;  // the rest are flags
  // They need no connection to reach the system's log.
  for (const int number : {SCMP_SYS(socket), SCMP_SYS(socketpair)}) {
    filter.forbid_bits(number, 1, kSocketType, SOCK_DGRAM);
  }
  filter.forbid_bits(SCMP_SYS(clone), 0, CLONE_NEWUSER, CLONE_NEWUSER);
  filter.hide("clone3");  // no filter can see its flags
  for (const int number : {SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo)}) {
    filter.forbid_but_for(number, self);
  }
  filter.forbid_but_for(SCMP_SYS(prlimit64), 0);
  if (const int error = filter.load()) {
    missing.push_back("system calls are not restricted: " + std::generic_category().message(error));
  }
}

}  // namespace kiln::engine
