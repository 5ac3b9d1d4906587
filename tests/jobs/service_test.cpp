#include "jobs/service.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

Result<RenderReport> paint_at_once(const EngineTask& task, const ProgressSink& progress, std::stop_token) {
  progress(0.5);
  progress(1);
  return paint(task);
}

TEST(Service, RunsAHundredJobsInAcceptanceOrder) {
  World world(paint_at_once);
  Service& service = world.start();
  std::vector<JobId> accepted;
  for (int i = 0; i < 100; ++i) {
    service.submit({World::request()}, [&](Result<Accepted> job) { accepted.push_back(job.value().job->id); });
  }
  world.until([&] { return service.stats().by_state[static_cast<std::size_t>(JobState::succeeded)] == 100; });
  std::vector<JobId> rendered, finished;
  for (const EngineTask& task : world.engine.tasks()) rendered.push_back(task.id);
  for (const JobEvent& event : world.events) {
    if (event.kind == JobEventKind::finished) finished.push_back(event.job->id);
  }
  EXPECT_EQ(rendered, accepted);
  EXPECT_EQ(finished, accepted);
  EXPECT_EQ(world.staged_files(), 0u);
}

TEST(Service, AnswersASubmitOnlyWhenTheJobIsDurable) {
  World world(paint_at_once);
  Service& service = world.start();
  world.store.hold = true;
  std::optional<Result<Accepted>> answer;
  service.submit({World::request()}, [&](Result<Accepted> job) { answer = std::move(job); });
  world.settle();
  EXPECT_FALSE(answer);
  EXPECT_TRUE(world.events.empty());
  EXPECT_FALSE(service.find(world.store.calls.at(0).second->id).job);
  world.store.release();
  world.until([&] { return answer.has_value(); });
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->job->state, JobState::queued);
  EXPECT_EQ((*answer)->job->attempt, 1u);
  world.until_state((*answer)->job->id, JobState::succeeded);
}

TEST(Service, KeepsNoJobThatCouldNotBeStored) {
  World world(paint_at_once);
  Service& service = world.start();
  const AssetPtr scene = world.add("scene", "model/gltf-binary").value().asset;
  RenderRequest request;
  request.scene = scene->id;
  world.store.insert_error = Error{ErrorCode::storage_full, "the disk is full", ""};
  const auto answer = world.submit_and_wait(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::storage_full);
  EXPECT_TRUE(service.list({}).value().jobs.empty());
  EXPECT_EQ(service.stats().queue_depth, 0u);
  EXPECT_TRUE(world.remove_asset(scene->id)) << "the job that never was must not hold its asset";
}

TEST(Service, ShowsAFinishedJobOnlyWhenItsEndIsDurable) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId id = world.submit();
  world.until([&] { return gate.begun() == 1; });
  world.settle();
  world.store.hold = true;
  const std::size_t calls = world.store.calls.size();
  gate.let_succeed();
  world.until([&] { return world.store.calls.size() > calls; });
  world.settle();
  EXPECT_EQ(world.state(id), JobState::running);
  EXPECT_EQ(service.result(id).error().code, ErrorCode::job_not_finished);
  const auto late_cancel = [&] {
    std::optional<ErrorCode> code;
    service.cancel(id, [&](Result<JobPtr> r) { code = r ? ErrorCode::internal : r.error().code; });
    world.until([&] { return code.has_value(); });
    return *code;
  };
  EXPECT_EQ(late_cancel(), ErrorCode::job_finished);
  world.store.release();
  world.until_state(id, JobState::succeeded);
}

