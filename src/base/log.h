#pragma once

#include <spdlog/spdlog.h>
#include <string>

namespace kiln {

/// Logs go to stderr, one line an event: time, level, text. Levels: trace, debug, info, warn, error, off.
/// Call once at start; use spdlog::info(...) and friends afterwards, from any thread.
void start_logging(const std::string& level);

}  // namespace kiln
