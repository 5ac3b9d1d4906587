// What age and lack of space do to finished jobs and to assets.
#include <gtest/gtest.h>

#include "base/job_id.h"
#include "jobs/service.h"
#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

using std::chrono::seconds;

Result<RenderReport> paint_at_once(const EngineTask& task, const ProgressSink&, std::stop_token) { return paint(task); }

ServiceOptions with(const RetentionLimits& limits) {
  ServiceOptions options;
  options.retention = limits;
  options.retention_period = std::chrono::milliseconds(1);
  return options;
}

JobId finished_job(World& world) {
  const JobId id = world.submit();
  world.until_state(id, JobState::succeeded);
  return id;
}

ErrorCode why_no_result(const World& world, const JobId& id) {
  const auto result = world.service->result(id);
  return result ? ErrorCode::internal : result.error().code;
}

TEST(Expiry, TakesPicturesByAgeAndKeepsTheJob) {
  World world(paint_at_once);
  Service& service = world.start(with({.result_ttl_s = 60}));
  const JobId old = finished_job(world);
  world.wall_time += seconds(40);
  const JobId young = finished_job(world);
  EXPECT_EQ(service.stats().result_bytes, 2 * (11 + 36u));
  world.wall_time += seconds(30);
  world.until([&] { return why_no_result(world, old) == ErrorCode::result_expired; });
  EXPECT_EQ(world.state(old), JobState::succeeded);
  EXPECT_EQ(service.find(old).job->expired_at, world.wall_time);
  EXPECT_TRUE(service.result(young));
  EXPECT_EQ(service.stats().result_bytes, 11 + 36u);
  world.until([&] { return !world.has_file(store::BlobFolder::results, old); });
  EXPECT_TRUE(world.has_file(store::BlobFolder::results, young));
  world.start(with({.result_ttl_s = 60}));
  EXPECT_EQ(why_no_result(world, old), ErrorCode::result_expired) << "a restart knows it too";
}

TEST(Expiry, MarksTheJobBeforeThePictureGoes) {
  World world(paint_at_once);
  Service& service = world.start(with({.result_ttl_s = 60}));
  const JobId id = finished_job(world);
  world.settle();
  world.store.hold = true;
  const std::size_t calls = world.store.calls.size();
  world.wall_time += seconds(61);
  world.until([&] { return world.store.calls.size() > calls; });
  EXPECT_TRUE(service.result(id));
  EXPECT_TRUE(world.has_file(store::BlobFolder::results, id));
  world.store.release();
  world.until([&] { return !world.has_file(store::BlobFolder::results, id); });
}

TEST(Expiry, GivesRoomOnAFullDiskThatCannotTakeTheMark) {
  World world(paint_at_once);
  world.start(with({.result_ttl_s = 60}));
  const JobId id = finished_job(world);
  world.store.update_error = Error{ErrorCode::storage_full, "no space left on device", ""};
  world.wall_time += seconds(61);
  world.until([&] { return !world.has_file(store::BlobFolder::results, id); });
  EXPECT_EQ(why_no_result(world, id), ErrorCode::result_expired);
}

TEST(Expiry, KeepsPicturesWithinTheirBytes) {
  World world(paint_at_once);
  Service& service = world.start(with({.result_max_bytes = 2 * (11 + 36)}));
  const JobId a = finished_job(world), b = finished_job(world), c = finished_job(world);
  world.until([&] { return why_no_result(world, a) == ErrorCode::result_expired; });
  EXPECT_TRUE(service.result(b));
  EXPECT_TRUE(service.result(c));
}

TEST(Expiry, KeepsTheNewestPictureThoughTheClockJumpsBack) {
  World world(paint_at_once);
  Service& service = world.start(with({.result_max_bytes = 2 * (11 + 36)}));
  const JobId a = finished_job(world), b = finished_job(world);
  world.wall_time -= std::chrono::hours(1);
  const JobId c = finished_job(world);
  world.until([&] { return why_no_result(world, a) == ErrorCode::result_expired; });
  EXPECT_TRUE(service.result(b));
  EXPECT_TRUE(service.result(c));
  world.start(with({.result_max_bytes = 11 + 36}));
  world.until([&] { return why_no_result(world, b) == ErrorCode::result_expired; });
  EXPECT_TRUE(world.service->result(c)) << "also after a restart";
}

TEST(Expiry, ForgetsTheOldestOfTooManyFinishedJobs) {
  World world(paint_at_once);
  ServiceOptions options = with({});
  options.most_finished_jobs = 2;
  Service& service = world.start(options);
  const JobId a = finished_job(world), b = finished_job(world), c = finished_job(world);
  world.until([&] { return !service.find(a).job; });
  EXPECT_EQ(service.missing(a).code, ErrorCode::job_expired);
  world.until([&] { return !world.has_file(store::BlobFolder::results, a); });
  EXPECT_EQ(world.store.forgotten, std::vector{a});
  EXPECT_TRUE(service.result(b));
  EXPECT_TRUE(service.result(c));
}

