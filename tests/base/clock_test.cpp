#include "base/clock.h"

#include <gtest/gtest.h>

namespace kiln {

TEST(Clock, WritesUtcWithMilliseconds) {
  const WallTime t{std::chrono::milliseconds(1'700'000'000'042)};
  EXPECT_EQ(rfc3339(t), "2023-11-14T22:13:20.042Z");
}

TEST(Clock, WritesTimesBeforeTheEpoch) {
  EXPECT_EQ(rfc3339(WallTime{std::chrono::milliseconds(-1)}), "1969-12-31T23:59:59.999Z");
}

}  // namespace kiln
