// While one job renders, the picture before it is finished and the scene after it is made ready.
#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <semaphore>

#include "jobs/service.h"
#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

/// Holds pictures back until the test lets them be finished.
class FinishGate {
 public:
  explicit FinishGate(World& world) {
    world.engine.finishing = [this](const EngineTask&, const RenderReport& report) -> Result<RenderReport> {
      ++begun_;
      if (!open_.try_acquire_for(kHang)) return Error{ErrorCode::internal, "the test hangs", ""};
      return report;
    };
  }
  void let(int pictures) { open_.release(pictures); }
  int begun() const { return begun_; }

 private:
  std::counting_semaphore<> open_{0};
  std::atomic<int> begun_{0};
};

Result<RenderReport> paint_at_once(const EngineTask& task, const ProgressSink&, std::stop_token) { return paint(task); }

bool rendered(const World& world, const JobId& id) { return world.service->find(id).job->progress == 1; }

TEST(Pipeline, BeginsTheNextJobWhileThePictureBeforeIsFinished) {
  Gate gate;
  World world(gate.behaviour());
  FinishGate finish(world);
  Service& service = world.start();
  const JobId first = world.submit(), second = world.submit();
  gate.let_succeed();
  world.until([&] { return gate.begun() == 2 && rendered(world, first) && finish.begun() == 1; });
  EXPECT_EQ(world.state(first), JobState::running);
  EXPECT_EQ(world.state(second), JobState::running);
  EXPECT_EQ(service.result(first).error().code, ErrorCode::job_not_finished);
  finish.let(1);
  world.until_state(first, JobState::succeeded);
  EXPECT_EQ(world.state(second), JobState::running);
  finish.let(1);
  gate.let_succeed();
  world.until_state(second, JobState::succeeded);
}

TEST(Pipeline, KeepsAtMostTwoPicturesBehindTheRender) {
  std::atomic<int> painted{0}, finished{0}, most{0};
  World world([&](const EngineTask& task, const ProgressSink&, std::stop_token) {
    most = std::max(most.load(), painted - finished);
    ++painted;
    return paint(task);
  });
  world.engine.finishing = [&](const EngineTask&, const RenderReport& report) {
    while (painted < 3) std::this_thread::yield();
    ++finished;
    return report;
  };
  world.start();
  JobId last;
  for (int i = 0; i < 20; ++i) last = world.submit();
  world.until_state(last, JobState::succeeded);
  EXPECT_EQ(most, 2);
}

TEST(Pipeline, BeginsPicturesAgainThatALostEngineTookAlong) {
  World* at = nullptr;
  const Error crash{ErrorCode::engine_crashed, "the engine was killed", ""};
  World world([&](const EngineTask& task, const ProgressSink&, std::stop_token) -> Result<RenderReport> {
    if (at->engine.tasks().size() == 2) return crash;
    return paint(task);
  });
  at = &world;
  world.engine.finishing = [&](const EngineTask& task, const RenderReport& report) -> Result<RenderReport> {
    if (task.attempt > 1) return report;
    while (world.engine.tasks().size() < 2) std::this_thread::yield();
    if (world.engine.tasks().size() == 2) return crash;
    return report;
  };
  world.start();
  const JobId first = world.submit(), second = world.submit(), third = world.submit();
  world.until_state(third, JobState::succeeded);
  std::vector<JobId> order;
  for (const EngineTask& task : world.engine.tasks()) order.push_back(task.id);
  EXPECT_EQ(order, (std::vector{first, second, first, second, third}));
  EXPECT_EQ(world.service->find(first).job->engine_losses, 1u);
  EXPECT_EQ(world.service->find(second).job->engine_losses, 1u);
  EXPECT_EQ(world.staged_files(), 0u);
}

TEST(Pipeline, DoesNotPutOthersAtRiskBesideAJobThatLostAnEngine) {
  const Error crash{ErrorCode::engine_crashed, "the engine was killed", ""};
  constexpr std::uint64_t kBad = 666;
  std::atomic<bool> lost{false};
  World world([&](const EngineTask& task, const ProgressSink&, std::stop_token) -> Result<RenderReport> {
    if (task.request.seed == kBad || task.attempt > 1) return paint(task);
    while (!lost) std::this_thread::yield();
    return crash;
  });
  world.engine.finishing = [&](const EngineTask& task, const RenderReport& report) -> Result<RenderReport> {
    if (task.request.seed != kBad) return report;
    if (task.attempt == 1) lost = true;  // the engine dies while it encodes: the render beside it is lost too
    return crash;
  };
  Service& service = world.start();
  RenderRequest request = World::request();
  request.seed = kBad;
  const JobId bad = world.submit_and_wait(request).value()->id, innocent = world.submit();
  world.until_state(innocent, JobState::succeeded);
  EXPECT_EQ(world.state(bad), JobState::failed);
  EXPECT_EQ(service.find(bad).job->attempt, 2u);
  const std::vector<EngineTask> tasks = world.engine.tasks();
  EXPECT_EQ(tasks.back().id, innocent);
  EXPECT_LE(tasks.back().attempt, 2u);
}

