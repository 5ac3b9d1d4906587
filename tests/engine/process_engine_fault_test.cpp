// What becomes of a task, of the engine and of the next task when the engine's process breaks.
#include <algorithm>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stop_token>
#include <thread>

#include "engine/process_engine.h"
#include "tests/engine/process_engine_fixture.h"

namespace kiln::engine {
namespace {

using testing::HasSubstr;

class ProcessEngineFault : public test::ProcessEngineTest {
 protected:
  void break_at_start(const std::string& script) {
    options.command.push_back(script);
    options.command.push_back(folder.path() / "marker");  // only the first process
  }
};

struct Breakage {
  const char* scene;
  ErrorCode code;
  const char* message;  ///< a part of it
};

class ProcessEngineBreakage : public ProcessEngineFault, public testing::WithParamInterface<Breakage> {};

TEST_P(ProcessEngineBreakage, EndsTheTaskTellsTheTruthAndIsMended) {
  if (GetParam().code == ErrorCode::engine_stalled) options.stall_s = 1;
  open();
  const auto outcome = render_whole(task(GetParam().scene));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, GetParam().code) << outcome.error().message;
  EXPECT_THAT(outcome.error().message, HasSubstr(GetParam().message));
  EXPECT_TRUE(is_engine_loss(outcome.error().code));
  EXPECT_FALSE(engine->status().ready);
  EXPECT_NE(engine->status().reason, "");
  expect_that_the_next_task_succeeds();
}

constexpr ErrorCode kCrashed = ErrorCode::engine_crashed, kStalled = ErrorCode::engine_stalled;

INSTANTIATE_TEST_SUITE_P(
    Every, ProcessEngineBreakage,
    testing::Values(Breakage{"abort@render", kCrashed, "was killed by signal 6 (Aborted), while loading the scene"},
                    Breakage{"segfault@render", kCrashed, "signal 11"}, Breakage{"exit@render", kCrashed, "status 7"},
                    Breakage{"exit@progress", kCrashed, "status 7, at "},
                    Breakage{"exit@rendered", kCrashed, "encoding"}, Breakage{"exit@encode", kCrashed, "encoding"},
                    Breakage{"exit@encoded", kCrashed, "encoding"},
                    Breakage{"kill@progress", kCrashed, "the system may have run out of memory"},
                    Breakage{"throw@render", kCrashed, "signal 6"}, Breakage{"throw@encode", kCrashed, "signal 6"},
                    Breakage{"garbage@render", kCrashed, "garbage"}, Breakage{"garbage@encode", kCrashed, "garbage"},
                    Breakage{"close@progress", kCrashed, ", at 25%"},
                    Breakage{"stop@render", kStalled, "no news for 1 s, while loading the scene"},
                    Breakage{"stop@progress", kStalled, "no news for 1 s, at 25%"},
                    Breakage{"endless", kStalled, "at 25%"}, Breakage{"deaf", kStalled, "while loading the scene"},
                    Breakage{"hang@encode", kStalled, "while encoding the picture"},
                    Breakage{"hang@rendered", kStalled, "while encoding the picture"},
                    Breakage{"fault", ErrorCode::device_fault, "an illegal address"}),
    [](const auto& test) {
      std::string name = test.param.scene;
      std::replace(name.begin(), name.end(), '@', '_');
      return name;
    });

TEST_F(ProcessEngineFault, ATaskThatHasEndedIsNotTouchedByWhatComesAfter) {
  open();
  const auto report = render_whole(task("exit@finished"));
  EXPECT_TRUE(report) << report.error().message;
  while (engine->status().ready) std::this_thread::yield();  // a moment
  expect_that_the_next_task_succeeds();
}

class ProcessEngineStart : public ProcessEngineFault, public testing::WithParamInterface<const char*> {};

TEST_P(ProcessEngineStart, IsTriedAgain) {
  options.start_s = 0.5;
  break_at_start(GetParam());
  open();
  EXPECT_FALSE(engine->status().ready);
  EXPECT_NE(engine->status().reason, "");
  EXPECT_TRUE(test::has_no_child());
  expect_that_the_next_task_succeeds();
}

INSTANTIATE_TEST_SUITE_P(Every, ProcessEngineStart,
                         testing::Values("abort@start", "exit@start", "exit@hello", "garbage@start", "garbage@hello",
                                         "stop@start", "hang@hello", "close@hello"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '@', '_');
                           return name;
                         });

