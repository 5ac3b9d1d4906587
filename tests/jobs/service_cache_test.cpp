// Requests whose picture is there already.
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

/// Paints at once, as a renderer of this name; what comes after is up to the test.
FakeEngine::Behaviour painter(const std::string& renderer, bool partial = false) {
  return [=](const EngineTask& task, const ProgressSink&, std::stop_token) {
    auto report = paint(task);
    report->renderer = renderer;
    report->partial = partial;
    return report;
  };
}

class CacheTest : public testing::Test {
 protected:
  void start(ServiceOptions options = {}) {
    world.start(std::move(options));
    world.engine.set_renderer("one");
  }
  JobPtr rendered(const RenderRequest& request = World::request()) {
    const JobId id = world.submit_and_wait(request).value()->id;
    world.until([&] { return is_final(world.state(id)); });
    return world.service->find(id).job;
  }
  std::string picture_of(const JobId& id) const {
    std::ifstream in(world.blobs->path(store::BlobFolder::results, to_string(id)), std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), {});
  }
  std::size_t rendered_jobs() const { return world.engine.tasks().size(); }

  World world{painter("one")};
};

TEST_F(CacheTest, GivesThePictureAtOnceToAJobOfItsOwn) {
  start();
  const JobPtr first = rendered();
  world.events.clear();
  const JobPtr second = world.submit_and_wait().value();
  EXPECT_NE(second->id, first->id);
  EXPECT_EQ(second->state, JobState::succeeded);
  EXPECT_TRUE(second->cached);
  EXPECT_FALSE(first->cached);
  EXPECT_EQ(second->progress, 1);
  EXPECT_EQ(second->started_at, second->finished_at);
  EXPECT_EQ(second->report->result_sha256, first->report->result_sha256);
  EXPECT_EQ(picture_of(second->id), picture_of(first->id));
  EXPECT_EQ(rendered_jobs(), 1u);
  ASSERT_EQ(world.events.size(), 2u);
  EXPECT_EQ(world.events[0].kind, JobEventKind::accepted);
  EXPECT_EQ(world.events[1].kind, JobEventKind::finished);
  EXPECT_EQ(world.store.stored.back()->state, JobState::succeeded) << "that it is there is durable";
}

TEST_F(CacheTest, PicturesLiveApartFromTheJobTheyComeFrom) {
  start();
  const JobPtr first = rendered();
  const std::string picture = picture_of(first->id);
  const JobPtr second = world.submit_and_wait().value();
  ASSERT_TRUE(world.remove(first->id));
  world.until([&] { return !world.has_file(store::BlobFolder::results, first->id); });
  EXPECT_EQ(picture_of(second->id), picture);
  EXPECT_TRUE(world.submit_and_wait().value()->cached) << "the second one is as good a source";
}

TEST_F(CacheTest, DoesNotMindMetadataAndLimits) {
  start();
  rendered();
  RenderRequest request = World::request();
  request.metadata = R"({"order":7})";
  request.time_limit_s = 9.0f;
  request.time_budget_s = 1.0f;
  request.keep_partial = true;
  request.animation = 3;  // not used without a time
  const JobPtr job = world.submit_and_wait(request).value();
  EXPECT_TRUE(job->cached);
  EXPECT_EQ(job->request->metadata, R"({"order":7})");
  for (const auto& change : std::vector<std::function<void(RenderRequest&)>>{
           [](RenderRequest& r) { r.seed = 1; }, [](RenderRequest& r) { r.width = 10; },
           [](RenderRequest& r) { r.format = ImageFormat::webp; }, [](RenderRequest& r) { r.camera.turn_deg = 10; },
           [](RenderRequest& r) { r.time_s = 0.0f; }, [](RenderRequest& r) { r.variant = "red"; },
           [](RenderRequest& r) { r.time_s = 0.0f, r.shutter_s = 1; },
           [](RenderRequest& r) {
             r.region = Region{0, 0, 1, 1};
           },
           [](RenderRequest& r) { r.filter_width_px = 2; }, [](RenderRequest& r) { r.camera.f_stop = 2; },
           [](RenderRequest& r) { r.camera.lens_radius_m = 0.1f; }, [](RenderRequest& r) { r.background.color.x = 1; },
           [](RenderRequest& r) { r.environment.source = SkyRequest{}; },
           [](RenderRequest& r) { r.ground = Ground::shadow; }, [](RenderRequest& r) { r.exposure_ev = 1; },
           [](RenderRequest& r) { r.white_balance_k = 3200.0f; }, [](RenderRequest& r) { r.bit_depth = 16; },
           [](RenderRequest& r) { r.denoise = true; }, [](RenderRequest& r) { r.aovs = {Aov::depth}; }}) {
    RenderRequest other = World::request();
    change(other);
    EXPECT_FALSE(world.submit_and_wait(other).value()->cached);
  }
}

TEST_F(CacheTest, RendersAgainWhereTheClientSaysSo) {
  start();
  rendered();
  Submission submission{World::request()};
  submission.use_cache = false;
  EXPECT_FALSE(world.accept(std::move(submission)).value().job->cached);
  world.until([&] { return rendered_jobs() == 2; });
}

