// Renders that end before their last sample, and keep what is there.
#include <algorithm>
#include <chrono>
#include <thread>

#include "base/files.h"
#include "base/hashing.h"
#include "image/decode.h"
#include "tests/engine/engine_fixture.h"

namespace kiln::engine::test {
namespace {

namespace fs = std::filesystem;

class Partial : public LocalEngineFixture {
 protected:
  static constexpr std::uint64_t kPixels = 100 * 100;

  EngineTask endless_task() {
    EngineTask t = task();
    t.request.width = t.request.height = 100;
    t.request.samples_per_pixel = 1u << 30;
    return t;
  }
  EngineTask endless_task_that_keeps() {
    EngineTask t = endless_task();
    t.request.keep_partial = true;
    return t;
  }

  /// Does what is to be done after so many passes.
  void after_passes(int passes, const std::function<void()>& what) {
    script.on_pass = [this, passes, what] {
      if (script.passes == passes) what();
      return Result<void>();
    };
  }

  /// So that there are many of them.
  void let_passes_take_time() {
    script.on_pass = [] {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      return Result<void>();
    };
  }

  Result<TracedPicture> trace(const EngineTask& t, const RenderStop& stop = {}) {
    return engine->render(
        t, [](double) {}, stop);
  }

  /// Every pixel has the one radiance that the renderer gives, whatever its number of samples.
  static void expect_even_picture(const fs::path& file) {
    const auto picture = decode_image(read_file(file, 1 << 20).value(), 1 << 20).value();
    EXPECT_EQ(picture.texels.size(), kPixels);
    EXPECT_GT(picture.texels[0] & 255, 100u);
    EXPECT_EQ(std::ranges::count(picture.texels, picture.texels[0]), std::ptrdiff_t{kPixels});
  }
};

TEST_F(Partial, ABudgetThatIsSpentAtOnceGivesOneSampleForEachPixel) {
  EngineTask t = endless_task();
  t.request.time_budget_s = 1e-6f;
  const auto picture = trace(t);
  ASSERT_TRUE(picture);
  EXPECT_FALSE(picture->stopped_by) << "it is what was asked for";
  const auto report = picture->finish();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->samples, kPixels);
  EXPECT_TRUE(report->partial);
  EXPECT_GT(script.passes, 1) << "the first pass does not reach all of them";
  expect_even_picture(t.result_file);
}

TEST_F(Partial, ABudgetEndsARenderInTheMiddleOfARound) {
  EngineTask t = endless_task();
  t.request.time_budget_s = 0.2f;
  let_passes_take_time();
  const auto begun = std::chrono::steady_clock::now();
  const auto report = render(t);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(200));
  EXPECT_GT(report->samples, kPixels);
  EXPECT_LT(report->samples, kPixels * t.request.samples_per_pixel);
  expect_even_picture(t.result_file);
}

TEST_F(Partial, ABudgetThatIsNotSpentChangesNothing) {
  EngineTask t = task();
  ASSERT_TRUE(render(t));
  const std::string without = sha256_of_file(t.result_file).value();
  t.request.time_budget_s = 3600;
  const auto report = render(t);
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->partial);
  EXPECT_EQ(report->samples, 8u * 6 * 4);
  EXPECT_EQ(report->result_sha256, without);
}

TEST_F(Partial, AnAttemptThatGoesOnHasItsBudgetAnew) {
  EngineTask t = endless_task();
  t.checkpoint_file = folder.path() / "checkpoint";
  std::stop_source suspend;
  after_passes(8, [&] { suspend.request_stop(); });
  EXPECT_EQ(trace(t, {{}, suspend.get_token()}).error().code, ErrorCode::cancelled);
  t.request.time_budget_s = 1e-6f;
  const int passes = script.passes;
  const auto report = render(t);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(script.passes, passes + 1) << "every pixel had a sample already";
  EXPECT_GT(report->samples, kPixels);
  expect_even_picture(t.result_file);
}

TEST_F(Partial, ACancelKeepsThePictureSoFarWhereThatIsAskedFor) {
  const EngineTask t = endless_task_that_keeps();
  std::stop_source cancel;
  after_passes(8, [&] { cancel.request_stop(); });
  const auto picture = trace(t, {cancel.get_token(), {}});
  ASSERT_TRUE(picture) << picture.error().message;
  EXPECT_EQ(script.passes, 8) << "not one more";
  ASSERT_TRUE(picture->stopped_by);
  EXPECT_EQ(picture->stopped_by->code, ErrorCode::cancelled);
  const auto report = picture->finish();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->partial);
  EXPECT_GT(report->samples, kPixels);
  expect_even_picture(t.result_file);
}

TEST_F(Partial, ACancelBeforeEveryPixelHasASampleKeepsNothing) {
  const EngineTask t = endless_task_that_keeps();
  std::stop_source cancel;
  after_passes(1, [&] { cancel.request_stop(); });
  const auto picture = trace(t, {cancel.get_token(), {}});
  ASSERT_FALSE(picture);
  EXPECT_EQ(picture.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(Partial, ACancelDuringALoadKeepsNothing) {
  std::stop_source cancel;
  script.on_prepare = [&](const std::stop_token&) { cancel.request_stop(); };
  EXPECT_EQ(trace(endless_task_that_keeps(), {cancel.get_token(), {}}).error().code, ErrorCode::cancelled);
}

TEST_F(Partial, TheTimeLimitKeepsThePictureSoFarWhereThatIsAskedFor) {
  EngineTask t = endless_task_that_keeps();
  t.request.time_limit_s = 0.5f;
  let_passes_take_time();
  const auto picture = trace(t);
  ASSERT_TRUE(picture) << picture.error().message;
  ASSERT_TRUE(picture->stopped_by);
  EXPECT_EQ(picture->stopped_by->code, ErrorCode::time_limit_exceeded);
  const auto report = picture->finish();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->partial);
  expect_even_picture(t.result_file);
}

TEST_F(Partial, WhatASuspendedRenderHasIsInItsCheckpointAlone) {
  EngineTask t = endless_task_that_keeps();
  t.checkpoint_file = folder.path() / "checkpoint";
  std::stop_source suspend;
  after_passes(8, [&] { suspend.request_stop(); });
  EXPECT_EQ(trace(t, {{}, suspend.get_token()}).error().code, ErrorCode::cancelled);
  EXPECT_TRUE(fs::exists(t.checkpoint_file));
  EXPECT_FALSE(fs::exists(t.result_file));
}

TEST_F(Partial, ReportsNameTheRendererAsTheStatusDoes) {
  const auto report = render(task());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->renderer.substr(0, 5), "fake-");
  EXPECT_EQ(report->renderer, engine->status().renderer);
  script.arithmetic = "other";
  engine = make();
  ASSERT_TRUE(render(task()));
  EXPECT_NE(engine->status().renderer, report->renderer);
}

}  // namespace
}  // namespace kiln::engine::test