TEST_F(ProcessEngineFault, AProcessThatBreaksWhileNobodyWaitsIsNotReadyAnyMore) {
  break_at_start("exit@ready");
  open();
  while (engine->status().ready) std::this_thread::yield();  // a moment
  expect_that_the_next_task_succeeds();
}

TEST_F(ProcessEngineFault, AProgramThatCannotBeStartedIsNamed) {
  options.command = {"/nowhere/kiln", "engine"};
  open();
  EXPECT_FALSE(engine->status().ready);
  EXPECT_THAT(engine->status().reason, HasSubstr("/nowhere/kiln"));
  const auto outcome = render(task("ok"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::engine_lost);
}

TEST_F(ProcessEngineFault, OpeningComesBackWhileTheProcessIsStarting) {
  options.open_s = 0.01;
  options.close_s = 0.1;
  break_at_start("hang@hello");
  engine = make_process_engine(options);
  engine->open();
  engine->open();
  EXPECT_FALSE(engine->status().ready);
  EXPECT_EQ(engine->status().reason, "the engine is starting");
}

TEST_F(ProcessEngineFault, AProgramOfAnotherVersionIsRefused) {
  break_at_start("stranger@start");
  open();
  EXPECT_FALSE(engine->status().ready);
  EXPECT_THAT(engine->status().reason, HasSubstr("the engine's program is kiln 0.0.0, this server is kiln"));
  expect_that_the_next_task_succeeds();
}

TEST_F(ProcessEngineFault, AProcessThatClosesItsSocketAndStaysIsKilled) {
  options.command = {"/bin/sh", "-c", "exec 3>&-; exec sleep 1000"};
  open();
  EXPECT_FALSE(engine->status().ready);
  EXPECT_THAT(engine->status().reason, HasSubstr("closed its socket"));
  EXPECT_TRUE(test::has_no_child());
}

TEST_F(ProcessEngineFault, WaitsLongerAndLongerBetweenStartsThatFail) {
  options.command = {"/nowhere/kiln"};
  options.first_backoff_s = 1000;
  options.last_backoff_s = 1000;
  open();
  const std::string reason = engine->status().reason;
  engine->open();  // returns though the time has not come
  EXPECT_EQ(engine->status().reason, reason);
}

TEST_F(ProcessEngineFault, APictureThatIsBeingEncodedIsLostWithTheNextTask) {
  open();
  EngineTask slow = task("ok");
  slow.environment_file = folder.path() / "never";
  auto first = render(slow);
  ASSERT_TRUE(first);
  EXPECT_EQ(render(task("segfault@progress")).error().code, ErrorCode::engine_crashed);
  const auto report = first->finish();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::engine_crashed);
  EXPECT_THAT(report.error().message, HasSubstr("while encoding the picture"));
}

/// The session is closed for the next task while the process that left by itself is still being waited for.
TEST_F(ProcessEngineFault, ATaskThatBrokeTheProcessIsToldSoThoughTheNextOneFollowsAtOnce) {
  open();
  auto first = render(task("close@rendered"));
  ASSERT_TRUE(first);
  while (engine->status().ready) std::this_thread::yield();  // a moment
  expect_that_the_next_task_succeeds();
  EXPECT_EQ(first->finish().error().code, ErrorCode::engine_crashed);
}

TEST_F(ProcessEngineFault, APictureIsFinishedBeforeADeviceFaultEndsTheProcess) {
  open();
  EngineTask slow = task("ok");
  slow.environment_file = folder.path() / "go on";
  auto first = render(slow);
  ASSERT_TRUE(first);
  auto second = std::async(std::launch::async, [&] { return render(task("fault")).error().code; });
  std::ofstream(slow.environment_file) << "now";
  EXPECT_TRUE(first->finish());
  EXPECT_EQ(second.get(), ErrorCode::device_fault);
}