TEST(Pipeline, CancelsAJobAtOnceThatIsOnlyBeingFinished) {
  Gate gate;
  World world(gate.behaviour());
  FinishGate finish(world);
  Service& service = world.start();
  const JobId id = world.submit(), next = world.submit();
  gate.let_succeed();
  world.until([&] { return rendered(world, id) && finish.begun() == 1; });
  const auto answer = world.cancel(id);
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)->state, JobState::cancelled);
  EXPECT_EQ(world.state(id), JobState::cancelled);
  finish.let(2);
  gate.let_succeed();
  world.until_state(next, JobState::succeeded);
  EXPECT_EQ(world.state(id), JobState::cancelled) << "the late picture changes nothing";
  EXPECT_EQ(service.result(id).error().code, ErrorCode::cancelled);
  world.until([&] { return !world.has_file(store::BlobFolder::results, id) && world.staged_files() == 0; });
}

TEST(Pipeline, CancelsARenderAtOnceThoughThePictureBeforeIsStillBeingFinished) {
  Gate gate;
  World world(gate.behaviour());
  FinishGate finish(world);
  world.start();
  const JobId before = world.submit(), id = world.submit();
  gate.let_succeed();
  world.until([&] { return gate.begun() == 2 && finish.begun() == 1; });
  ASSERT_TRUE(world.cancel(id));
  world.until_state(id, JobState::cancelled);
  EXPECT_EQ(world.state(before), JobState::running);
  finish.let(1);
  world.until_state(before, JobState::succeeded);
}

TEST(Pipeline, OutlivesAPictureThatCannotBeFinished) {
  World world(paint_at_once);
  std::atomic<int> n{0};
  world.engine.finishing = [&](const EngineTask&, const RenderReport& report) -> Result<RenderReport> {
    if (++n == 1) throw std::runtime_error("the encoder fell over");
    if (n == 2) return Error{ErrorCode::storage_full, "no space left on device", ""};
    return report;
  };
  Service& service = world.start();
  const JobId thrown = world.submit(), full = world.submit(), next = world.submit();
  world.until_state(next, JobState::succeeded);
  EXPECT_EQ(service.find(thrown).job->error->code, ErrorCode::internal);
  EXPECT_EQ(service.find(full).job->error->code, ErrorCode::storage_full);
  EXPECT_EQ(world.staged_files(), 0u);
}

TEST(Pipeline, FinishesPicturesAndSuspendsTheRenderWhenItDrains) {
  Gate gate;
  World world(gate.behaviour());
  FinishGate finish(world);
  Service& service = world.start();
  const JobId first = world.submit(), second = world.submit();
  gate.let_succeed();
  world.until([&] { return gate.begun() == 2 && rendered(world, first); });
  bool quiet = false;
  service.drain([&] { quiet = true; });
  finish.let(1);
  world.until([&] { return quiet; });
  EXPECT_EQ(world.state(first), JobState::succeeded);
  EXPECT_EQ(world.state(second), JobState::queued);
  EXPECT_TRUE(world.engine.suspended);
}

TEST(Pipeline, LetsGoOfACancelledJobThatCameWhileTheIdleEngineWasGone) {
  World world(paint_at_once);
  Service& service = world.start();
  world.until([&] { return service.engine_status().ready; });
  world.engine.set_broken(true);
  const auto tries = world.engine.opened();
  world.until([&] { return world.engine.opened() > tries + 2; });  // the idle worker has noticed
  const JobId id = world.submit();
  ASSERT_TRUE(world.cancel(id));
  world.until_state(id, JobState::cancelled);
}

TEST(Pipeline, TellsTheEngineWhatComesNext) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  const JobId a = world.submit();
  world.until([&] { return gate.begun() == 1; });
  const JobId b = world.submit(), c = world.submit(), d = world.submit();
  ASSERT_TRUE(world.cancel(b));
  gate.let_succeed();
  world.until([&] { return gate.begun() == 2; });
  std::vector<JobId> hints;
  for (const EngineTask& task : world.engine.hints()) hints.push_back(task.id);
  EXPECT_EQ(hints, (std::vector{b, c, d}));
  EXPECT_EQ(world.engine.tasks().at(0).id, a);
}

TEST(Pipeline, MakesNothingReadyBesideAJobThatLostAnEngine) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  const auto hints = [&] {
    std::vector<JobId> ids;
    for (const EngineTask& task : world.engine.hints()) ids.push_back(task.id);
    return ids;
  };
  const JobId innocent = world.submit();
  world.until([&] { return gate.begun() == 1; });
  const JobId poison = world.submit();
  EXPECT_EQ(hints(), std::vector{poison});
  gate.let_fail(ErrorCode::engine_crashed);  // of what the hint made it do
  world.until([&] { return gate.begun() == 2; });
  const JobId third = world.submit();
  EXPECT_EQ(hints(), std::vector{poison}) << "the innocent job is alone now";
  gate.let_succeed();
  world.until_state(innocent, JobState::succeeded);
  world.until([&] { return hints() == std::vector{poison, third}; });
  gate.let_fail(ErrorCode::engine_crashed);
  world.until([&] { return gate.begun() == 4; });
  const JobId fourth = world.submit();
  EXPECT_EQ(hints(), (std::vector{poison, third}));
  gate.let_fail(ErrorCode::engine_crashed);
  world.until_state(poison, JobState::failed);
  world.until([&] { return hints() == std::vector{poison, third, fourth}; });
}

}  // namespace
}  // namespace kiln::jobs::test
