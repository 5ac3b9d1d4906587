#include "engine/process_engine.h"

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/child_process.h"
#include "tests/engine/process_engine_fixture.h"

namespace kiln::engine {
namespace {

using test::text_of;

class ProcessEngine : public test::ProcessEngineTest {};

TEST_F(ProcessEngine, IsNotReadyBeforeItIsOpened) {
  engine = make_process_engine(options);
  EXPECT_FALSE(engine->status().ready);
  open();
  EXPECT_TRUE(engine->status().ready);
  EXPECT_EQ(engine->status().device, "a test");
  EXPECT_EQ(engine->status().reason, "it was asked for");
}

TEST_F(ProcessEngine, RendersInAProcessOfItsOwn) {
  open();
  const EngineTask t = task("ok");
  std::vector<double> told;
  on_progress = [&](double value) { told.push_back(value); };
  auto picture = render(t);
  ASSERT_TRUE(picture) << picture.error().message;
  const auto report = picture->finish();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_NE(report->samples, static_cast<std::uint64_t>(::getpid()));
  EXPECT_EQ(text_of(t.result_file), "picture of ok after ");
  for (std::size_t i = 1; i < told.size(); ++i) EXPECT_GT(told[i], told[i - 1]);
}

TEST_F(ProcessEngine, StaysTheSameProcessFromTaskToTask) {
  open();
  const auto first = render_whole(task("ok")), second = render_whole(task("ok"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->samples, second->samples);
}

TEST_F(ProcessEngine, RenderOpensWhatIsNotOpen) {
  engine = make_process_engine(options);
  EXPECT_TRUE(render_whole(task("ok")));
}

TEST_F(ProcessEngine, PassesErrorsOfTheTaskOn) {
  open();
  const auto outcome = render(task("invalid"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::invalid_scene);
  EXPECT_EQ(outcome.error().pointer, "/scenes");
  EXPECT_EQ(render(task("throw")).error().code, ErrorCode::out_of_memory);
  EXPECT_TRUE(engine->status().ready);
  expect_that_the_next_task_succeeds();
}

TEST_F(ProcessEngine, PassesHintsOn) {
  open();
  engine->prefetch(task("the next one"));
  const EngineTask t = task("ok");
  ASSERT_TRUE(render_whole(t));
  EXPECT_EQ(text_of(t.result_file), "picture of ok after the next one");
}

TEST_F(ProcessEngine, RendersTheNextTaskWhileAPictureIsEncoded) {
  open();
  EngineTask slow = task("ok");
  slow.environment_file = folder.path() / "go on";
  auto first = render(slow);
  ASSERT_TRUE(first);
  ASSERT_TRUE(render(task("ok")));
  std::ofstream(slow.environment_file) << "now";
  EXPECT_TRUE(first->finish());
}

TEST_F(ProcessEngine, APictureThatNobodyTakesIsNotKept) {
  open();
  EngineTask slow = task("ok");
  slow.environment_file = folder.path() / "go on";
  ASSERT_TRUE(render(slow));       // and dropped
  auto next = render(task("ok"));  // the engine has read what came before it
  ASSERT_TRUE(next);
  std::ofstream(slow.environment_file) << "now";
  EXPECT_TRUE(next->finish());  // pictures are encoded in order
  EXPECT_FALSE(std::filesystem::exists(slow.result_file));
}

TEST_F(ProcessEngine, CancelsARender) {
  open();
  std::stop_source cancel;
  on_progress = [&](double) { cancel.request_stop(); };
  EXPECT_EQ(render(task("patient"), {cancel.get_token(), {}}).error().code, ErrorCode::cancelled);
  EXPECT_TRUE(engine->status().ready);
  expect_that_the_next_task_succeeds();
}

TEST_F(ProcessEngine, ATaskThatWasCancelledBeforehandIsNotBegun) {
  open();
  std::stop_source cancel;
  cancel.request_stop();
  EXPECT_EQ(render(task("abort@render"), {cancel.get_token(), {}}).error().code, ErrorCode::cancelled);
  EXPECT_TRUE(engine->status().ready);
}

TEST_F(ProcessEngine, SuspendsARenderWithACheckpoint) {
  open();
  std::stop_source suspend;
  on_progress = [&](double) { suspend.request_stop(); };
  const EngineTask t = task("patient");
  EXPECT_EQ(render(t, {{}, suspend.get_token()}).error().code, ErrorCode::cancelled);
  EXPECT_EQ(text_of(t.checkpoint_file), "half a picture");
  EXPECT_TRUE(engine->status().ready);
}

TEST_F(ProcessEngine, KeepsThePictureSoFarOfACancelledRenderWhereThatIsAskedFor) {
  open();
  std::stop_source cancel;
  on_progress = [&](double) { cancel.request_stop(); };
  EngineTask t = task("patient");
  t.request.keep_partial = true;
  const auto picture = render(t, {cancel.get_token(), {}});
  ASSERT_TRUE(picture) << picture.error().message;
  ASSERT_TRUE(picture->stopped_by);
  EXPECT_EQ(picture->stopped_by->code, ErrorCode::cancelled);
  ASSERT_TRUE(picture->finish());
  EXPECT_EQ(text_of(t.result_file), "picture of patient after ");
  on_progress = [](double) {};
  expect_that_the_next_task_succeeds();
}

TEST_F(ProcessEngine, APictureSoFarThatNobodyTakesIsNotKept) {
  open();
  std::stop_source cancel;
  on_progress = [&](double) { cancel.request_stop(); };
  EngineTask slow = task("patient");
  slow.request.keep_partial = true;
  slow.environment_file = folder.path() / "go on";
  ASSERT_TRUE(render(slow, {cancel.get_token(), {}}));  // and dropped
  on_progress = [](double) {};
  auto next = render(task("ok"));
  ASSERT_TRUE(next);
  std::ofstream(slow.environment_file) << "now";
  EXPECT_TRUE(next->finish());
  EXPECT_FALSE(std::filesystem::exists(slow.result_file));
}

/// A question about the picture so far, asked once the render is under way.
class Asked {
 public:
  void ask_once(Engine& engine, const EngineTask& t, const std::filesystem::path& file) {
    if (std::exchange(is_asked_, true)) return;
    engine.preview(t.id, t.attempt, file, [this](const Result<Preview>& preview) { answer_.set_value(preview); });
  }
  bool is_answered() { return coming_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
  Result<Preview> answer() { return coming_.get(); }

 private:
  bool is_asked_ = false;
  std::promise<Result<Preview>> answer_;
  std::future<Result<Preview>> coming_ = answer_.get_future();
};

TEST_F(ProcessEngine, GivesThePictureSoFar) {
  open();
  std::stop_source cancel;
  Asked preview;
  const EngineTask t = task("patient");
  const auto file = folder.path() / "preview";
  on_progress = [&](double) {
    preview.ask_once(*engine, t, file);
    cancel.request_stop();
  };
  EXPECT_FALSE(render(t, {cancel.get_token(), {}}));
  const auto answer = preview.answer();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->samples, 7u);
  EXPECT_EQ(answer->newest_for_s, 0.5);
  EXPECT_EQ(text_of(file), "preview of attempt 1 of " + to_string(t.id));
}

TEST_F(ProcessEngine, HasNoPictureSoFarWhereNothingIsRendered) {
  const EngineTask t = task("ok");
  engine = make_process_engine(options);
  for (int i = 0; i < 3; ++i) {
    Asked preview;
    preview.ask_once(*engine, t, folder.path() / "preview");
    ASSERT_TRUE(preview.is_answered());
    EXPECT_EQ(preview.answer().error().code, ErrorCode::job_not_running);
    if (i == 0) open();
    if (i == 1) {
      EXPECT_TRUE(render_whole(t));
    }
  }
}

TEST_F(ProcessEngine, AnswersWhoAskedForAPictureSoFarAlsoWhenTheEngineIsLost) {
  open();
  std::stop_source cancel;
  Asked preview;
  const EngineTask t = task("mute");
  on_progress = [&](double) {
    preview.ask_once(*engine, t, folder.path() / "preview");
    cancel.request_stop();
  };
  EXPECT_EQ(render(t, {cancel.get_token(), {}}).error().code, ErrorCode::cancelled);
  EXPECT_EQ(preview.answer().error().code, ErrorCode::job_not_running);
  on_progress = [](double) {};
  expect_that_the_next_task_succeeds();
}

TEST_F(ProcessEngine, AnExceptionOfTheProgressSinkCancelsTheTask) {
  open();
  on_progress = [](double) { throw std::runtime_error("no more"); };
  EXPECT_THROW((void)render(task("patient")), std::runtime_error);
  on_progress = [](double) {};
  expect_that_the_next_task_succeeds();
}

TEST_F(ProcessEngine, ReplacesTheProcessAfterSoManyJobs) {
  options.max_jobs = 2;
  open();
  std::vector<std::uint64_t> processes;
  for (int i = 0; i < 5; ++i) processes.push_back(render_whole(task("ok"))->samples);
  EXPECT_EQ(processes[0], processes[1]);
  EXPECT_NE(processes[1], processes[2]);
  EXPECT_EQ(processes[2], processes[3]);
  EXPECT_NE(processes[3], processes[4]);
}

TEST_F(ProcessEngine, IsReadyAllTheTimeWhileTheProcessIsReplaced) {
  options.max_jobs = 1;
  open();
  std::atomic<bool> done{false}, was_ready{true};
  std::thread observer([&] {
    while (!done) was_ready = was_ready && engine->status().ready;
  });
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(render_whole(task("ok")));
  done = true;
  observer.join();
  EXPECT_TRUE(was_ready);
}

TEST_F(ProcessEngine, ReplacesTheProcessOnlyWhenItsPicturesAreEncoded) {
  options.max_jobs = 1;
  open();
  EngineTask slow = task("ok");
  slow.environment_file = folder.path() / "go on";
  auto first = render(slow);
  ASSERT_TRUE(first);
  auto second = std::async(std::launch::async, [&] { return render_whole(task("ok")); });
  std::ofstream(slow.environment_file) << "now";
  const auto report = first->finish();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_NE(report->samples, second.get()->samples);
}

TEST_F(ProcessEngine, ReplacesAProcessThatHoldsTooMuchMemory) {
  open();
  const auto fresh = render_whole(task("ok"));
  ASSERT_TRUE(fresh);
  options.max_resident_bytes = resident_bytes_of(static_cast<pid_t>(fresh->samples)) + (std::uint64_t{32} << 20);
  engine.reset();
  open();
  const auto before = render_whole(task("leak")), after = render_whole(task("ok")), later = render_whole(task("ok"));
  ASSERT_TRUE(before && after && later);
  EXPECT_NE(before->samples, after->samples);
  EXPECT_EQ(after->samples, later->samples);
}

}  // namespace
}  // namespace kiln::engine
