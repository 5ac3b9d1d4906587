// What becomes of the jobs of an earlier process.
#include <gtest/gtest.h>

#include "base/job_id.h"
#include "jobs/service.h"
#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

JobPtr stored_job(std::uint64_t sequence, JobState state) {
  auto job = std::make_shared<Job>();
  job->id = random_job_id();
  job->sequence = sequence;
  job->state = state;
  job->request = std::make_shared<const RenderRequest>(World::request());
  if (is_final(state)) job->finished_at = std::chrono::system_clock::now();
  if (state == JobState::succeeded) job->report = RenderReport{};
  if (state == JobState::failed) job->error = Error{ErrorCode::invalid_scene, "bad", ""};
  return job;
}

TEST(Recovery, PutsStoredJobsBackWhereTheyWere) {
  Gate gate;
  World world(gate.behaviour());
  using enum JobState;
  const std::vector<JobState> states{succeeded, cancelling, running, queued, failed, queued};
  for (std::size_t i = 0; i < states.size(); ++i) world.store.stored.push_back(stored_job(i + 1, states[i]));
  const auto& jobs = world.store.stored;
  Service& service = world.start();
  EXPECT_EQ(world.state(jobs[0]->id), succeeded);
  EXPECT_EQ(world.state(jobs[1]->id), cancelled);
  EXPECT_EQ(service.find(jobs[2]->id).position, 1u);
  EXPECT_EQ(service.find(jobs[2]->id).job->attempt, 2u);
  EXPECT_EQ(service.find(jobs[3]->id).position, 2u);
  EXPECT_EQ(world.state(jobs[4]->id), failed);
  EXPECT_EQ(service.find(jobs[5]->id).position, 3u);
  const JobPtr fresh = world.submit_and_wait().value();
  EXPECT_GT(fresh->sequence, jobs[5]->sequence);
}

TEST(Recovery, SweepsResultsThatNoJobOwns) {
  Gate gate;
  World world(gate.behaviour());
  world.store.stored = {stored_job(1, JobState::succeeded), stored_job(2, JobState::queued)};
  const JobId kept = world.store.stored[0]->id, unfinished = world.store.stored[1]->id, nobodys = random_job_id();
  for (const JobId& id : {kept, unfinished, nobodys}) {
    world.put_file(store::BlobFolder::results, to_string(id));
  }
  world.put_file(store::BlobFolder::results, "holiday.png");
  world.start();
  EXPECT_TRUE(std::filesystem::exists(world.blobs->path(store::BlobFolder::results, "holiday.png")))
      << "the folder may have been somebody's before";
  EXPECT_TRUE(world.has_file(store::BlobFolder::results, kept));
  world.until([&] { return !world.has_file(store::BlobFolder::results, unfinished); });
  world.until([&] { return !world.has_file(store::BlobFolder::results, nobodys); });
}

TEST(Recovery, RefusesToStartOnAStoreThatCannotBeRead) {
  Gate gate;
  World world(gate.behaviour());
  world.store.load_error = Error{ErrorCode::io_error, "torn page", ""};
  EXPECT_THROW(world.start(), std::runtime_error);
}

TEST(Recovery, LeavesEverythingAsItIsWhenSomethingCannotBeRead) {
  Gate gate;
  World world(gate.behaviour());
  const Error torn{ErrorCode::io_error, "torn page", ""};
  const std::string asset = "sha256-" + std::string(64, 'a'), job = to_string(random_job_id());
  const std::string rowless = world.add("scene", "model/gltf-binary")->asset->id;
  std::filesystem::remove(world.assets().file(rowless));
  world.put_file(store::BlobFolder::assets, asset);
  world.put_file(store::BlobFolder::results, job);
  world.put_file(store::BlobFolder::checkpoints, job);
  world.store.stored = {stored_job(1, JobState::running)};
  for (std::optional<Error>* broken : {&world.store.load_error, &world.store.load_forgotten_error}) {
    *broken = torn;
    world.start_assets();
    EXPECT_THROW(world.start(), std::runtime_error);
    world.settle();
    EXPECT_TRUE(std::filesystem::exists(world.blobs->path(store::BlobFolder::assets, asset)));
    EXPECT_TRUE(std::filesystem::exists(world.blobs->path(store::BlobFolder::results, job)));
    EXPECT_TRUE(std::filesystem::exists(world.blobs->path(store::BlobFolder::checkpoints, job)));
    EXPECT_TRUE(world.asset_store.rows.contains(rowless));
    EXPECT_TRUE(world.store.calls.empty());
    broken->reset();
  }
  world.start_assets();
  world.start();
  EXPECT_FALSE(std::filesystem::exists(world.blobs->path(store::BlobFolder::assets, asset)));
  world.settle();
  EXPECT_FALSE(world.asset_store.rows.contains(rowless));
}

