#pragma once

#include <string>
#include <vector>

namespace kiln::engine {

/// Makes the system calls that a renderer has no use for fail with EPERM, in all threads of this process (seccomp).
/// Adds a sentence to `missing` for what could not be had.
void restrict_system_calls(std::vector<std::string>& missing);

}  // namespace kiln::engine
