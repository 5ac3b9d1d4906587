#include "cli/progress_bar.h"

#include <gtest/gtest.h>

namespace kiln::cli {

TEST(ProgressLine, ShowsShareAndTimeLeft) {
  EXPECT_EQ(progress_line(0.5, 12, 10), "[#####-----]  50%  12 s left");
  EXPECT_EQ(progress_line(0.25, 10, 4), "[#---]  25%  30 s left");
}

TEST(ProgressLine, PromisesNothingAtTheStart) { EXPECT_EQ(progress_line(0, 5, 4), "[----]   0%"); }

TEST(ProgressLine, EndsWithTheSecondsItTook) { EXPECT_EQ(progress_line(1, 2.55, 4), "[####] 100%  2.5 s"); }

TEST(ProgressLine, StaysInItsFrame) {
  EXPECT_EQ(progress_line(-1, 0, 4), "[----]   0%");
  EXPECT_EQ(progress_line(7, 1, 4), "[####] 100%  1.0 s");
}

}  // namespace kiln::cli