TEST_F(CacheTest, RendersAgainWithAnotherRenderer) {
  start();
  rendered();
  world.engine.set_renderer("two");
  EXPECT_FALSE(world.submit_and_wait().value()->cached);
  world.engine.set_renderer("");
  EXPECT_FALSE(world.submit_and_wait().value()->cached) << "one that says nothing is never sure";
  world.engine.set_renderer("one");
  EXPECT_TRUE(world.submit_and_wait().value()->cached);
}

TEST(Cache, NeverTakesAPartialPicture) {
  World world(painter("one", true));
  world.start();
  world.engine.set_renderer("one");
  const JobId id = world.submit();
  world.until_state(id, JobState::succeeded);
  EXPECT_FALSE(world.submit_and_wait().value()->cached);
}

TEST_F(CacheTest, RendersAgainWhenThePictureHasExpired) {
  ServiceOptions options;
  options.retention.result_ttl_s = 60;
  options.retention_period = std::chrono::milliseconds(1);
  start(options);
  const JobPtr first = rendered();
  world.wall_time += std::chrono::seconds(61);
  world.until([&] { return world.service->find(first->id).job->expired_at.has_value(); });
  EXPECT_FALSE(world.submit_and_wait().value()->cached);
}

TEST_F(CacheTest, RendersAgainWhenTheFileIsGoneInBetween) {
  start();
  const JobPtr first = rendered();
  world.blobs->remove(store::BlobFolder::results, to_string(first->id)).value();
  const JobPtr second = world.submit_and_wait().value();
  EXPECT_FALSE(second->cached);
  world.until_state(second->id, JobState::succeeded);
  EXPECT_EQ(rendered_jobs(), 2u);
}

TEST_F(CacheTest, KnowsThePicturesOfAnEarlierProcess) {
  start();
  const JobPtr first = rendered();
  const JobId second = world.submit_and_wait().value()->id;
  start();
  EXPECT_TRUE(world.service->find(second).job->cached);
  EXPECT_EQ(picture_of(second), picture_of(first->id));
  EXPECT_TRUE(world.submit_and_wait().value()->cached);
}

TEST_F(CacheTest, NeitherWaitsNorCountsForTheLimitOfTheQueue) {
  ServiceOptions options;
  options.most_queued_jobs = 1;
  start(options);
  rendered();
  world.engine.set_broken(true);
  RenderRequest other = World::request();
  other.seed = 1;
  while (world.service->stats().queue_depth < 1) world.submit_and_wait(other).value();
  EXPECT_EQ(world.submit_and_wait(other).error().code, ErrorCode::queue_full);
  EXPECT_TRUE(world.submit_and_wait().value()->cached);
}

TEST_F(CacheTest, LeavesNoFileOfAJobThatCouldNotBeStored) {
  start();
  rendered();
  world.store.insert_error = Error{ErrorCode::storage_full, "full", ""};
  EXPECT_FALSE(world.submit_and_wait());
  world.until([&] { return world.blobs->list(store::BlobFolder::results).value().size() == 1; });
}

TEST_F(CacheTest, IsRefusedWhileTheServerShutsDown) {
  start();
  rendered();
  world.service->drain([] {});
  EXPECT_EQ(world.submit_and_wait().error().code, ErrorCode::draining);
}

TEST_F(CacheTest, ADrainWaitsForAPictureThatIsBeingTaken) {
  start();
  rendered();
  bool accepted = false, quiet = false;
  world.service->submit({World::request()}, [&](const Result<Accepted>& job) { accepted = job && job->job->cached; });
  world.service->drain([&] { quiet = true; });
  world.until([&] { return quiet; });
  EXPECT_TRUE(accepted);
}

TEST_F(CacheTest, ServesTheJobsOfABatchOneByOne) {
  start();
  RenderRequest red = World::request(), blue = World::request();
  red.seed = 1;
  blue.seed = 2;
  rendered(red);
  BatchSubmission batch{{red, blue, red}};
  const AcceptedBatch accepted = world.accept(batch).value();
  world.until([&] { return is_final(world.service->find_batch(accepted.batch->id).state); });
  EXPECT_TRUE(world.service->find(accepted.jobs[0]).job->cached);
  EXPECT_FALSE(world.service->find(accepted.jobs[1]).job->cached);
  EXPECT_TRUE(world.service->find(accepted.jobs[2]).job->cached);
  EXPECT_EQ(rendered_jobs(), 2u);
}

TEST_F(CacheTest, ABatchThatNeedsNoRenderingEndsOnce) {
  start();
  rendered();
  world.events.clear();
  const AcceptedBatch accepted = world.accept(BatchSubmission{{World::request(), World::request()}}).value();
  const BatchView view = world.service->find_batch(accepted.batch->id);
  EXPECT_EQ(view.state, JobState::succeeded);
  EXPECT_TRUE(view.finished_at);
  ASSERT_EQ(world.events.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(world.events[i].ends_batch, i == 3) << i;
}

}  // namespace
}  // namespace kiln::jobs::test
