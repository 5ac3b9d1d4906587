// Jobs that are accepted, followed and stopped together.
#include <gtest/gtest.h>
#include <numeric>

#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

Result<RenderReport> paint_at_once(const EngineTask& task, const ProgressSink&, std::stop_token) { return paint(task); }

BatchSubmission batch_of(std::size_t jobs) {
  BatchSubmission batch;
  for (std::size_t i = 0; i < jobs; ++i) {
    batch.requests.push_back(World::request());
    batch.requests.back().seed = i;
  }
  return batch;
}

std::size_t count(const BatchView& view, JobState state) { return view.by_state[static_cast<std::size_t>(state)]; }

std::size_t ends_of_batches(const World& world) {
  return static_cast<std::size_t>(
      std::count_if(world.events.begin(), world.events.end(), [](const JobEvent& event) { return event.ends_batch; }));
}

Result<BatchView> cancel(World& world, const JobId& id) {
  std::optional<Result<BatchView>> answer;
  world.service->cancel_batch(id, [&](Result<BatchView> batch) { answer = std::move(batch); });
  world.until([&] { return answer.has_value(); });
  return *answer;
}

Result<void> remove(World& world, const JobId& id) {
  std::optional<Result<void>> answer;
  world.service->remove_batch(id, [&](Result<void> done) { answer = done; });
  world.until([&] { return answer.has_value(); });
  return *answer;
}

TEST(Batch, StandsInTheQueueInItsOrderBetweenOtherJobs) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  world.submit();
  world.until([&] { return gate.begun() == 1; });
  const JobId before = world.submit();
  const AcceptedBatch batch = world.accept(batch_of(3)).value();
  const JobId after = world.submit();
  ASSERT_EQ(batch.jobs.size(), 3u);
  EXPECT_EQ(service.find(before).position, 1u);
  for (std::uint32_t i = 0; i < 3; ++i) {
    const JobView view = service.find(batch.jobs[i]);
    EXPECT_EQ(view.position, 2u + i);
    EXPECT_EQ(view.job->batch, batch.batch->id);
    EXPECT_EQ(view.job->batch_index, i);
    EXPECT_EQ(view.job->request->seed, i);
  }
  EXPECT_EQ(service.find(after).position, 5u);
}

TEST(Batch, TalliesItsJobsAsTheyGo) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId id = world.accept(batch_of(4)).value().batch->id;
  world.until([&] { return gate.begun() == 1; });
  const auto last = service.find_batch(id).last_open;
  gate.progress(0.5);
  world.until([&] { return service.find_batch(id).progress == 0.125; });
  BatchView view = service.find_batch(id);
  EXPECT_EQ(view.state, JobState::running);
  EXPECT_EQ(count(view, JobState::running), 1u);
  EXPECT_EQ(count(view, JobState::queued), 3u);
  EXPECT_TRUE(view.started_at);
  EXPECT_FALSE(view.finished_at);
  gate.let_succeed();
  gate.let_fail(ErrorCode::invalid_scene);
  world.until([&] { return count(service.find_batch(id), JobState::failed) == 1; });
  view = service.find_batch(id);
  EXPECT_EQ(view.progress, 0.5);
  EXPECT_EQ(view.last_open, last);
  EXPECT_EQ(ends_of_batches(world), 0u);
  gate.let_succeed();
  gate.let_succeed();
  world.until([&] { return is_final(service.find_batch(id).state); });
  view = service.find_batch(id);
  EXPECT_EQ(view.state, JobState::failed) << "one of them failed";
  EXPECT_EQ(view.progress, 1);
  EXPECT_TRUE(view.finished_at);
  EXPECT_FALSE(view.last_open);
  EXPECT_EQ(ends_of_batches(world), 1u);
}

TEST(Batch, IsWaitingUntilItsFirstJobBegins) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  world.submit();
  const JobId id = world.accept(batch_of(2)).value().batch->id;
  EXPECT_EQ(service.find_batch(id).state, JobState::queued);
  EXPECT_EQ(service.find_batch(id).progress, 0);
  EXPECT_FALSE(service.find_batch(id).started_at);
}

TEST(Batch, IsAcceptedWholeOrNotAtAll) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  BatchSubmission bad = batch_of(3);
  bad.requests[1].scene = "sha256:" + std::string(64, '0');
  bad.requests[2].scene = "sample:nothing";
  const auto refused = world.accept(std::move(bad));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unknown_asset);
  EXPECT_EQ(refused.error().pointer, "/1/scene");
  world.store.insert_error = Error{ErrorCode::storage_full, "full", ""};
  EXPECT_EQ(world.accept(batch_of(3)).error().code, ErrorCode::storage_full);
  EXPECT_EQ(world.service->stats().queue_depth, 0u);
  EXPECT_TRUE(world.events.empty());
}

TEST(Batch, CountsWholeForTheLimitOfTheQueue) {
  Gate gate;
  World world(gate.behaviour());
  ServiceOptions options;
  options.most_queued_jobs = 4;
  Service& service = world.start(options);
  world.submit();
  world.until([&] { return gate.begun() == 1; });
  EXPECT_EQ(world.accept(batch_of(5)).error().code, ErrorCode::limit_exceeded) << "it would never fit";
  world.accept(batch_of(3)).value();
  EXPECT_EQ(world.accept(batch_of(2)).error().code, ErrorCode::queue_full);
  EXPECT_EQ(service.stats().queue_depth, 3u);
  EXPECT_TRUE(world.accept(batch_of(1)));
}

