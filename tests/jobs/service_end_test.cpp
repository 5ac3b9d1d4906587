// How jobs end early and begin again.
#include <atomic>
#include <future>
#include <gtest/gtest.h>

#include "base/job_id.h"
#include "jobs/service.h"
#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

bool has_result(const World& world, const JobId& id) {
  return std::filesystem::exists(world.blobs->path(store::BlobFolder::results, to_string(id)));
}

TEST(Cancel, TakesAQueuedJobOutAtOnce) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  world.submit();
  const JobId queued = world.submit();
  world.until([&] { return gate.begun() == 1; });
  service.cancel(queued, [](Result<JobPtr>) {});
  EXPECT_EQ(world.state(queued), JobState::cancelled);
  EXPECT_EQ(service.stats().queue_depth, 0u);
  gate.let_succeed();
  const JobId next = world.submit();
  gate.let_succeed();
  world.until_state(next, JobState::succeeded);
  EXPECT_EQ(world.engine.tasks().size(), 2u) << "the cancelled job must never reach the engine";
  EXPECT_EQ(service.result(queued).error().code, ErrorCode::cancelled);
}

TEST(Cancel, OfAQueuedJobIsInTheStoresHandsBeforeAnybodyHearsOfIt) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  world.submit();
  world.until([&] { return gate.begun() == 1; });
  const JobId id = world.submit();
  std::optional<bool> given;
  const Subscription listening = service.subscribe([&](const JobEvent& event) {
    if (event.kind == JobEventKind::finished) given = world.store.calls.back().second == event.job;
  });
  ASSERT_TRUE(world.cancel(id));
  EXPECT_EQ(given, true) << "a crash in between would tell of a cancelled job and then render it";
}

TEST(Cancel, StopsARunningJob) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId id = world.submit();
  world.until([&] { return gate.begun() == 1; });
  world.settle();
  service.cancel(id, [](Result<JobPtr>) {});
  EXPECT_EQ(world.state(id), JobState::cancelling);
  ASSERT_TRUE(world.cancel(id)) << "asking twice is no error";
  world.until_state(id, JobState::cancelled);
  EXPECT_TRUE(service.find(id).job->finished_at);
  world.until([&] { return !has_result(world, id); });
  const JobId next = world.submit();
  gate.let_succeed();
  world.until_state(next, JobState::succeeded);
}

TEST(Cancel, WinsOverAPictureThatWasDoneInTheMeantime) {
  std::atomic<bool> begun{false};
  std::promise<void> finish;
  World world([&](const EngineTask& task, const ProgressSink&, std::stop_token) {
    begun = true;
    finish.get_future().wait();  // deaf to the stop
    return paint(task);
  });
  Service& service = world.start();
  const JobId id = world.submit();
  world.until([&] { return begun.load(); });
  service.cancel(id, [](Result<JobPtr>) {});
  EXPECT_EQ(world.state(id), JobState::cancelling);
  finish.set_value();
  world.until_state(id, JobState::cancelled);
  world.until([&] { return !has_result(world, id); });
}

TEST(Cancel, IsTooLateForAFinishedJob) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  const JobId id = world.submit();
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  EXPECT_EQ(world.cancel(id).error().code, ErrorCode::job_finished);
  EXPECT_EQ(world.cancel(random_job_id()).error().code, ErrorCode::unknown_job);
}

TEST(Remove, DeletesAFinishedJobAndItsPicture) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId id = world.submit();
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  ASSERT_TRUE(has_result(world, id));
  ASSERT_TRUE(world.remove(id));
  world.until([&] { return !has_result(world, id); });
  EXPECT_FALSE(service.find(id).job);
  EXPECT_EQ(world.store.calls.back().first, "remove");
  EXPECT_EQ(world.remove(id).error().code, ErrorCode::unknown_job);
}

TEST(Remove, KeepsTheJobWhenTheStoreFails) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId id = world.submit();
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  world.store.remove_error = Error{ErrorCode::io_error, "no", ""};
  EXPECT_EQ(world.remove(id).error().code, ErrorCode::io_error);
  EXPECT_TRUE(service.find(id).job);
  EXPECT_TRUE(has_result(world, id));
}

