#pragma once

#include <chrono>
#include <string>

#include "kiln/job.h"

namespace kiln {

/// RFC 3339 in UTC with milliseconds, e.g. "2026-11-22T08:15:30.042Z".
std::string rfc3339(WallTime t);

/// Measures durations; not moved by changes of the wall clock.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace kiln
