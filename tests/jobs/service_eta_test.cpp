#include <gtest/gtest.h>

#include "jobs/estimator.h"
#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

using std::chrono::seconds;

/// A service whose jobs take, as far as the reports say, 100 s each, on a clock that the test turns.
class ServiceEta : public testing::Test {
 protected:
  Service& start(ServiceOptions options = {}) {
    options.steady_clock = [this] { return now; };
    return world.start(options);
  }

  /// Begins a job and ends it after 100 s.
  void run_one() {
    const JobId id = world.submit();
    world.until_state(id, JobState::running);
    now += seconds(100);
    gate.let([](const EngineTask& task) {
      auto report = paint(task);
      report->samples = samples_of(task.request);
      report->render_s = 100;
      return report;
    });
    world.until_state(id, JobState::succeeded);
  }

  void advance(seconds time, double progress) {
    const std::size_t before = world.events.size();
    now += time;
    gate.progress(progress);
    world.until([&] { return world.events.size() > before; });
  }

  JobId begin() {
    const JobId id = world.submit();
    world.until_state(id, JobState::running);
    return id;
  }

  Eta eta(const JobId& id) { return world.service->eta(id).value(); }

  Gate gate;
  World world{gate.behaviour()};
  std::chrono::steady_clock::time_point now{};
};

TEST_F(ServiceEta, FollowsAJobFromItsPlaceInTheQueueToItsEnd) {
  Service& service = start();
  for (int i = 0; i < 5; ++i) run_one();
  const JobId first = begin(), second = world.submit(), third = world.submit();
  EXPECT_NEAR(eta(first).finish_s, 100, 5);
  EXPECT_EQ(eta(first).start_s, 0);
  EXPECT_NEAR(eta(second).start_s, 100, 5);
  EXPECT_NEAR(eta(third).finish_s, 300, 15);
  advance(seconds(50), 0.5);
  EXPECT_NEAR(eta(first).finish_s, 50, 3);
  EXPECT_NEAR(eta(third).finish_s, 250, 15);
  EXPECT_NEAR(service.stats().queue_s, 200, 10);
  ASSERT_TRUE(world.cancel(second));
  EXPECT_NEAR(eta(third).finish_s, 150, 10);
  gate.let_succeed();
  world.until_state(first, JobState::succeeded);
  EXPECT_FALSE(service.eta(first));
  EXPECT_FALSE(service.eta(JobId{})) << "there is no such job";
}

TEST_F(ServiceEta, RemembersAcrossARestartHowLongJobsTook) {
  start();
  for (int i = 0; i < 5; ++i) run_one();
  start();
  const JobId running = begin(), waiting = world.submit();
  EXPECT_NEAR(eta(running).finish_s, 100, 5);
  EXPECT_NEAR(eta(waiting).finish_s, 200, 10);
}

TEST_F(ServiceEta, JobsThatAnEarlierProcessLeftWaitingAreExpectedToo) {
  start();
  for (int i = 0; i < 5; ++i) run_one();
  begin();
  world.submit();
  const JobId last = world.submit();
  start();
  world.until([&] { return world.service->stats().queue_depth == 2; });
  EXPECT_NEAR(eta(last).finish_s, 300, 15);
}

TEST_F(ServiceEta, OfABatchIsThatOfItsLastJob) {
  Service& service = start();
  for (int i = 0; i < 5; ++i) run_one();
  const JobId before = begin();
  BatchSubmission submission;
  submission.requests = {World::request(), World::request(), World::request()};
  std::optional<Result<AcceptedBatch>> accepted;
  service.submit_batch(submission, [&](Result<AcceptedBatch> answer) { accepted = std::move(answer); });
  world.until([&] { return accepted.has_value(); });
  const JobId batch = accepted->value().batch->id;
  EXPECT_NEAR(eta(batch).start_s, 100, 5);
  EXPECT_NEAR(eta(batch).finish_s, 400, 20);
  EXPECT_DOUBLE_EQ(eta(batch).finish_s, eta(accepted->value().jobs.back()).finish_s);
  gate.let_succeed();
  world.until_state(before, JobState::succeeded);
  world.until_state(accepted->value().jobs.front(), JobState::running);
  EXPECT_EQ(eta(batch).start_s, 0);
}

