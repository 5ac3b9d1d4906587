#include "http/progress_pace.h"

#include <gtest/gtest.h>

namespace kiln::http {
namespace {

using std::chrono::milliseconds;

const JobId kJob{{1}}, kOther{{2}};

ProgressPace::Time at(int ms) { return ProgressPace::Time() + std::chrono::hours(1) + milliseconds(ms); }

TEST(ProgressPace, TellsTheFirstAtOnceAndKeepsWhatComesTooSoon) {
  ProgressPace pace(milliseconds(250));
  EXPECT_TRUE(pace.report(kJob, at(0)));
  EXPECT_FALSE(pace.next()) << "nothing is kept";
  EXPECT_FALSE(pace.report(kJob, at(10)));
  EXPECT_FALSE(pace.report(kJob, at(249)));
  EXPECT_EQ(pace.next(), at(250));
  EXPECT_TRUE(pace.due(at(249)).empty());
  EXPECT_EQ(pace.due(at(250)), std::vector{kJob});
  EXPECT_FALSE(pace.next());
  EXPECT_FALSE(pace.report(kJob, at(300)));
  EXPECT_EQ(pace.next(), at(500));
}

TEST(ProgressPace, TellsAtMostOnePerIntervalHoweverManyCome) {
  ProgressPace pace(milliseconds(250));
  int told = 0;
  for (int ms = 0; ms < 10'000; ms += 7) {
    told += static_cast<int>(pace.due(at(ms)).size());
    if (pace.report(kJob, at(ms))) ++told;
  }
  EXPECT_LE(told, 40);
  EXPECT_GE(told, 38);
}

TEST(ProgressPace, TellsWhatComesSeldomAtOnce) {
  ProgressPace pace(milliseconds(250));
  for (int ms = 0; ms < 5'000; ms += 250) EXPECT_TRUE(pace.report(kJob, at(ms))) << ms;
}

TEST(ProgressPace, KnowsJobsApartAndForgetsThoseThatEnd) {
  ProgressPace pace(milliseconds(250));
  EXPECT_TRUE(pace.report(kJob, at(0)));
  EXPECT_TRUE(pace.report(kOther, at(100)));
  pace.report(kJob, at(120));
  pace.report(kOther, at(120));
  EXPECT_EQ(pace.next(), at(250));
  pace.forget(kJob);
  EXPECT_EQ(pace.next(), at(350));
  EXPECT_EQ(pace.due(at(400)), std::vector{kOther});
  EXPECT_TRUE(pace.report(kJob, at(130))) << "as if it had never been";
}

}  // namespace
}  // namespace kiln::http
