// The whole way from a request to a picture file, with the CPU renderer.
#include <gtest/gtest.h>
#include <thread>

#include "base/files.h"
#include "base/job_id.h"
#include "engine/local_engine.h"
#include "image/decode.h"
#include "render/renderer_choice.h"
#include "tests/store/temp_folder.h"

namespace kiln::engine {
namespace {

Result<MadeRenderer> cpu_renderer() {
  auto chosen = render::make_renderer(render::BackendChoice::cpu, 2);
  if (!chosen) return chosen.error();
  return MadeRenderer{std::move(chosen->renderer), std::move(chosen->reason)};
}

class RealRender : public testing::Test {
 protected:
  EngineTask cornell_box(const char* name, std::uint32_t samples) {
    EngineTask task;
    task.id = random_job_id();
    task.request.scene = "sample:cornell-box";
    task.request.width = task.request.height = 32;
    task.request.samples_per_pixel = samples;
    task.result_file = folder.path() / name;
    return task;
  }

  Result<RenderReport> render(const EngineTask& task, const std::stop_token& stop = {}) {
    const auto picture = engine->render(task, [](double) {}, {stop, {}});
    if (!picture) return picture.error();
    return picture->finish();
  }

  static Rgba8Image read_picture(const EngineTask& task) {
    return decode_image(read_file(task.result_file, 1 << 20).value(), 1 << 20).value();
  }

  kiln::test::TempFolder folder;
  std::unique_ptr<Engine> engine = make_local_engine(cpu_renderer);
};

TEST_F(RealRender, TheCornellBoxHasARedAndAGreenWall) {
  const EngineTask task = cornell_box("box", 16);
  const auto report = render(task);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->backend, "cpu");
  EXPECT_GT(report->render_s, 0);
  const Rgba8Image picture = read_picture(task);
  ASSERT_EQ(picture.width, 32u);
  int red = 0, green = 0;
  for (const std::uint32_t texel : picture.texels) {
    const int r = static_cast<int>(texel & 255), g = static_cast<int>(texel >> 8 & 255);
    red += r > 2 * g ? 1 : 0;
    green += g > 3 * r / 2 ? 1 : 0;
  }
  EXPECT_GT(red, 32);
  EXPECT_GT(green, 32);
}

TEST_F(RealRender, EqualRequestsGiveEqualPictures) {
  const EngineTask first = cornell_box("first", 4), second = cornell_box("second", 4);
  ASSERT_TRUE(render(first));
  ASSERT_TRUE(render(second));
  EXPECT_EQ(read_picture(first).texels, read_picture(second).texels);  // the files differ in their job's id
}

TEST_F(RealRender, ANoiseThresholdSavesSamplesAndThePictureIsWhole) {
  EngineTask task = cornell_box("adaptive", 256);
  task.request.noise_threshold = 0.1f;
  const auto report = render(task);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_LT(report->samples, 32u * 32 * 256 / 2);
  EXPECT_GE(report->samples, 32u * 32 * 32);
  EXPECT_FALSE(report->partial);
}

TEST_F(RealRender, ATimeBudgetEndsAnAdaptivePictureInPart) {
  EngineTask task = cornell_box("short", 65536);
  task.request.noise_threshold = 1e-4f;
  task.request.time_budget_s = 0.3f;
  const auto report = render(task);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->partial);
  EXPECT_GT(report->samples, 32u * 32);
}

TEST_F(RealRender, ARegionIsCutOutOfTheWholePicture) {
  const EngineTask whole = cornell_box("whole", 4);
  EngineTask part = cornell_box("part", 4);
  part.request.region = Region{20, 9, 7, 5};
  ASSERT_TRUE(render(whole));
  ASSERT_TRUE(render(part));
  const Rgba8Image all = read_picture(whole), cut = read_picture(part);
  ASSERT_EQ(cut.width, 7u);
  ASSERT_EQ(cut.height, 5u);
  for (std::uint32_t i = 0; i < 7 * 5; ++i) EXPECT_EQ(cut.texels[i], all.texels[(9 + i / 7) * 32 + 20 + i % 7]) << i;
}

/// The terrain takes a second or so to build, and as much to be prepared.
TEST_F(RealRender, AStopWhileTheSceneIsLoadedIsAnsweredBeforeTheSceneIsThere) {
  EngineTask terrain = cornell_box("terrain", 1);
  terrain.request.scene = "sample:terrain";
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // into the middle; wherever it comes, it must work
    stop.request_stop();
  });
  const auto stopped = render(terrain, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(render(cornell_box("box", 1)));
  EXPECT_FALSE(std::filesystem::exists(terrain.result_file));
  const auto again = render(terrain);
  ASSERT_TRUE(again) << again.error().message;
}

TEST_F(RealRender, AStopInTheMiddleLeavesNoFile) {
  std::stop_source stop;
  const auto report =
      engine->render(cornell_box("never", 1'000'000), [&](double) { stop.request_stop(); }, {stop.get_token(), {}});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace kiln::engine