TEST_F(ServiceEta, NothingIsSaidWithoutAnEngineOrWhileTheServerShutsDown) {
  Service& service = start();
  begin();
  const JobId waiting = world.submit();
  EXPECT_TRUE(service.eta(waiting));
  world.engine.set_broken(true);
  EXPECT_FALSE(service.eta(waiting));
  world.engine.set_broken(false);
  world.engine.open();
  EXPECT_TRUE(service.eta(waiting));
  service.drain([] {});
  EXPECT_FALSE(service.eta(waiting));
}

TEST_F(ServiceEta, AFullQueueSaysWhenItWillHaveRoom) {
  ServiceOptions options;
  options.most_queued_jobs = 2;
  start(options);
  for (int i = 0; i < 5; ++i) run_one();
  begin();
  world.submit();
  world.submit();
  advance(seconds(30), 0.3);
  const auto refused = world.submit_and_wait();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::queue_full);
  EXPECT_NEAR(refused.error().retry_after_s.value(), 70, 5) << "when the job that runs makes way for the next";
}

TEST_F(ServiceEta, WorkBeyondTheLimitOfSecondsIsRefusedUntilEnoughIsDone) {
  ServiceOptions options;
  options.most_queued_s = 150;
  start(options);
  for (int i = 0; i < 5; ++i) run_one();
  const JobId running = begin(), first = world.submit();
  world.submit();  // 100 s wait before it, less than may
  const auto refused = world.submit_and_wait();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::queue_full);
  EXPECT_NEAR(refused.error().retry_after_s.value(), 150, 10) << "100 s of the one that runs, and 50 too many";
  gate.let_succeed();
  world.until_state(running, JobState::succeeded);
  world.until_state(first, JobState::running);
  EXPECT_TRUE(world.submit_and_wait());
}

TEST_F(ServiceEta, AJobThatCouldNotBeStoredIsNoWorkAhead) {
  start();
  for (int i = 0; i < 5; ++i) run_one();
  world.store.insert_error = Error{ErrorCode::storage_full, "no space", ""};
  EXPECT_FALSE(world.submit_and_wait());
  EXPECT_NEAR(world.service->stats().queue_s, 0, 1e-9);
}

TEST_F(ServiceEta, AJobThatWouldTakeTooLongIsRefusedBeforeAnythingIsQueued) {
  start();
  for (int i = 0; i < 5; ++i) run_one();
  ServiceOptions options;
  options.job_limits.seconds = 150;
  start(options);
  const std::size_t calls = world.store.calls.size();
  RenderRequest large = World::request();
  large.samples_per_pixel *= 2;
  const auto refused = world.submit_and_wait(large);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(refused.error().pointer, "/samples_per_pixel");
  EXPECT_EQ(world.store.calls.size(), calls);
  large.time_budget_s = 100;
  EXPECT_TRUE(world.submit_and_wait(large)) << "within its own budget it is short enough";
}

TEST_F(ServiceEta, ABatchIsCheckedWhole) {
  ServiceOptions options;
  options.job_limits.pixels = 1000 * 1000;
  Service& service = start(options);
  BatchSubmission submission;
  submission.requests = {World::request(), World::request(), World::request()};
  submission.requests[2].width = 2000;
  std::optional<Result<AcceptedBatch>> answer;
  service.submit_batch(submission, [&](Result<AcceptedBatch> accepted) { answer = std::move(accepted); });
  world.until([&] { return answer.has_value(); });
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(answer->error().pointer, "/2/width");
  EXPECT_TRUE(world.store.calls.empty());
}

TEST_F(ServiceEta, DeviceBytesAreThoseOfTheInspection) {
  world.inspector.device_bytes = 1000;
  ServiceOptions options;
  options.job_limits.device_bytes = 1500;
  start(options);
  RenderRequest request = World::request();
  request.scene = world.add("scene", "model/gltf-binary").value().asset->id;
  EXPECT_TRUE(world.submit_and_wait(request));
  request.environment.source = world.add("sky", "image/x-exr").value().asset->id;
  const auto refused = world.submit_and_wait(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(refused.error().pointer, "/environment/image");
}

}  // namespace
}  // namespace kiln::jobs::test
