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

TEST(FullDisk, GetsRoomFromADeletedJobWhoseRowFollows) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId id = world.submit();
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  world.settle();
  world.store.remove_error = kFull;
  EXPECT_TRUE(world.remove(id));
  EXPECT_FALSE(service.find(id).job);
  world.until([&] { return !world.has_file(store::BlobFolder::results, id); });
  EXPECT_EQ(service.stats().result_bytes, 0u);
  EXPECT_EQ(world.store.stored.size(), 1u);
  world.store.remove_error.reset();
  world.until([&] { return world.store.stored.empty(); });
}

TEST(FullDisk, DoesNotCallAWaitingJobDeletedThatARestartWouldRender) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  world.submit();
  world.until([&] { return gate.begun() == 1; });
  const JobId waiting = world.submit();
  world.store.update_error = world.store.remove_error = kFull;
  EXPECT_EQ(world.remove(waiting).error().code, ErrorCode::storage_full);
  EXPECT_EQ(service.find(waiting).job->state, JobState::cancelled);
  world.store.update_error.reset();
  world.until([&] { return row(world, waiting)->state == JobState::cancelled; });
  world.store.remove_error.reset();
  EXPECT_TRUE(world.remove(waiting));
  EXPECT_EQ(world.store.stored.size(), 1u);
}

TEST(FullDisk, GetsRoomFromADeletedAssetWhoseRowFollows) {
  Gate gate;
  World world(gate.behaviour());
  const std::string gone = world.add("gone", "model/gltf-binary")->asset->id;
  const std::string again = world.add("again", "model/gltf-binary")->asset->id;
  world.asset_store.error = kFull;
  for (const std::string& id : {gone, again}) {
    EXPECT_TRUE(world.remove_asset(id));
    EXPECT_FALSE(world.assets().find(id));
    EXPECT_FALSE(std::filesystem::exists(world.assets().file(id)));
  }
  EXPECT_EQ(world.assets().bytes(), 0u);
  EXPECT_EQ(world.asset_store.rows.size(), 2u);
  world.asset_store.error.reset();
  ASSERT_TRUE(world.add("again", "model/gltf-binary"));
  world.assets().keep_within_limits();
  world.settle();
  ASSERT_EQ(world.asset_store.rows.size(), 1u) << "the row of what came again stays";
  EXPECT_TRUE(world.asset_store.rows.contains(again));
}

TEST(FullDisk, KeepsTheAssetsOfAJobWhoseEndIsNotStored) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  RenderRequest request;
  request.scene = world.add("scene", "model/gltf-binary")->asset->id;
  const JobId id = world.submit_and_wait(request).value()->id;
  world.until([&] { return gate.begun() == 1; });
  world.store.update_error = kFull;
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  EXPECT_EQ(world.remove_asset(request.scene).error().code, ErrorCode::asset_in_use)
      << "a restart would render the job again";
  world.store.update_error.reset();
  world.until([&] { return row(world, id)->state == JobState::succeeded; });
  world.settle();
  EXPECT_TRUE(world.remove_asset(request.scene));
}

TEST(Queue, RefusesJobsWhenAsManyWaitAsMay) {
  Gate gate;
  World world(gate.behaviour());
  ServiceOptions options;
  options.most_queued_jobs = 2;
  world.start(options);
  world.submit();
  world.until([&] { return gate.begun() == 1; });
  world.submit();
  world.store.hold = true;
  int accepted = 0;
  world.service->submit({World::request()}, [&](const Result<Accepted>& job) { accepted += job ? 1 : 0; });
  EXPECT_EQ(world.submit_and_wait().error().code, ErrorCode::queue_full) << "what is being stored counts";
  world.store.release();
  world.until([&] { return accepted == 1; });
  EXPECT_EQ(world.submit_and_wait().error().code, ErrorCode::queue_full);
  gate.let_succeed();
  world.until([&] { return gate.begun() == 2; });
  EXPECT_TRUE(world.submit_and_wait());
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