TEST(Remove, NeedsARunningJobToBeCancelledFirst) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId running = world.submit(), queued = world.submit();
  world.until([&] { return gate.begun() == 1; });
  world.settle();
  EXPECT_EQ(world.remove(running).error().code, ErrorCode::job_not_finished);
  ASSERT_TRUE(world.remove(queued));
  EXPECT_FALSE(service.find(queued).job);
  ASSERT_TRUE(world.cancel(running));
  world.until_state(running, JobState::cancelled);
  ASSERT_TRUE(world.remove(running));
}

TEST(EngineLoss, BeginsTheJobAgainBeforeAllOthers) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId lost = world.submit(), other = world.submit();
  gate.let_fail(ErrorCode::engine_crashed);
  gate.let_succeed();
  gate.let_succeed();
  world.until_state(other, JobState::succeeded);
  const auto tasks = world.engine.tasks();
  ASSERT_EQ(tasks.size(), 3u);
  EXPECT_EQ(tasks[0].id, lost);
  EXPECT_EQ(tasks[1].id, lost);
  EXPECT_EQ(tasks[1].attempt, 2u);
  EXPECT_EQ(service.find(lost).job->state, JobState::succeeded);
  EXPECT_EQ(service.find(lost).job->engine_losses, 1u);
}

TEST(EngineLoss, FencesTheStoreByTheAttemptBefore) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  const JobId id = world.submit();
  world.until([&] { return gate.begun() == 1; });
  world.settle();  // changes that wait for the store together would reach it as one
  gate.let_fail(ErrorCode::engine_crashed);
  world.until([&] { return gate.begun() == 2; });
  world.settle();
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  // started 1, requeued (as 2, if it still is 1), started 2, succeeded 2
  EXPECT_EQ(world.store.expected_attempts, (std::vector<std::uint32_t>{1, 1, 2, 2}));
}

TEST(EngineLoss, FailsTheJobWhenTheAttemptsAreUsedUp) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start({.attempts = 3, .samples = {}});
  const JobId id = world.submit();
  for (int i = 0; i < 3; ++i) gate.let_fail(ErrorCode::engine_crashed);
  world.until_state(id, JobState::failed);
  EXPECT_EQ(service.find(id).job->error->code, ErrorCode::engine_crashed);
  EXPECT_EQ(service.find(id).job->error->message, "as the test says; 3 attempts were made");
  EXPECT_EQ(service.find(id).job->attempt, 3u);
  EXPECT_EQ(gate.begun(), 3);
}

TEST(EngineLoss, IsWhateverEndsTheEngineAndNotTheJob) {
  using enum ErrorCode;
  for (const ErrorCode code : {engine_crashed, engine_stalled, device_fault, out_of_device_memory}) {
    Gate gate;
    World world(gate.behaviour());
    Service& service = world.start({.samples = {}});
    const JobId once = world.submit(), always = world.submit();
    gate.let_fail(code);
    gate.let_succeed();
    gate.let_fail(code);
    gate.let_fail(code);
    world.until_state(always, JobState::failed);
    EXPECT_EQ(world.state(once), JobState::succeeded) << code_name(code);
    EXPECT_EQ(service.find(always).job->error->code, code);
    std::vector<std::optional<ErrorCode>> reasons;
    for (const JobEvent& event : world.events) {
      if (event.kind == JobEventKind::requeued) reasons.push_back(event.reason);
    }
    EXPECT_EQ(reasons, (std::vector<std::optional<ErrorCode>>{code, code}));
  }
}

TEST(EngineLoss, ThatAnotherJobCausedIsNotHeldAgainstAJob) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start({.attempts = 1, .samples = {}});
  const JobId id = world.submit();
  for (int i = 0; i < 3; ++i) gate.let_fail(ErrorCode::engine_lost);
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  EXPECT_EQ(service.find(id).job->attempt, 4u);
  EXPECT_EQ(service.find(id).job->engine_losses, 0u);
}