TEST(Service, GivesTheResultOfASucceededJob) {
  World world(paint_at_once);
  Service& service = world.start();
  const JobId id = world.submit();
  world.until_state(id, JobState::succeeded);
  const ResultFile result = service.result(id).value();
  std::ifstream file(result.path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(text, "picture of " + to_string(id));
  EXPECT_EQ(result.job->report->result_bytes, text.size());
  EXPECT_EQ(result.job->progress, 1);
  EXPECT_TRUE(result.job->finished_at);
}

TEST(Service, TellsPositionsThatMoveUpWhenJobsLeave) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  std::vector<JobId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(world.submit());
  world.until([&] { return gate.begun() == 1; });
  EXPECT_EQ(service.find(ids[0]).position, 0u);
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(service.find(ids[i]).position, i);
  ASSERT_TRUE(world.cancel(ids[2]));
  EXPECT_EQ(service.find(ids[1]).position, 1u);
  EXPECT_EQ(service.find(ids[2]).position, 0u);
  EXPECT_EQ(service.find(ids[3]).position, 2u);
  EXPECT_EQ(service.find(ids[4]).position, 3u);
  EXPECT_EQ(service.stats().queue_depth, 3u);
}

TEST(Service, ReportsProgressOfTheRunningAttempt) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId id = world.submit();
  world.until([&] { return gate.begun() == 1; });
  gate.progress(0.25);
  world.until([&] { return service.find(id).job->progress == 0.25; });
  const std::uint64_t revision = service.find(id).job->revision;
  gate.progress(0.75);
  world.until([&] { return service.find(id).job->progress == 0.75; });
  EXPECT_GT(service.find(id).job->revision, revision);
  EXPECT_EQ(service.find(id).job->state, JobState::running);
}

TEST(Service, RefusesScenesAndEnvironmentsThatAreNotThere) {
  World world(paint_at_once);
  world.start();
  const std::string scene = world.add("scene", "model/gltf-binary").value().asset->id;
  const std::string image = world.add("image", "image/vnd.radiance").value().asset->id;
  const auto refused = [&](std::string s, std::optional<std::string> e) {
    RenderRequest r;
    r.scene = std::move(s);
    if (e) r.environment.source = *e;
    const Error error = world.submit_and_wait(r).error();
    return std::pair(error.code, error.pointer);
  };
  using Answer = std::pair<ErrorCode, std::string>;
  EXPECT_EQ(refused("sample:nothing", {}), (Answer{ErrorCode::unknown_sample, "/scene"}));
  EXPECT_EQ(refused("sha256:00", {}), (Answer{ErrorCode::unknown_asset, "/scene"}));
  EXPECT_EQ(refused(image, {}), (Answer{ErrorCode::invalid_request, "/scene"}));
  EXPECT_EQ(refused(scene, "sha256:00"), (Answer{ErrorCode::unknown_asset, "/environment/image"}));
  EXPECT_EQ(refused(scene, scene), (Answer{ErrorCode::invalid_request, "/environment/image"}));
}

TEST(Service, HandsTheEngineTheFilesOfItsAssets) {
  World world(paint_at_once);
  world.start();
  const std::string scene = world.add("scene", "model/gltf-binary").value().asset->id;
  const std::string image = world.add("image", "image/vnd.radiance").value().asset->id;
  RenderRequest r;
  r.scene = scene;
  r.environment.source = image;
  const JobId id = world.submit_and_wait(r).value()->id;
  world.until_state(id, JobState::succeeded);
  const EngineTask task = world.engine.tasks().at(0);
  EXPECT_EQ(task.scene_file, world.assets().file(scene));
  EXPECT_EQ(task.environment_file, world.assets().file(image));
  EXPECT_TRUE(std::filesystem::exists(task.scene_file));
  EXPECT_FALSE(std::filesystem::exists(task.result_file)) << "it was moved to the results";
}

TEST(Service, FailsAJobWithTheEnginesError) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId id = world.submit(), next = world.submit();
  gate.let_fail(ErrorCode::invalid_scene);
  gate.let_succeed();
  world.until_state(next, JobState::succeeded);
  EXPECT_EQ(world.state(id), JobState::failed);
  EXPECT_EQ(service.find(id).job->error->code, ErrorCode::invalid_scene);
  EXPECT_EQ(service.result(id).error().code, ErrorCode::invalid_scene);
}

