// A disk that is full, or fails otherwise, and gets well again.
#include <gtest/gtest.h>

#include "jobs/service.h"
#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

const Error kFull{ErrorCode::storage_full, "no space left on device", ""};

const JobPtr& row(const World& world, const JobId& id) {
  return *std::find_if(world.store.stored.begin(), world.store.stored.end(),
                       [&](const JobPtr& job) { return job->id == id; });
}

TEST(FullDisk, RefusesNewWorkServesTheOldAndRecovers) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId old = world.submit();
  gate.let_succeed();
  world.until_state(old, JobState::succeeded);
  world.store.insert_error = world.store.update_error = kFull;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.submit_and_wait().error().code, ErrorCode::storage_full);
  EXPECT_TRUE(service.result(old));
  EXPECT_EQ(service.stats().queue_depth, 0u);
  world.store.insert_error.reset();
  world.store.update_error.reset();
  const JobId fresh = world.submit();
  gate.let_succeed();
  world.until_state(fresh, JobState::succeeded);
}

TEST(FullDisk, StoresChangesLaterThatItCouldNotStore) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  const JobId id = world.submit(), other = world.submit();
  world.until([&] { return gate.begun() == 1; });
  world.store.update_error = kFull;
  gate.let_fail(ErrorCode::engine_crashed);
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  EXPECT_NE(row(world, id)->state, JobState::succeeded);
  world.until_state(other, JobState::running);
  world.store.update_error.reset();
  world.until([&] { return row(world, id)->state == JobState::succeeded; });
  EXPECT_EQ(row(world, id)->attempt, 2u) << "the attempt in between was never stored and needs not be";
  world.until([&] { return row(world, other)->state == JobState::running; });
}

TEST(FullDisk, DoesNotHoldUpAShutdown) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  world.submit();
  world.until([&] { return gate.begun() == 1; });
  world.store.update_error = kFull;
  bool quiet = false;
  service.drain([&] { quiet = true; });
  world.until([&] { return quiet; });
}

TEST(FullDisk, DoesNotBringADeletedJobBack) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId id = world.submit();
  world.store.update_error = kFull;
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  ASSERT_TRUE(world.remove(id));
  world.store.update_error.reset();
  world.settle();
  EXPECT_FALSE(service.find(id).job);
  EXPECT_TRUE(world.store.stored.empty());
}

TEST(Changes, OfOneJobReachTheStoreOneAtATime) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  const JobId id = world.submit();
  world.until([&] { return gate.begun() == 1; });
  world.settle();
  world.store.hold = true;
  const std::size_t before = world.store.calls.size();
  world.service->cancel(id, [](const Result<JobPtr>&) {});
  world.until([&] { return world.engine.tasks().size() == 1 && world.store.calls.size() == before + 1; });
  EXPECT_EQ(world.state(id), JobState::cancelling);
  world.store.release();
  world.until_state(id, JobState::cancelled);
  EXPECT_EQ(row(world, id)->state, JobState::cancelled);
  EXPECT_EQ(world.store.calls.size(), before + 2);
}

}  // namespace
}  // namespace kiln::jobs::test
