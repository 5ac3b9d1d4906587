// Renders that are suspended and taken up again: with a script for what is done when, and with the CPU renderer for
// the bytes that come out.
#include <algorithm>
#include <array>
#include <random>

#include "base/files.h"
#include "base/hashing.h"
#include "render/renderer_choice.h"
#include "tests/engine/engine_fixture.h"

namespace kiln::engine::test {
namespace {

namespace fs = std::filesystem;

class Resume : public LocalEngineFixture {
 protected:
  EngineTask long_task() {
    EngineTask t = task();
    t.request.width = t.request.height = 100;
    t.request.samples_per_pixel = 64;
    t.checkpoint_file = folder.path() / "checkpoint";
    return t;
  }

  /// Renders until `passes` passes are done and stops then.
  ErrorCode stop_after(int passes, const EngineTask& t, std::stop_source stop, const RenderStop& stops) {
    script.on_pass = [this, stop, last = script.passes + passes]() mutable {
      if (script.passes == last) stop.request_stop();
      return Result<void>();
    };
    const auto report = render(t, stops);
    script.on_pass = [] { return Result<void>(); };
    return report ? ErrorCode::internal : report.error().code;
  }
  ErrorCode suspend_after(int passes, const EngineTask& t) {
    const std::stop_source suspend;
    return stop_after(passes, t, suspend, {{}, suspend.get_token()});
  }
};

TEST_F(Resume, GoesOnWhereItWasSuspendedInAnotherEngine) {
  const EngineTask t = long_task();
  ASSERT_TRUE(render(t));
  const std::string undisturbed = sha256_of_file(t.result_file).value();
  fs::remove(t.result_file);
  EXPECT_EQ(suspend_after(3, t), ErrorCode::cancelled);
  ASSERT_TRUE(fs::exists(t.checkpoint_file));
  EXPECT_FALSE(fs::exists(t.result_file));
  const double reached = progress.back();
  EXPECT_GT(reached, 0);
  progress.clear();
  engine = make();
  ASSERT_TRUE(render(t));
  EXPECT_EQ(*std::ranges::find_if(progress, [](double p) { return p > 0; }), reached);  // 0: loading
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  EXPECT_EQ(sha256_of_file(t.result_file).value(), undisturbed);
}

TEST_F(Resume, KeepsNothingOfACancelledRender) {
  const EngineTask t = long_task();
  const std::stop_source cancel;
  EXPECT_EQ(stop_after(3, t, cancel, {cancel.get_token(), {}}), ErrorCode::cancelled);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(Resume, SuspendsALoadAtOnceAndWritesNothing) {
  Gate gate;
  script.on_prepare = gate.hook();
  const EngineTask t = long_task();
  std::stop_source suspend;
  auto outcome = std::async(std::launch::async, [&] { return render(t, {{}, suspend.get_token()}); });
  gate.wait_until_reached();
  suspend.request_stop();
  EXPECT_EQ(outcome.get().error().code, ErrorCode::cancelled);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(Resume, WritesCheckpointsWhileItRenders) {
  LocalEngineOptions options;
  options.checkpoint_s = 1e-9;
  engine = make(options);
  const EngineTask t = long_task();
  bool seen = false;
  script.on_pass = [&] {  // goes on until a checkpoint is there, as long as that takes
    seen = seen || fs::exists(t.checkpoint_file);
    return Result<void>();
  };
  EngineTask endless = t;
  endless.request.samples_per_pixel = 1u << 30;
  std::stop_source cancel;
  const auto stopped = engine->render(endless,
                                      [&](double) {
                                        if (seen) cancel.request_stop();
                                      },
                                      {cancel.get_token(), {}});
  EXPECT_FALSE(stopped);
  EXPECT_TRUE(seen);
  EXPECT_FALSE(fs::exists(t.checkpoint_file.string() + ".part")) << "nothing is being written any more";
}

TEST_F(Resume, WritesNoCheckpointBeforeItIsTime) {
  const EngineTask t = long_task();
  ASSERT_TRUE(render(t));
  EXPECT_FALSE(fs::exists(t.checkpoint_file));
}

TEST_F(Resume, RendersFromTheBeginningWhereTheCheckpointIsDamaged) {
  const EngineTask t = long_task();
  EXPECT_EQ(suspend_after(3, t), ErrorCode::cancelled);
  fs::resize_file(t.checkpoint_file, fs::file_size(t.checkpoint_file) - 1);
  progress.clear();
  ASSERT_TRUE(render(t));
  EXPECT_FALSE(fs::exists(t.checkpoint_file));
}

TEST_F(Resume, GoesOnWithoutCheckpointsWhereTheyCannotBeWritten) {
  LocalEngineOptions options;
  options.checkpoint_s = 1e-9;
  engine = make(options);
  EngineTask t = long_task();
  t.checkpoint_file = folder.path() / "none" / "checkpoint";
  EXPECT_TRUE(render(t));
  EXPECT_EQ(suspend_after(3, t), ErrorCode::cancelled);
}

Result<MadeRenderer> cpu_renderer() {
  auto chosen = render::make_renderer(render::BackendChoice::cpu, 2);
  if (!chosen) return chosen.error();
  return MadeRenderer{std::move(chosen->renderer), std::move(chosen->reason)};
}

/// A request that the number alone decides.
EngineTask random_task(unsigned number, const fs::path& folder) {
  std::minstd_rand random(number);
  const auto up_to = [&random](unsigned most) { return std::uniform_int_distribution<unsigned>(0, most)(random); };
  constexpr std::array kScenes{"sample:cornell-box", "sample:material-grid", "sample:spheres-in-studio"};
  constexpr std::array kFormats{ImageFormat::png, ImageFormat::exr, ImageFormat::webp, ImageFormat::jpeg};
  EngineTask task;
  task.id = random_job_id();
  task.request.scene = kScenes[up_to(2)];
  task.request.width = 65 + up_to(40);
  task.request.height = 65 + up_to(40);
  task.request.samples_per_pixel = 8 + up_to(10);
  task.request.max_depth = 1 + up_to(5);
  task.request.seed = up_to(1000);
  task.request.format = kFormats[up_to(3)];
  if (number % 2 == 0) {  // half of them end pixels early
    task.request.samples_per_pixel *= 6;
    task.request.noise_threshold = 0.1f;
  }
  task.request.background.kind = up_to(1) ? BackgroundKind::transparent : BackgroundKind::environment;
  task.request.environment.rotation_deg = static_cast<float>(up_to(360));
  task.result_file = folder / "result";
  task.checkpoint_file = folder / "checkpoint";
  return task;
}

class SuspendedRender : public testing::TestWithParam<unsigned> {
 protected:
  /// The hash of the picture; empty when it was suspended, after so many passes.
  std::string render(const EngineTask& task, unsigned passes = ~0u) {
    const auto engine = make_local_engine(cpu_renderer);
    std::stop_source suspend;
    const auto tell = [&](double done) {
      if (done > 0 && --passes == 0) suspend.request_stop();
    };
    const auto picture = engine->render(task, tell, {{}, suspend.get_token()});
    if (!picture) {
      EXPECT_EQ(picture.error().code, ErrorCode::cancelled) << picture.error().message;
      return "";
    }
    const auto report = picture->finish();
    EXPECT_TRUE(report) << report.error().message;
    return report ? report->result_sha256 : "";
  }
  kiln::test::TempFolder folder;
};

TEST_P(SuspendedRender, GivesTheSameBytesAsAnUndisturbedOne) {
  const EngineTask task = random_task(GetParam(), folder.path());
  const std::string undisturbed = render(task);
  ASSERT_NE(undisturbed, "");
  std::minstd_rand random(GetParam() + 1000);
  std::uniform_int_distribution<unsigned> some(1, 2);
  EXPECT_EQ(render(task, some(random)), "");
  EXPECT_TRUE(fs::exists(task.checkpoint_file));
  (void)render(task, some(random));  // that may be its end
  EXPECT_EQ(render(task), undisturbed);
}

INSTANTIATE_TEST_SUITE_P(Resume, SuspendedRender, testing::Range(1u, 21u));

}  // namespace
}  // namespace kiln::engine::test
