#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kiln::engine {

/// Files and folders that a process needs besides those of the system; a folder stands for all that is in it. In
/// `read_write` regular files may be made, changed, renamed within their folder and removed, nothing else.
struct SandboxPaths {
  std::vector<std::filesystem::path> read_only, read_write;
  bool gpu = false;  ///< its devices and /dev/shm too
};

/// Gives up, for this process and for good, what one that reads untrusted files does not need. Left are: reading the
/// system's libraries, /proc and /sys, and `paths`. Gone are: new privileges, the network, every new connection and
/// datagram, starting programs, looking into other processes or signalling them, core dumps.
/// To be called before any thread is started. Returns a sentence for each thing that this kernel does not offer or that
/// could not be had; empty: everything holds.
std::vector<std::string> apply_sandbox(const SandboxPaths& paths);

}  // namespace kiln::engine