TEST(Batch, IsCancelledWhole) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const AcceptedBatch batch = world.accept(batch_of(3)).value();
  world.until([&] { return gate.begun() == 1; });
  const JobId other = world.submit();
  const BatchView stopping = cancel(world, batch.batch->id).value();
  EXPECT_GE(count(stopping, JobState::cancelled), 2u);
  world.until([&] { return service.find_batch(batch.batch->id).state == JobState::cancelled; });
  EXPECT_EQ(ends_of_batches(world), 1u);
  EXPECT_EQ(cancel(world, batch.batch->id).error().code, ErrorCode::job_finished);
  world.until_state(other, JobState::running);
}

TEST(Batch, GoesWithItsLastJob) {
  World world(paint_at_once);
  Service& service = world.start();
  const AcceptedBatch batch = world.accept(batch_of(3)).value();
  const JobId id = batch.batch->id;
  world.until([&] { return is_final(service.find_batch(id).state); });
  ASSERT_TRUE(world.remove(batch.jobs[1]));
  EXPECT_EQ(count(service.find_batch(id), JobState::succeeded), 2u);
  EXPECT_EQ(service.find_batch(id).batch->size, 3u);
  ASSERT_TRUE(remove(world, id));
  EXPECT_FALSE(service.find_batch(id).batch);
  EXPECT_EQ(service.missing(id).code, ErrorCode::unknown_job);
  EXPECT_TRUE(world.store.stored.empty());
  EXPECT_TRUE(world.store.batches.empty());
  EXPECT_EQ(remove(world, id).error().code, ErrorCode::unknown_job);
}

TEST(Batch, ThatRunsIsNotRemoved) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId id = world.accept(batch_of(2)).value().batch->id;
  world.until([&] { return gate.begun() == 1; });
  EXPECT_EQ(remove(world, id).error().code, ErrorCode::job_not_finished);
  EXPECT_EQ(count(service.find_batch(id), JobState::queued), 1u);
}

TEST(Batch, IsForgottenWithItsJobs) {
  World world(paint_at_once);
  ServiceOptions options;
  options.retention.job_ttl_s = 60;
  options.retention_period = std::chrono::milliseconds(1);
  Service& service = world.start(options);
  const JobId id = world.accept(batch_of(3)).value().batch->id;
  world.until([&] { return is_final(service.find_batch(id).state); });
  world.wall_time += std::chrono::seconds(61);
  world.until([&] { return !service.find_batch(id).batch; });
  EXPECT_EQ(service.missing(id).code, ErrorCode::job_expired);
  world.start(options);
  EXPECT_EQ(world.service->missing(id).code, ErrorCode::job_expired);
}

TEST(Batch, GoesOnAfterARestart) {
  Gate gate;
  World world(gate.behaviour());
  Service* service = &world.start();
  const AcceptedBatch batch = world.accept(batch_of(4)).value();
  const JobId id = batch.batch->id;
  gate.let_succeed();
  // The second is begun while the end of the first is still on its way to the store.
  world.until([&] { return gate.begun() == 2 && count(service->find_batch(id), JobState::succeeded) == 1; });
  const WallTime started_at = *service->find_batch(id).started_at;
  service = &world.start();
  const BatchView view = service->find_batch(id);
  ASSERT_TRUE(view.batch);
  EXPECT_EQ(view.batch->size, 4u);
  EXPECT_EQ(count(view, JobState::succeeded), 1u);
  EXPECT_EQ(count(view, JobState::queued), 3u);
  EXPECT_EQ(view.started_at, started_at);
  for (int i = 0; i < 3; ++i) gate.let_succeed();
  world.until([&] { return service->find_batch(id).state == JobState::succeeded; });
  EXPECT_EQ(ends_of_batches(world), 1u);
}

TEST(Batch, ListsItsJobsAlone) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  world.submit();
  const AcceptedBatch batch = world.accept(batch_of(5)).value();
  world.submit();
  ListQuery query;
  query.batch = batch.batch->id;
  query.limit = 3;
  JobPage page = service.list(query).value();
  std::vector<JobId> listed;
  for (const JobPtr& job : page.jobs) listed.push_back(job->id);
  ASSERT_TRUE(page.next);
  query.cursor = *page.next;
  page = service.list(query).value();
  for (const JobPtr& job : page.jobs) listed.push_back(job->id);
  EXPECT_EQ(listed, batch.jobs);
  EXPECT_FALSE(page.next);
  query.cursor.clear();
  query.states = {JobState::running};
  EXPECT_TRUE(service.list(query).value().jobs.empty());
  query.states = {JobState::queued};
  query.newest_first = true;
  EXPECT_EQ(service.list(query).value().jobs.front()->id, batch.jobs.back());
  query.batch = world.submit();
  EXPECT_EQ(service.list(query).error().code, ErrorCode::unknown_job);
}

TEST(Batch, OfTenThousandJobsTellsTheEngineOnceWhatComesNextWhenItIsCancelled) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  world.submit();
  world.until([&] { return gate.begun() == 1; });
  const JobId id = world.accept(batch_of(10'000)).value().batch->id;
  const std::size_t hints = world.engine.hints().size();
  cancel(world, id).value();
  EXPECT_EQ(count(service.find_batch(id), JobState::cancelled), 10'000u);
  EXPECT_EQ(world.engine.hints().size(), hints);
  ASSERT_TRUE(remove(world, id));
  EXPECT_EQ(service.stats().queue_depth, 0u);
}

}  // namespace
}  // namespace kiln::jobs::test