TEST(EngineLoss, ThatComesWithoutEndEndsTheJob) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start({.attempts = 1, .samples = {}});
  const JobId id = world.submit();
  for (int i = 0; i < 10; ++i) gate.let_fail(ErrorCode::engine_lost);
  world.until_state(id, JobState::failed);
  EXPECT_EQ(service.find(id).job->error->message, "as the test says; 10 attempts were made");
}

TEST(EngineLoss, IsNotWhatTheJobItselfBrings) {
  using enum ErrorCode;
  for (const ErrorCode code : {invalid_scene, out_of_memory, time_limit_exceeded, storage_full, internal}) {
    Gate gate;
    World world(gate.behaviour());
    Service& service = world.start();
    const JobId id = world.submit();
    gate.let_fail(code);
    world.until_state(id, JobState::failed);
    EXPECT_EQ(service.find(id).job->error->code, code);
    EXPECT_EQ(service.find(id).job->attempt, 1u);
    EXPECT_EQ(service.find(id).job->error->message, "as the test says");
  }
}

TEST(EngineLoss, LateProgressOfTheOldAttemptChangesNothing) {
  std::atomic<int> attempts{0};
  World world([&](const EngineTask& task, const ProgressSink& progress, std::stop_token) -> Result<RenderReport> {
    if (++attempts == 1) {
      progress(0.9);
      return Error{ErrorCode::engine_lost, "gone", ""};
    }
    return paint(task);
  });
  world.start();
  const JobId id = world.submit();
  world.until_state(id, JobState::succeeded);
  double latest = 0;
  for (const JobEvent& event : world.events) {
    if (event.kind == JobEventKind::started) latest = event.job->progress;
  }
  EXPECT_EQ(latest, 0) << "the second attempt starts from nothing";
  EXPECT_EQ(world.service->find(id).job->attempt, 2u);
}

TEST(EngineLoss, OfAJobThatIsBeingCancelledEndsIt) {
  std::atomic<bool> begun{false};
  World world([&](const EngineTask&, const ProgressSink&, std::stop_token stop) -> Result<RenderReport> {
    begun = true;
    std::mutex m;
    std::condition_variable_any never;
    std::unique_lock lock(m);
    never.wait(lock, stop, [] { return false; });
    return Error{ErrorCode::engine_lost, "gone", ""};
  });
  world.start();
  const JobId id = world.submit();
  world.until([&] { return begun.load(); });
  ASSERT_TRUE(world.cancel(id));
  world.until_state(id, JobState::cancelled);
}

TEST(Drain, StopsTheRunningJobAndLeavesTheQueue) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId running = world.submit(), queued = world.submit();
  world.until([&] { return gate.begun() == 1; });
  world.settle();
  bool quiet = false;
  service.drain([&] { quiet = true; });
  EXPECT_TRUE(service.draining());
  EXPECT_EQ(world.submit_and_wait().error().code, ErrorCode::draining);
  world.until([&] { return quiet; });
  EXPECT_EQ(world.state(running), JobState::queued);
  EXPECT_EQ(service.find(running).position, 1u);
  EXPECT_EQ(service.find(running).job->attempt, 2u);
  EXPECT_EQ(service.find(running).job->engine_losses, 0u);
  EXPECT_EQ(service.find(queued).position, 2u);
  EXPECT_TRUE(world.engine.suspended) << "it goes on from its checkpoint";
  world.settle();
  EXPECT_EQ(gate.begun(), 1);
}

TEST(Drain, WaitsForTheStore) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  world.store.hold = true;
  bool quiet = false, answered = false;
  service.submit({World::request()}, [&](const Result<Accepted>& accepted) { answered = accepted.has_value(); });
  service.drain([&] { quiet = true; });
  world.settle();
  EXPECT_FALSE(quiet);
  world.store.release();
  world.until([&] { return quiet; });
  EXPECT_TRUE(answered);
  EXPECT_EQ(gate.begun(), 0);
}

TEST(Drain, IsQuietAtOnceWhenNothingRuns) {
  Gate gate;
  World world(gate.behaviour());
  bool quiet = false;
  world.start().drain([&] { quiet = true; });
  EXPECT_FALSE(quiet);
  world.until([&] { return quiet; });
}

}  // namespace
}  // namespace kiln::jobs::test
