#include "engine/prompt_engine.h"

#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "base/job_id.h"
#include "tests/store/temp_folder.h"

namespace kiln::engine::test {
namespace {

namespace fs = std::filesystem;

/// What the engine inside does with a render; on its own thread.
using Behaviour = std::function<Result<RenderReport>(const EngineTask&, const ProgressSink&, std::stop_token)>;

struct InnerEngine final : Engine {
  explicit InnerEngine(Behaviour& to_do) : behaviour(to_do) {}
  void open() override { throw std::runtime_error("no such device"); }
  Result<RenderReport> render(const EngineTask& task, const ProgressSink& progress, std::stop_token stop) override {
    const Behaviour now = behaviour;  // the test may set the next one while this one runs
    return now(task, progress, std::move(stop));
  }
  EngineStatus status() const override { return {true, "inner", "", ""}; }

  Behaviour& behaviour;
};

Result<RenderReport> succeed(const EngineTask& task, const ProgressSink&, const std::stop_token&) {
  std::ofstream(task.result_file) << "picture";
  RenderReport report;
  report.result_bytes = 7;
  return report;
}

class PromptEngine : public testing::Test {
 protected:
  EngineTask task(const std::string& name = "result") {
    EngineTask t;
    t.id = random_job_id();
    t.result_file = folder.path() / name;
    return t;
  }

  /// Begins a render that looks at no stop token, as a library that reads a file; and stops it.
  ErrorCode stop_a_blocked_render() {
    std::promise<void> begun;
    behaviour = [&, released = release.get_future().share()](const EngineTask& t, const ProgressSink& progress,
                                                             const std::stop_token& stop) {
      begun.set_value();
      released.wait();
      progress(0.5);
      return succeed(t, progress, stop);
    };
    std::stop_source stop;
    auto outcome = std::async(std::launch::async, [&] {
      return engine->render(
          task("abandoned"), [this](double) { ++told; }, stop.get_token());
    });
    begun.get_future().wait();
    stop.request_stop();
    behaviour = succeed;
    const auto report = outcome.get();
    return report ? ErrorCode::internal : report.error().code;
  }

  kiln::test::TempFolder folder;
  std::promise<void> release;
  int told = 0;
  Behaviour behaviour = succeed;
  std::unique_ptr<Engine> engine = make_prompt_engine(std::make_unique<InnerEngine>(behaviour));
};

TEST_F(PromptEngine, GivesWhatTheEngineInsideGives) {
  const auto report = engine->render(task(), [](double) {}, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->result_bytes, 7u);
  EXPECT_TRUE(fs::exists(folder.path() / "result"));
  EXPECT_EQ(engine->status().backend, "inner");
  behaviour = [](auto&&...) { return Error{ErrorCode::invalid_scene, "as the test says", ""}; };
  EXPECT_EQ(engine->render(task(), [](double) {}, {}).error().code, ErrorCode::invalid_scene);
}

TEST_F(PromptEngine, TellsProgressOnTheThreadThatCalls) {
  behaviour = [](const EngineTask& t, const ProgressSink& progress, const std::stop_token& stop) {
    for (int i = 1; i <= 100; ++i) progress(i / 100.0);
    return succeed(t, progress, stop);
  };
  std::vector<double> heard;
  const auto caller = std::this_thread::get_id();
  const auto report = engine->render(task(),
                                     [&](double value) {
                                       EXPECT_EQ(std::this_thread::get_id(), caller);
                                       heard.push_back(value);
                                     },
                                     {});
  ASSERT_TRUE(report);
  ASSERT_FALSE(heard.empty());
  EXPECT_TRUE(std::is_sorted(heard.begin(), heard.end()));
  EXPECT_EQ(heard.back(), 1) << "the last one is never left out";
}

TEST_F(PromptEngine, AnswersAStopWhileTheEngineInsideIsBlocked) {
  EXPECT_EQ(stop_a_blocked_render(), ErrorCode::cancelled);
  release.set_value();
  EXPECT_TRUE(engine->render(task(), [](double) {}, {})) << "the next one is not concerned";
  EXPECT_EQ(told, 0) << "who left hears nothing any more";
}

TEST_F(PromptEngine, RemovesThePictureThatAnAbandonedRenderWrites) {
  EXPECT_EQ(stop_a_blocked_render(), ErrorCode::cancelled);
  release.set_value();
  ASSERT_TRUE(engine->render(task(), [](double) {}, {}));  // it comes after the end of the other
  EXPECT_FALSE(fs::exists(folder.path() / "abandoned"));
  EXPECT_TRUE(fs::exists(folder.path() / "result"));
}

TEST_F(PromptEngine, StopsARenderThatWaitsForAnAbandonedOne) {
  EXPECT_EQ(stop_a_blocked_render(), ErrorCode::cancelled);
  std::stop_source stop;
  stop.request_stop();
  const auto waiting = engine->render(
      task("never"), [](double) {}, stop.get_token());
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().code, ErrorCode::cancelled);
  release.set_value();
  ASSERT_TRUE(engine->render(task(), [](double) {}, {}));
  EXPECT_FALSE(fs::exists(folder.path() / "never")) << "it is not even begun";
}

TEST_F(PromptEngine, TellsTheEngineInsideThatNobodyWaitsAnyMore) {
  std::promise<void> ended;
  behaviour = [&](const EngineTask&, const ProgressSink& progress,
                  const std::stop_token& stop) -> Result<RenderReport> {
    progress(0.5);
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait(lock, stop, [] { return false; });
    ended.set_value();
    return Error{ErrorCode::cancelled, "stopped", ""};
  };
  EXPECT_THROW((void)engine->render(task(), [](double) { throw std::runtime_error("the listener is broken"); }, {}),
               std::runtime_error);
  EXPECT_EQ(ended.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST_F(PromptEngine, MakesErrorsOfExceptionsAndSurvivesThem) {
  behaviour = [](auto&&...) -> Result<RenderReport> { throw std::bad_alloc(); };
  EXPECT_EQ(engine->render(task(), [](double) {}, {}).error().code, ErrorCode::out_of_memory);
  EXPECT_THROW(engine->open(), std::runtime_error);
  behaviour = succeed;
  EXPECT_TRUE(engine->render(task(), [](double) {}, {}));
}

}  // namespace
}  // namespace kiln::engine::test