TEST_F(ProcessEngineFault, AStallWhileEncodingDoesNotHideBehindTheNextRender) {
  options.stall_s = 0.3;
  open();
  EngineTask slow = task("ok");
  slow.environment_file = folder.path() / "never";
  auto first = render(slow);
  ASSERT_TRUE(first);
  const auto next = render(task("patient"));  // goes on with news for ever
  EXPECT_EQ(next.error().code, ErrorCode::engine_lost);
  EXPECT_THAT(next.error().message, HasSubstr("another job"));
  EXPECT_EQ(first->finish().error().code, ErrorCode::engine_stalled);
}

TEST_F(ProcessEngineFault, ACancelledRenderAnswersAlthoughTheEngineIsDeaf) {
  options.cancel_grace_s = 0.05;
  options.cancel_kill_s = 0.3;
  open();
  std::stop_source cancel;
  on_progress = [&](double) { cancel.request_stop(); };
  EXPECT_EQ(render(task("deaf but busy"), {cancel.get_token(), {}}).error().code, ErrorCode::cancelled);
  expect_that_the_next_task_succeeds();  // not its fault
}

TEST_F(ProcessEngineFault, ATaskThatWaitsForADeafOneCanBeCancelledToo) {
  options.cancel_grace_s = 0.01;
  open();
  std::stop_source cancel;
  on_progress = [&](double) { cancel.request_stop(); };
  EXPECT_EQ(render(task("deaf but busy"), {cancel.get_token(), {}}).error().code, ErrorCode::cancelled);
  EXPECT_EQ(render(task("ok"), {cancel.get_token(), {}}).error().code, ErrorCode::cancelled);
}

TEST_F(ProcessEngineFault, ASuspendedRenderThatIsNotHeardEndsAsCancelled) {
  options.suspend_s = 0.2;
  open();
  std::stop_source suspend;
  on_progress = [&](double) { suspend.request_stop(); };
  EXPECT_EQ(render(task("deaf but busy"), {{}, suspend.get_token()}).error().code, ErrorCode::cancelled);
  expect_that_the_next_task_succeeds();
}

TEST_F(ProcessEngineFault, ATaskThatIsCancelledAsTheProcessBreaksIsCancelled) {
  open();
  std::stop_source cancel;
  on_progress = [&](double) { cancel.request_stop(); };
  EXPECT_EQ(render(task("brittle"), {cancel.get_token(), {}}).error().code, ErrorCode::cancelled);
  expect_that_the_next_task_succeeds();
}

TEST_F(ProcessEngineFault, TheTimeLimitIsKeptByForce) {
  options.time_limit_grace_s = 0.1;
  open();
  EngineTask t = task("deaf but busy");
  t.request.time_limit_s = 0.1f;
  const auto outcome = render(t);
  EXPECT_EQ(outcome.error().code, ErrorCode::time_limit_exceeded);
  EXPECT_FALSE(is_engine_loss(outcome.error().code));
  expect_that_the_next_task_succeeds();
}

TEST_F(ProcessEngineFault, ClosingDoesNotWaitForARenderOrAStoppedProcess) {
  options.close_s = 0.1;
  options.cancel_grace_s = 0.01;
  open();
  std::stop_source cancel;
  on_progress = [&](double) { cancel.request_stop(); };
  EXPECT_EQ(render(task("stop@progress"), {cancel.get_token(), {}}).error().code, ErrorCode::cancelled);
  engine.reset();
  EXPECT_TRUE(test::has_no_child());
}

TEST_F(ProcessEngineFault, ManyLossesLeaveNothingBehind) {
  open();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(render(task("abort@progress")).error().code, ErrorCode::engine_crashed);
    expect_that_the_next_task_succeeds();
  }
}

}  // namespace
}  // namespace kiln::engine
