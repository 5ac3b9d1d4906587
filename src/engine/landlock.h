#pragma once

#include <string>
#include <vector>

#include "engine/sandbox.h"

namespace kiln::engine {

/// Takes every file away from this thread and those that it starts, but for the system's libraries and
/// `paths`; likewise TCP and signals to processes outside, where the kernel knows how. Adds a sentence to `missing`
/// for what could not be had.
void restrict_files(const SandboxPaths& paths, std::vector<std::string>& missing);

}  // namespace kiln::engine
