// Jobs that end before their last sample, and keep the picture that is there.
#include <condition_variable>
#include <gtest/gtest.h>
#include <mutex>
#include <semaphore>

#include "base/job_id.h"
#include "jobs/service.h"
#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

const Error kStopped{ErrorCode::cancelled, "stopped", ""};
const Error kLate{ErrorCode::time_limit_exceeded, "it took too long", ""};

RenderRequest request_that_keeps() {
  RenderRequest request = World::request();
  request.keep_partial = true;
  return request;
}

Result<RenderReport> paint_in_part(const EngineTask& task) {
  auto report = paint(task);
  report->partial = true;
  return report;
}

/// Renders until it is stopped, and gives what is there.
Result<RenderReport> paint_until_stopped(const EngineTask& task, const ProgressSink& progress, std::stop_token stop) {
  progress(0.5);
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait(lock, stop, [] { return false; });
  return paint_in_part(task);
}

Result<RenderReport> paint_in_part_at_once(const EngineTask& task, const ProgressSink&, std::stop_token) {
  return paint_in_part(task);
}

JobId submit(World& world, const RenderRequest& request) { return world.submit_and_wait(request).value()->id; }

JobId cancelled_job_with_picture(World& world) {
  const JobId id = submit(world, request_that_keeps());
  world.until([&] { return world.service->find(id).job->progress == 0.5; });
  EXPECT_EQ(world.cancel(id).value()->state, JobState::cancelling);
  world.until_state(id, JobState::cancelled);
  return id;
}

TEST(KeepPartial, ACancelledJobHasThePictureSoFar) {
  World world(paint_until_stopped);
  world.engine.stopped_by = kStopped;
  Service& service = world.start();
  const JobId id = cancelled_job_with_picture(world);
  const JobPtr job = service.find(id).job;
  ASSERT_TRUE(job->report);
  EXPECT_TRUE(job->report->partial);
  EXPECT_FALSE(job->error);
  EXPECT_EQ(job->progress, 0.5);
  const auto result = service.result(id);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(std::filesystem::exists(result->path));
  EXPECT_EQ(service.stats().result_bytes, job->report->result_bytes);
  EXPECT_EQ(world.staged_files(), 0u);
}

TEST(KeepPartial, AnEngineThatHasNothingYetLeavesTheJobWithoutAPicture) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId id = submit(world, request_that_keeps());
  world.until([&] { return gate.begun() == 1; });
  world.settle();
  ASSERT_TRUE(world.cancel(id));
  world.until_state(id, JobState::cancelled);
  EXPECT_FALSE(service.find(id).job->report);
  EXPECT_EQ(service.result(id).error().code, ErrorCode::cancelled);
}

TEST(KeepPartial, AJobThatWaitsHasNothingToKeep) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  world.submit();
  const JobId id = submit(world, request_that_keeps());
  EXPECT_EQ(world.cancel(id).value()->state, JobState::cancelled);
  EXPECT_EQ(service.result(id).error().code, ErrorCode::cancelled);
}

TEST(KeepPartial, ACancelWaitsForAPictureThatIsBeingFinished) {
  World world([](const EngineTask& task, const ProgressSink&, std::stop_token) { return paint(task); });
  std::binary_semaphore go_on(0);
  world.engine.finishing = [&](const EngineTask&, const RenderReport& report) -> Result<RenderReport> {
    if (!go_on.try_acquire_for(kHang)) return Error{ErrorCode::internal, "the test hangs", ""};
    return report;
  };
  Service& service = world.start();
  const JobId id = submit(world, request_that_keeps());
  world.until([&] { return service.find(id).job->progress == 1; });
  EXPECT_EQ(world.cancel(id).value()->state, JobState::cancelling);
  go_on.release();
  world.until_state(id, JobState::cancelled);
  ASSERT_TRUE(service.find(id).job->report);
  EXPECT_FALSE(service.find(id).job->report->partial) << "it was whole already";
  EXPECT_TRUE(service.result(id));
}

TEST(KeepPartial, AJobThatIsOutOfTimeFailsWithThePictureSoFar) {
  World world(paint_in_part_at_once);
  world.engine.stopped_by = kLate;
  Service& service = world.start();
  const JobId id = submit(world, request_that_keeps());
  world.until_state(id, JobState::failed);
  const JobPtr job = service.find(id).job;
  EXPECT_EQ(job->error->code, ErrorCode::time_limit_exceeded);
  ASSERT_TRUE(job->report);
  EXPECT_LT(job->progress, 1);
  EXPECT_TRUE(service.result(id));
}

TEST(KeepPartial, APictureThatCannotBeKeptDoesNotChangeHowTheJobEnds) {
  World world(paint_in_part_at_once);
  world.engine.stopped_by = kLate;
  world.engine.finishing = [](const EngineTask&, const RenderReport&) {
    return Error{ErrorCode::storage_full, "no space left on device", ""};
  };
  Service& service = world.start();
  const JobId id = submit(world, request_that_keeps());
  world.until_state(id, JobState::failed);
  EXPECT_EQ(service.find(id).job->error->code, ErrorCode::time_limit_exceeded);
  EXPECT_FALSE(service.find(id).job->report);
  EXPECT_EQ(service.result(id).error().code, ErrorCode::time_limit_exceeded);
}

TEST(KeepPartial, APictureWithinItsBudgetIsASuccess) {
  World world(paint_in_part_at_once);
  Service& service = world.start();
  const JobId id = world.submit();
  world.until_state(id, JobState::succeeded);
  EXPECT_TRUE(service.find(id).job->report->partial);
  EXPECT_EQ(service.find(id).job->progress, 1);
}

TEST(KeepPartial, SuchAPictureExpiresAsOthersDo) {
  World world(paint_until_stopped);
  world.engine.stopped_by = kStopped;
  ServiceOptions options;
  options.retention = {.result_ttl_s = 60};
  options.retention_period = std::chrono::milliseconds(1);
  Service& service = world.start(options);
  const JobId id = cancelled_job_with_picture(world);
  world.wall_time += std::chrono::seconds(61);
  world.until([&] { return !service.result(id); });
  EXPECT_EQ(service.result(id).error().code, ErrorCode::result_expired);
  EXPECT_EQ(world.state(id), JobState::cancelled);
  world.until([&] { return !world.has_file(store::BlobFolder::results, id); });
  EXPECT_EQ(service.stats().result_bytes, 0u);
}

TEST(KeepPartial, SuchPicturesSurviveARestartAndAreMissedWhenTheyAreGone) {
  World world(paint_until_stopped);
  world.engine.stopped_by = kStopped;
  world.start();
  const JobId kept = cancelled_job_with_picture(world), lost = cancelled_job_with_picture(world);
  std::filesystem::remove(world.blobs->path(store::BlobFolder::results, to_string(lost)));
  Service& service = world.start();
  EXPECT_TRUE(service.result(kept));
  EXPECT_TRUE(world.has_file(store::BlobFolder::results, kept));
  world.until([&] { return !service.result(lost); });
  EXPECT_EQ(service.result(lost).error().code, ErrorCode::result_expired);
}

TEST(KeepPartial, AServerThatEndsDoesNotWaitForSuchAJob) {
  World world(paint_until_stopped);
  world.engine.stopped_by = kStopped;
  world.start();
  const JobId id = submit(world, request_that_keeps());
  world.until([&] { return world.service->find(id).job->progress == 0.5; });
  world.service.reset();
  EXPECT_EQ(world.staged_files(), 0u);
}

}  // namespace
}  // namespace kiln::jobs::test
