#include "engine/attempt.h"

#include <gtest/gtest.h>

namespace kiln::engine {
namespace {

class AttemptClock : public testing::Test {
 protected:
  AttemptClock() {
    options.stall_s = 100;
    options.time_limit_grace_s = 2;
    options.suspend_s = 10;
    task.request.time_limit_s = 5.0f;
    task.request.width = 5000;
    task.request.height = 2500;
  }

  static Clock::time_point at(double s) { return after(Clock::time_point(), s); }
  ErrorCode overdue_code(double s) const {
    const auto error = attempt().overdue(at(s));
    return error ? error->code : ErrorCode::internal;
  }
  Attempt& attempt() const {
    if (!attempt_) attempt_.emplace(task, options);
    return *attempt_;
  }

  ProcessEngineOptions options;
  EngineTask task;

 private:
  mutable std::optional<Attempt> attempt_;
};

TEST_F(AttemptClock, DoesNotRunWhileOthersAreBeforeIt) {
  EXPECT_EQ(attempt().deadline(), Clock::time_point::max());
  EXPECT_FALSE(attempt().overdue(at(1e6)));
}

TEST_F(AttemptClock, OfTheTimeLimitStartsWhenTheEngineBegins) {
  attempt().note_progress(0, at(1000));
  attempt().note_progress(0.5, at(1006));
  EXPECT_EQ(attempt().deadline(), at(1007));
  EXPECT_FALSE(attempt().overdue(at(1006.9)));
  EXPECT_EQ(overdue_code(1007), ErrorCode::time_limit_exceeded);
}

TEST_F(AttemptClock, OfNewsStartsAtTheTurnOfATaskThatIsNeverBegun) {
  attempt().note_turn(at(50));
  attempt().note_turn(at(60));  // no news
  EXPECT_FALSE(attempt().overdue(at(149)));
  EXPECT_EQ(overdue_code(150), ErrorCode::engine_stalled);
}

TEST_F(AttemptClock, OfNewsStartsAgainWithEachNews) {
  task.request.time_limit_s.reset();
  attempt().note_progress(0, at(0));
  attempt().note_progress(0, at(90));
  EXPECT_EQ(attempt().phase(), Phase::loading);
  attempt().note_progress(0.5, at(180));
  EXPECT_EQ(attempt().where(), "at 50%");
  EXPECT_FALSE(attempt().overdue(at(279)));
  EXPECT_EQ(overdue_code(280), ErrorCode::engine_stalled);
}

TEST_F(AttemptClock, StandsStillWhileAPictureWaitsToBeEncoded) {
  attempt().note_progress(1, at(0));
  attempt().note_rendered({});
  EXPECT_EQ(attempt().deadline(), Clock::time_point::max());
  attempt().note_turn(at(500));
  EXPECT_EQ(attempt().deadline(), at(600));
  attempt().note_progress(1, at(501));
  EXPECT_EQ(attempt().deadline(), at(601));
  EXPECT_EQ(attempt().phase(), Phase::encoding);
}

TEST_F(AttemptClock, LeavesTimeToWriteALargeCheckpoint) {
  task.request.time_limit_s.reset();
  attempt().note_progress(0.5, at(0));
  attempt().note_stop(StopKind::suspend, at(0));
  EXPECT_EQ(attempt().deadline(), at(14));  // 200 MB at 50 MB/s
}

}  // namespace
}  // namespace kiln::engine