TEST(Recovery, DoesNotHoldTheServersEndAgainstAJob) {
  Gate gate;
  World world(gate.behaviour());
  world.store.stored = {stored_job(1, JobState::running)};
  const JobId id = world.store.stored[0]->id;
  for (int start = 0; start < 3; ++start) {
    world.start();
    world.until_state(id, JobState::running);
    world.until([&] { return world.store.stored[0]->state == JobState::running; });
  }
  EXPECT_EQ(world.service->stats().interrupted, 1u);
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  EXPECT_EQ(world.service->find(id).job->attempt, 4u);
  EXPECT_EQ(world.service->find(id).job->engine_losses, 0u);
}

TEST(Recovery, KeepsTheCheckpointsOfUnfinishedJobsOnly) {
  Gate gate;
  World world(gate.behaviour());
  using enum JobState;
  world.store.stored = {stored_job(1, running), stored_job(2, queued), stored_job(3, failed),
                        stored_job(4, cancelling)};
  const auto& jobs = world.store.stored;
  const std::string nobodys = to_string(random_job_id()), torn = to_string(jobs[0]->id) + ".part";
  for (const JobPtr& job : jobs) world.put_file(store::BlobFolder::checkpoints, to_string(job->id));
  for (const std::string& name : {nobodys, torn, std::string("notes.txt")}) {
    world.put_file(store::BlobFolder::checkpoints, name);
  }
  std::vector<std::string> kept{to_string(jobs[0]->id), to_string(jobs[1]->id), "notes.txt"};
  std::sort(kept.begin(), kept.end());
  world.start();
  EXPECT_EQ(world.blobs->list(store::BlobFolder::checkpoints).value(), kept);
  world.until([&] { return gate.begun() == 1; });
  const EngineTask task = world.engine.tasks().at(0);
  EXPECT_EQ(task.checkpoint_file, world.blobs->path(store::BlobFolder::checkpoints, to_string(task.id)));
  gate.let_succeed();
  world.until([&] { return !world.has_file(store::BlobFolder::checkpoints, task.id); });
}

TEST(Checkpoints, OfAnEndedJobGoWithWhatAKilledWriterLeft) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  const JobId id = world.submit();
  world.until([&] { return gate.begun() == 1; });
  for (const char* suffix : {"", ".part"}) world.put_file(store::BlobFolder::checkpoints, to_string(id) + suffix);
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  world.until([&] { return world.blobs->list(store::BlobFolder::checkpoints)->empty(); });
}

TEST(Recovery, MarksJobsWhosePictureIsMissing) {
  Gate gate;
  World world(gate.behaviour());
  world.store.stored = {stored_job(1, JobState::succeeded), stored_job(2, JobState::succeeded)};
  const JobId whole = world.store.stored[0]->id, damaged = world.store.stored[1]->id;
  world.put_file(store::BlobFolder::results, to_string(whole));
  Service& service = world.start();
  EXPECT_TRUE(service.result(whole));
  world.until([&] { return service.find(damaged).job->expired_at.has_value(); });
  EXPECT_EQ(service.result(damaged).error().code, ErrorCode::result_expired);
  EXPECT_EQ(world.state(damaged), JobState::succeeded);
  EXPECT_TRUE(world.store.stored[1]->expired_at) << "it is stored as well";
}

TEST(Recovery, HoldsTheAssetsOfJobsThatWait) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  const std::string scene = world.add("scene", "model/gltf-binary").value().asset->id;
  RenderRequest request;
  request.scene = scene;
  const JobId id = world.submit_and_wait(request).value()->id;
  world.start_assets();
  world.start();
  EXPECT_EQ(world.remove_asset(scene).error().code, ErrorCode::asset_in_use);
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  EXPECT_TRUE(world.remove_asset(scene));
}

TEST(Recovery, TakesUpAHundredThousandJobsInTheirOrder) {
  Gate gate;
  World world(gate.behaviour());
  constexpr std::size_t kJobs = 100'000;
  for (std::size_t i = 0; i < kJobs; ++i) world.store.stored.push_back(stored_job(i + 1, JobState::queued));
  Service& service = world.start();
  EXPECT_EQ(service.stats().queue_depth, kJobs);
  for (const std::size_t i : {std::size_t{0}, kJobs / 2, kJobs - 1}) {
    EXPECT_EQ(service.find(world.store.stored[i]->id).position, i + 1);
  }
  world.until([&] { return gate.begun() == 1; });
  EXPECT_EQ(world.engine.tasks().at(0).id, world.store.stored[0]->id);
}

}  // namespace
}  // namespace kiln::jobs::test
