#include "engine/local_engine.h"

#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <iterator>
#include <numbers>
#include <optional>
#include <stdexcept>
#include <thread>

#include "base/hashing.h"
#include "tests/engine/engine_fixture.h"

namespace kiln::engine::test {
namespace {

namespace fs = std::filesystem;

using LocalEngine = LocalEngineFixture;

TEST_F(LocalEngine, WritesThePictureAndReportsIt) {
  const EngineTask t = task();
  const auto report = render(t);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->result_bytes, fs::file_size(t.result_file));
  EXPECT_EQ(report->result_sha256, sha256_of_file(t.result_file).value());
  EXPECT_EQ(report->samples, 8u * 6 * 4);
  EXPECT_EQ(report->backend, "fake");
  ASSERT_FALSE(progress.empty());
  EXPECT_EQ(progress.front(), 0) << "the scene was there";
  EXPECT_EQ(progress.back(), 1);
  std::ifstream file(t.result_file, std::ios::binary);
  const std::string magic(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(magic.substr(1, 3), "PNG");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST_F(LocalEngine, TellsTheRendererWhatTheRequestSays) {
  EngineTask t = task();
  t.request.max_depth = 3;
  t.request.seed = 42;
  t.request.environment.source = Vec3{1, 2, 3};
  t.request.environment.rotation_deg = 90;
  t.request.environment.intensity = 2;
  t.request.background = {BackgroundKind::color, {0.25f, 0, 0}};
  ASSERT_TRUE(render(t));
  const FrameSettings& frame = script.frame.value();
  EXPECT_EQ(frame.width, 8u);
  EXPECT_EQ(frame.height, 6u);
  EXPECT_EQ(frame.samples_per_pixel, 4u);
  EXPECT_EQ(frame.max_depth, 3u);
  EXPECT_EQ(frame.seed, 42u);
  ASSERT_TRUE(frame.environment);
  EXPECT_EQ(frame.environment->pixels.at(0).y, 2);
  EXPECT_FLOAT_EQ(frame.environment_rotation_rad, std::numbers::pi_v<float> / 2);
  EXPECT_EQ(frame.environment_intensity, 2);
  EXPECT_EQ(frame.background.kind, BackgroundKind::color);
}

TEST_F(LocalEngine, RendersTheRegionAlone) {
  EngineTask t = task();
  t.request.region = Region{2, 3, 5, 1};
  t.request.filter_width_px = 2.5f;
  t.request.camera.lens_radius_m = 0.25f;
  const auto report = render(t);
  ASSERT_TRUE(report) << report.error().message;
  const FrameSettings& frame = script.frame.value();
  EXPECT_EQ(frame.width, 5u);
  EXPECT_EQ(frame.height, 1u);
  EXPECT_EQ(frame.film, (Film{8, 6, 2, 3}));
  EXPECT_FLOAT_EQ(frame.camera.half_width / frame.camera.half_height, 8.0f / 6) << "the shape of the whole";
  EXPECT_EQ(frame.filter_width_px, 2.5f);
  EXPECT_EQ(frame.camera.lens_radius_m, 0.25f);
  EXPECT_EQ(report->samples, 5u * 4);
}

TEST_F(LocalEngine, LightsWithTheStudioOnlyWhatHasNoLight) {
  ASSERT_TRUE(render(task("sample:cornell-box")));  // lit by its ceiling
  EXPECT_FALSE(script.frame->environment);
  ASSERT_TRUE(render(task("sample:spheres-in-studio")));
  ASSERT_EQ(script.scene->has_lights(), false);
  EXPECT_TRUE(script.frame->environment);
}

TEST_F(LocalEngine, ComputesASkyOnceAndTurnsItToTheSunsAzimuth) {
  EngineTask t = task();
  t.request.environment = {SkyRequest{30, 90, 2, 0.25f}, -45, 1};
  ASSERT_TRUE(render(t));
  const auto sky = script.frame->environment;
  ASSERT_TRUE(sky);
  EXPECT_FLOAT_EQ(script.frame->environment_rotation_rad, std::numbers::pi_v<float> / 4);
  std::get<SkyRequest>(t.request.environment.source).sun_azimuth_deg = 0;
  ASSERT_TRUE(render(t));
  EXPECT_EQ(script.frame->environment, sky);
  std::get<SkyRequest>(t.request.environment.source).turbidity = 3;
  ASSERT_TRUE(render(t));
  EXPECT_NE(script.frame->environment, sky);
}

TEST_F(LocalEngine, SetsTheShadowGroundAtTheBottomOfTheScene) {
  EngineTask t = task("sample:materials");
  ASSERT_TRUE(render(t));
  EXPECT_FALSE(script.frame->shadow_ground_m);
  t.request.ground = Ground::shadow;
  ASSERT_TRUE(render(t));
  EXPECT_EQ(script.frame->shadow_ground_m, script.scene->bounds.min.y);
}

TEST_F(LocalEngine, KeepsPreparedScenesForTheNextJobs) {
  for (const char* scene :
       {"sample:cornell-box", "sample:material-grid", "sample:cornell-box", "sample:material-grid"}) {
    ASSERT_TRUE(render(task(scene)));
  }
  EXPECT_EQ(script.prepared, 2);
}

TEST_F(LocalEngine, KeepsPreparedScenesWithinTheirBytes) {
  LocalEngineOptions options;
  options.scene_cache_bytes = 1 << 30;
  script.prepared_bytes = 800 << 20;
  engine = make(options);
  ASSERT_TRUE(render(task("sample:cornell-box")));
  script.scene = nullptr;
  EXPECT_FALSE(script.first_scene.expired()) << "one fits";
  ASSERT_TRUE(render(task("sample:material-grid")));
  script.scene = nullptr;
  EXPECT_TRUE(script.first_scene.expired()) << "two do not";
  ASSERT_TRUE(render(task("sample:material-grid")));
  EXPECT_EQ(script.prepared, 2);
  ASSERT_TRUE(render(task("sample:cornell-box")));
  EXPECT_EQ(script.prepared, 3);
}

TEST_F(LocalEngine, IsReadyOnceItWasOpened) {
  EXPECT_FALSE(engine->status().ready);
  engine->open();
  engine->open();
  EXPECT_EQ(script.made, 1);
  const EngineStatus status = engine->status();
  EXPECT_TRUE(status.ready);
  EXPECT_EQ(status.backend, "fake");
  EXPECT_EQ(status.device, "no device");
  EXPECT_EQ(status.reason, "asked for");
}

TEST_F(LocalEngine, SaysWhyItIsNotReady) {
  factory_error = Error{ErrorCode::backend_unavailable, "no CUDA device", ""};
  engine->open();
  EXPECT_FALSE(engine->status().ready);
  EXPECT_EQ(engine->status().reason, "no CUDA device");
  EXPECT_EQ(error_of(task()), ErrorCode::backend_unavailable);
  factory_error.reset();
  engine->open();
  EXPECT_TRUE(engine->status().ready);
}

TEST_F(LocalEngine, GivesUpARendererWhoseDeviceFailed) {
  engine->open();
  script.on_pass = [] { return Error{ErrorCode::device_fault, "illegal address", ""}; };
  EXPECT_EQ(error_of(task()), ErrorCode::device_fault);
  EXPECT_FALSE(engine->status().ready);
  EXPECT_NE(engine->status().reason.find("illegal address"), std::string::npos);
  script.on_pass = [] { return Result<void>(); };
  engine->open();
  EXPECT_EQ(script.made, 2);
  EXPECT_TRUE(render(task()));
}

TEST_F(LocalEngine, MakesErrorsOfExceptions) {
  script.on_pass = []() -> Result<void> { throw std::bad_alloc(); };
  EXPECT_EQ(error_of(task()), ErrorCode::out_of_memory);
  script.on_pass = []() -> Result<void> { throw std::runtime_error("what a mess"); };
  const auto report = render(task());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::internal);
  EXPECT_NE(report.error().message.find("what a mess"), std::string::npos);
  script.on_pass = [] { return Result<void>(); };
  EXPECT_TRUE(render(task()));
}

TEST_F(LocalEngine, PassesOnWhatTheRendererCannot) {
  script.prepare_error = Error{ErrorCode::out_of_device_memory, "12 GiB needed", ""};
  EXPECT_EQ(error_of(task()), ErrorCode::out_of_device_memory);
  EXPECT_EQ(script.prepared, 2) << "once more after letting go of what was kept";
  EXPECT_GT(script.trimmed, 0) << "the renderer has something too";
  EXPECT_TRUE(engine->status().ready);
}

TEST_F(LocalEngine, LetsGoOfKeptScenesWhereTheDeviceHasNoRoom) {
  ASSERT_TRUE(render(task("sample:material-grid")));
  script.scene = nullptr;
  script.on_pass = [this]() -> Result<void> {
    if (script.first_scene.expired()) return {};
    return Error{ErrorCode::out_of_device_memory, "the device is full", ""};
  };
  EXPECT_TRUE(render(task("sample:cornell-box")));
}

TEST_F(LocalEngine, StopsBetweenPassesAndLeavesNoFile) {
  std::stop_source stop;
  script.on_pass = [&] {
    stop.request_stop();
    return Result<void>();
  };
  const auto report = render(task(), {stop.get_token(), {}});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(LocalEngine, AnswersAStopWhileARendererPrepares) {
  Gate gate;
  script.on_prepare = gate.hook();
  std::stop_source stop;
  auto outcome = std::async(std::launch::async, [&] { return render(task(), {stop.get_token(), {}}); });
  gate.wait_until_reached();
  script.on_prepare = do_nothing;
  stop.request_stop();
  const auto report = outcome.get();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(render(task("sample:material-grid"))) << "another job does not wait for it";
  gate.open();
  EXPECT_TRUE(render(task()));
  EXPECT_EQ(script.prepared, 2) << "what was left is kept";
}

TEST_F(LocalEngine, LetsARendererStopPreparing) {
  std::promise<bool> can_stop;
  script.on_prepare = [&](const std::stop_token& token) { can_stop.set_value(token.stop_possible()); };
  script.prepare_error = Error{ErrorCode::cancelled, "stopped", ""};
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(render(task(), {stop.get_token(), {}}));
  EXPECT_EQ(script.prepared, 0) << "a task that was stopped before is not begun";
  EXPECT_FALSE(render(task()));
  EXPECT_TRUE(can_stop.get_future().get());
}

TEST_F(LocalEngine, KeepsWhatAStoppedTaskHadLoaded) {
  std::stop_source stop;
  script.on_prepare = [&](const std::stop_token&) { stop.request_stop(); };
  script.prepare_error = Error{ErrorCode::cancelled, "stopped", ""};
  EXPECT_FALSE(render(task(), {stop.get_token(), {}}));
  script.on_prepare = do_nothing;
  script.prepare_error.reset();
  ASSERT_TRUE(render(task()));
  EXPECT_EQ(script.prepared, 2);
  EXPECT_EQ(script.first_scene.lock(), script.scene);
}

TEST_F(LocalEngine, NamesWhatCannotBeLoaded) {
  EXPECT_EQ(error_of(task("sample:nothing")), ErrorCode::unknown_sample);
  EngineTask missing = task("sha256:00");
  missing.scene_file = folder.path() / "missing.glb";
  EXPECT_EQ(error_of(missing), ErrorCode::io_error);
  EngineTask no_image = task();
  no_image.request.environment.source = "sha256:01";
  no_image.environment_file = folder.path() / "missing.hdr";
  EXPECT_EQ(error_of(no_image), ErrorCode::io_error);
  EngineTask no_camera = task();
  no_camera.request.camera.placement = GltfCamera{99u};
  EXPECT_EQ(error_of(no_camera), ErrorCode::unknown_camera);
}

TEST_F(LocalEngine, RefusesAResultThatCannotBeWritten) {
  EngineTask t = task();
  t.result_file = folder.path() / "no-such-folder" / "result";
  EXPECT_EQ(error_of(t), ErrorCode::io_error);
}

TEST_F(LocalEngine, EndsAJobAtItsTimeLimit) {
  EngineTask t = task();
  t.request.time_limit_s = 1e-6f;
  EXPECT_EQ(error_of(t), ErrorCode::time_limit_exceeded);
  t.request.time_limit_s = 3600.f;
  EXPECT_TRUE(render(t));
  t.request.time_limit_s = 0.05f;
  t.request.samples_per_pixel = 1u << 30;
  script.on_pass = [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return Result<void>();
  };
  const auto late = render(t);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().message, "the job took longer than its time_limit_s of 0.05 s");
}

TEST_F(LocalEngine, EndsALoadAtTheTimeLimit) {
  Gate gate;
  script.on_prepare = gate.hook();
  EngineTask t = task();
  t.request.time_limit_s = 0.02f;
  EXPECT_EQ(error_of(t), ErrorCode::time_limit_exceeded);
}

TEST_F(LocalEngine, FinishesOnePictureWhileItRendersTheNext) {
  EngineTask first = task(), second = task();
  second.result_file = folder.path() / "second";
  const auto picture = engine->render(first, [](double) {}, {});
  ASSERT_TRUE(picture);
  std::optional<Result<RenderReport>> report;
  script.on_pass = [&] {
    if (!report) report = std::async(std::launch::async, picture->finish).get();
    return Result<void>();
  };
  ASSERT_TRUE(render(second));
  ASSERT_TRUE(report && *report);
  EXPECT_EQ((*report)->result_sha256, sha256_of_file(first.result_file).value());
  EXPECT_GT((*report)->encode_s, 0);
}

TEST_F(LocalEngine, WritesNothingForAPictureThatIsNotFinished) {
  ASSERT_TRUE(engine->render(task(), [](double) {}, {}));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace kiln::engine::test