TEST(Service, OutlivesAnEngineThatThrows) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  const JobId thrown = world.submit(), starved = world.submit(), next = world.submit();
  gate.let([](const EngineTask&) -> Result<RenderReport> { throw std::runtime_error("the roof fell in"); });
  gate.let([](const EngineTask&) -> Result<RenderReport> { throw std::bad_alloc(); });
  gate.let_succeed();
  world.until_state(next, JobState::succeeded);
  EXPECT_EQ(service.find(thrown).job->error->code, ErrorCode::internal);
  EXPECT_NE(service.find(thrown).job->error->message.find("the roof fell in"), std::string::npos);
  EXPECT_EQ(service.find(starved).job->error->code, ErrorCode::out_of_memory);
}

TEST(Service, FailsAJobWhosePictureCannotBeKept) {
  World world(
      [](const EngineTask&, const ProgressSink&, std::stop_token) { return RenderReport{}; });  // writes nothing
  Service& service = world.start();
  const JobId id = world.submit();
  world.until_state(id, JobState::failed);
  EXPECT_EQ(service.find(id).job->error->code, ErrorCode::io_error);
}

TEST(Service, HoldsTheQueueWhileTheEngineIsNotReady) {
  World world(paint_at_once);
  world.engine.ready_after(5);
  Service& service = world.start();
  const JobId id = world.submit();
  EXPECT_EQ(world.state(id), JobState::queued);
  world.until_state(id, JobState::succeeded);
  EXPECT_EQ(world.engine.opened(), 5);
  EXPECT_TRUE(service.engine_status().ready);
}

TEST(Service, OpensAnEngineAgainThatIsLostWhileItIsIdle) {
  World world(paint_at_once);
  Service& service = world.start();
  const JobId id = world.submit();
  world.until_state(id, JobState::succeeded);
  world.engine.become_not_ready();
  world.until([&] { return service.engine_status().ready; });
  EXPECT_EQ(world.engine.opened(), 2);
}

TEST(Service, OpensAnEngineAgainThatLostItsDevice) {
  World* at = nullptr;
  World world([&](const EngineTask& task, const ProgressSink&, std::stop_token) -> Result<RenderReport> {
    if (at->engine.tasks().size() > 1) return paint(task);
    at->engine.become_not_ready();
    return Error{ErrorCode::device_fault, "illegal address", ""};
  });
  at = &world;
  Service& service = world.start();
  const JobId lost = world.submit(), next = world.submit();
  world.until_state(next, JobState::succeeded);
  EXPECT_EQ(service.find(lost).job->state, JobState::succeeded);
  EXPECT_EQ(service.find(lost).job->attempt, 2u);
  EXPECT_EQ(world.engine.opened(), 2);
}

TEST(Service, ListenersHearEveryChangeOnce) {
  World world([](const EngineTask& task, const ProgressSink&, std::stop_token) { return paint(task); });
  Service& service = world.start();
  const JobId id = world.submit();
  world.until_state(id, JobState::succeeded);
  ASSERT_TRUE(world.remove(id));
  std::vector<JobEventKind> kinds;
  std::uint64_t revision = 0;
  for (const JobEvent& event : world.events) {
    kinds.push_back(event.kind);
    if (event.kind != JobEventKind::removed) {
      EXPECT_GT(event.job->revision, revision);
    }
    revision = event.job->revision;
  }
  using enum JobEventKind;
  EXPECT_EQ(kinds, (std::vector{accepted, started, progressed, finished, removed}));
  world.watching.disconnect();
  const JobId unheard = world.submit();
  world.until_state(unheard, JobState::succeeded);
  EXPECT_EQ(world.events.size(), 5u);
  EXPECT_EQ(service.list({}).value().jobs.size(), 1u);
}

TEST(Service, DropsCallbacksWhenItEnds) {
  World world(paint_at_once);
  world.start();
  world.store.hold = true;
  bool called = false;
  world.service->submit({World::request()}, [&](const Result<Accepted>&) { called = true; });
  world.service.reset();
  world.store.release();
  world.settle();
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace kiln::jobs::test
