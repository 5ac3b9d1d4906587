#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "kiln/job.h"

namespace kiln::store {

/// Times stand in the database as microseconds since 1970 (UTC).
inline std::int64_t microseconds(WallTime t) {
  return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
}

inline std::optional<std::int64_t> microseconds(const std::optional<WallTime>& t) {
  return t ? std::optional(microseconds(*t)) : std::nullopt;
}

inline WallTime wall_time(std::int64_t microseconds_since_epoch) {
  return WallTime(std::chrono::microseconds(microseconds_since_epoch));
}

}  // namespace kiln::store
