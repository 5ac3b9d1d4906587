#pragma once

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <string>
#include <sys/wait.h>

#include "base/job_id.h"
#include "engine/process_engine.h"
#include "tests/store/temp_folder.h"

namespace kiln::engine::test {

inline std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

/// Whether this process has no child left, not even one that waits to be reaped.
inline bool has_no_child() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// An engine whose process is kiln_engine_child (engine_child.cpp). Times are short where a test waits for them to pass
/// and so long that they never do where it does not.
class ProcessEngineTest : public testing::Test {
 protected:
  ProcessEngineTest() {
    options.command = {KILN_ENGINE_CHILD, "engine"};
    options.first_backoff_s = 0.001;
    options.stall_s = 60;
    options.cancel_kill_s = 60;
    options.suspend_s = 60;
  }

  /// No process and no descriptor may be left of any engine.
  void TearDown() override {
    engine.reset();
    EXPECT_TRUE(has_no_child());
    EXPECT_EQ(open_descriptors(), descriptors_);
  }

  void open() {
    if (!engine) engine = make_process_engine(options);
    while (true) {
      engine->open();
      if (engine->status().ready || engine->status().reason != "the engine is starting") return;
    }
  }

  EngineTask task(const std::string& scene) {
    EngineTask t;
    t.id = random_job_id();
    t.request.scene = scene;
    t.result_file = folder.path() / ("result" + std::to_string(++tasks_));
    t.checkpoint_file = folder.path() / ("checkpoint" + std::to_string(tasks_));
    return t;
  }

  Result<TracedPicture> render(const EngineTask& t, const RenderStop& stop = {}) {
    return engine->render(
        t, [this](double value) { on_progress(value); }, stop);
  }

  /// Both halves.
  Result<RenderReport> render_whole(const EngineTask& t) {
    auto picture = render(t);
    if (!picture) return picture.error();
    return picture->finish();
  }

  /// Whether the engine, opened again where it says that it has to be, renders.
  void expect_that_the_next_task_succeeds() {
    for (int i = 0; i < 100 && !engine->status().ready; ++i) engine->open();
    ASSERT_TRUE(engine->status().ready) << engine->status().reason;
    const EngineTask t = task("ok");
    const auto report = render_whole(t);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(text_of(t.result_file), "picture of ok after ");
  }

  kiln::test::TempFolder folder;
  ProcessEngineOptions options;
  std::unique_ptr<Engine> engine;
  std::function<void(double)> on_progress = [](double) {};

 private:
  int tasks_ = 0;
  std::ptrdiff_t descriptors_ = open_descriptors();
};

}  // namespace kiln::engine::test
