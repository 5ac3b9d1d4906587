#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kiln/engine.h"

#include "base/files.h"

namespace kiln::engine {

struct ProcessInspectorOptions {
  /// argv of a program that calls host_inspection(); `--file FILE --media-type TYPE` is added. argv[0] is its path.
  std::vector<std::string> command;
  double timeout_s = 60;
  double processor_s = 120;                               ///< of all its threads; 0: no limit
  std::uint64_t address_bytes = std::uint64_t{16} << 30;  ///< 0: no limit
};

/// Inspects each file in a short-lived process of its own. How many run at once is the caller's business.
/// Errors besides those of Inspector: limit_exceeded for time and memory, engine_crashed when the file brought the
/// process down, io_error when it could not be started.
std::unique_ptr<Inspector> make_process_inspector(ProcessInspectorOptions options);

/// The child's side: inspects one file and sends the answer. Returns the exit status.
int host_inspection(FileDescriptor socket, Inspector& inspector, const std::filesystem::path& file,
                    const std::string& media_type);

}  // namespace kiln::engine