TEST(Expiry, ForgetsJobsByAgeButKnowsThatTheyWere) {
  World world(paint_at_once);
  Service& service = world.start(with({.job_ttl_s = 60}));
  const JobId id = finished_job(world);
  world.wall_time += seconds(61);
  world.until([&] { return !service.find(id).job; });
  EXPECT_EQ(why_no_result(world, id), ErrorCode::job_expired);
  EXPECT_EQ(service.missing(id).code, ErrorCode::job_expired);
  EXPECT_EQ(world.cancel(id).error().code, ErrorCode::job_expired);
  EXPECT_EQ(world.remove(id).error().code, ErrorCode::job_expired);
  EXPECT_EQ(service.missing(random_job_id()).code, ErrorCode::unknown_job);
  EXPECT_TRUE(world.store.stored.empty());
  world.until([&] { return !world.has_file(store::BlobFolder::results, id); });
  Service& again = world.start();
  EXPECT_EQ(again.missing(id).code, ErrorCode::job_expired) << "a restart knows it too";
}

TEST(Expiry, TriesAgainToForgetWhatTheStoreKept) {
  World world(paint_at_once);
  Service& service = world.start(with({.job_ttl_s = 60}));
  const JobId id = finished_job(world);
  world.store.remove_error = Error{ErrorCode::io_error, "no", ""};
  const std::size_t calls = world.store.calls.size();
  world.wall_time += seconds(61);
  world.until([&] { return world.store.calls.size() > calls + 2; });
  EXPECT_TRUE(service.find(id).job);
  world.store.remove_error.reset();
  world.until([&] { return !service.find(id).job; });
}

TEST(Expiry, SurvivesAClockThatJumpsBack) {
  World world(paint_at_once);
  Service& service = world.start(with({.result_ttl_s = 60, .job_ttl_s = 60}));
  const JobId id = finished_job(world);
  world.wall_time -= std::chrono::hours(24 * 365);
  const JobId past = finished_job(world);
  world.wall_time += seconds(61);
  world.until([&] { return !service.find(past).job; });
  EXPECT_TRUE(service.result(id));
}

TEST(AssetExpiry, TakesWhatNoJobNeedsByAgeSinceItsLastUse) {
  Gate gate;
  World world(gate.behaviour(), {.threads = 1, .ttl_s = 3600});
  world.start(with({}));
  const std::string needed = world.add("needed", "model/gltf-binary")->asset->id;
  const std::string used = world.add("used", "model/gltf-binary")->asset->id;
  const std::string idle = world.add("idle", "model/gltf-binary")->asset->id;
  RenderRequest request;
  request.scene = needed;
  ASSERT_TRUE(world.submit_and_wait(request));
  world.wall_time += seconds(3000);
  EXPECT_TRUE(world.add("used", "model/gltf-binary")->known);
  world.wall_time += seconds(1000);
  world.until([&] { return !world.assets().find(idle); });
  EXPECT_TRUE(world.assets().find(needed));
  EXPECT_TRUE(world.assets().find(used));
  world.until([&] { return !std::filesystem::exists(world.assets().file(idle)); });
}

TEST(AssetExpiry, MakesRoomForAnUploadOrRefusesIt) {
  Gate gate;
  World world(gate.behaviour(), {.threads = 1, .max_bytes = 20});
  world.start();
  const std::string needed = world.add("needed-8", "model/gltf-binary")->asset->id;
  RenderRequest request;
  request.scene = needed;
  ASSERT_TRUE(world.submit_and_wait(request));
  const std::string idle = world.add("idle---8", "model/gltf-binary")->asset->id;
  EXPECT_EQ(world.add("far too large", "model/gltf-binary").error().code, ErrorCode::storage_full);
  EXPECT_TRUE(world.assets().find(idle)) << "it must not go in vain";
  EXPECT_TRUE(world.add("fresh--9-", "model/gltf-binary"));
  EXPECT_FALSE(world.assets().find(idle));
  EXPECT_TRUE(world.assets().find(needed));
  EXPECT_EQ(world.assets().bytes(), 17u);
  EXPECT_EQ(world.service->stats().asset_bytes, 17u);
  EXPECT_EQ(world.staged_files(), 0u);
}

TEST(AssetExpiry, LetsTheOneUsedLastGoLastThoughTheClockJumpsBack) {
  Gate gate;
  World world(gate.behaviour(), {.threads = 1, .max_bytes = 20});
  const std::string a = world.add("first--8", "model/gltf-binary")->asset->id;
  world.wall_time -= std::chrono::hours(1);
  const std::string b = world.add("second-8", "model/gltf-binary")->asset->id;
  ASSERT_TRUE(world.add("third--8", "model/gltf-binary"));
  EXPECT_FALSE(world.assets().find(a));
  EXPECT_TRUE(world.assets().find(b));
}

TEST(AssetExpiry, NotesTheUseOfAnAssetWithoutACommitForEach) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  const std::string id = world.add("scene", "model/gltf-binary")->asset->id;
  const int puts = world.asset_store.puts;
  RenderRequest request;
  request.scene = id;
  world.wall_time += seconds(30);
  ASSERT_TRUE(world.submit_and_wait(request));
  EXPECT_EQ(world.assets().find(id)->used_at, world.wall_time);
  EXPECT_EQ(world.asset_store.puts, puts);
  world.wall_time += seconds(40);
  ASSERT_TRUE(world.submit_and_wait(request));
  ASSERT_TRUE(world.submit_and_wait(request));
  EXPECT_EQ(world.asset_store.puts, puts + 1);
  EXPECT_EQ(world.asset_store.rows.at(id)->used_at, world.wall_time);
}

}  // namespace
}  // namespace kiln::jobs::test
