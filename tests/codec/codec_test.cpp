#include <gtest/gtest.h>

#include "codec/asset_json.h"
#include "codec/engine_json.h"
#include "codec/job_json.h"
#include "codec/render_request_json.h"

namespace kiln::codec {
namespace {

RenderRequest unusual_request() {
  RenderRequest r;
  r.scene = "sha256:" + std::string(64, 'a');
  r.camera.placement = LookAtCamera{{0.1f, -2.5e-7f, 3e8f}, {1, 2, 3}, {0, 0, 1}};
  r.camera.vertical_fov_deg = 33.3f;
  r.camera.f_stop = 2.8f;
  r.camera.focus_distance_m = 0.35f;
  r.environment = {std::string("sha256:" + std::string(64, 'b')), -720.25f, 0.7f};
  r.background = {BackgroundKind::color, {0.1f, 0.2f, 0.3f}};
  r.width = 16384;
  r.height = 1;
  r.region = Region{16000, 0, 384, 1};
  r.filter_width_px = 2.2f;
  r.samples_per_pixel = 65536;
  r.max_depth = 64;
  r.seed = (std::uint64_t{1} << 53) - 1;
  r.time_limit_s = 1.1f;
  r.noise_threshold = 0.013f;
  r.firefly_clamp = 12.3f;
  r.exposure_ev = -0.3f;
  r.tone_mapping = ToneMapping::agx;
  r.white_balance_k = 3200.1f;
  r.bit_depth = 16;
  r.denoise = true;
  r.aovs = {Aov::cryptomatte_material, Aov::alpha};
  r.format = ImageFormat::exr;
  r.metadata = R"({"z":1,"a":[null,"ü\"\\"]})";
  return r;
}

RenderRequest read_back(const RenderRequest& request) {
  return render_request_from_json(Json::parse(to_text(to_json(request))));
}

bool same(Vec3 a, Vec3 b) { return a.x == b.x && a.y == b.y && a.z == b.z; }

}  // namespace

TEST(RenderRequestJson, KeepsEveryMemberExactly) {
  const RenderRequest r = read_back(unusual_request());
  const RenderRequest expected = unusual_request();
  EXPECT_EQ(r.scene, expected.scene);
  const auto& camera = std::get<LookAtCamera>(r.camera.placement);
  EXPECT_TRUE(same(camera.eye, {0.1f, -2.5e-7f, 3e8f}));
  EXPECT_TRUE(same(camera.target, {1, 2, 3}));
  EXPECT_TRUE(same(camera.up, {0, 0, 1}));
  EXPECT_EQ(r.camera.vertical_fov_deg, 33.3f);
  EXPECT_EQ(std::get<std::string>(r.environment.source), std::get<std::string>(expected.environment.source));
  EXPECT_EQ(r.environment.rotation_deg, -720.25f);
  EXPECT_EQ(r.environment.intensity, 0.7f);
  EXPECT_EQ(r.background.kind, BackgroundKind::color);
  EXPECT_TRUE(same(r.background.color, {0.1f, 0.2f, 0.3f}));
  EXPECT_EQ(r.width, 16384u);
  EXPECT_EQ(r.height, 1u);
  EXPECT_EQ(r.region, expected.region);
  EXPECT_EQ(r.filter_width_px, 2.2f);
  EXPECT_EQ(r.camera.f_stop, 2.8f);
  EXPECT_EQ(r.camera.focus_distance_m, 0.35f);
  EXPECT_FALSE(r.camera.lens_radius_m);
  EXPECT_EQ(r.samples_per_pixel, 65536u);
  EXPECT_EQ(r.max_depth, 64u);
  EXPECT_EQ(r.seed, 9007199254740991u);
  EXPECT_EQ(r.time_limit_s, 1.1f);
  EXPECT_EQ(r.noise_threshold, 0.013f);
  EXPECT_EQ(r.firefly_clamp, 12.3f);
  EXPECT_EQ(r.exposure_ev, -0.3f);
  EXPECT_EQ(r.tone_mapping, ToneMapping::agx);
  EXPECT_EQ(r.white_balance_k, 3200.1f);
  EXPECT_EQ(r.bit_depth, 16u);
  EXPECT_TRUE(r.denoise);
  EXPECT_EQ(r.aovs, expected.aovs);
  EXPECT_EQ(r.format, ImageFormat::exr);
  EXPECT_EQ(r.metadata, expected.metadata);
}

TEST(RenderRequestJson, KeepsTheOtherKindsOfCameraAndLight) {
  RenderRequest r;
  r.scene = "sample:x";
  r.camera.placement = OrbitCamera{{1, 2, 3}, 0.1f, 0.2f, 0.3f};
  r.environment.source = Vec3{0.5f, 0.25f, 0.1f};
  r.background.kind = BackgroundKind::transparent;
  r.camera.lens_radius_m = 0.0f;
  RenderRequest back = read_back(r);
  EXPECT_EQ(std::get<OrbitCamera>(back.camera.placement).theta_deg, 0.1f);
  EXPECT_EQ(std::get<OrbitCamera>(back.camera.placement).phi_deg, 0.2f);
  EXPECT_EQ(std::get<OrbitCamera>(back.camera.placement).radius, 0.3f);
  EXPECT_TRUE(same(std::get<Vec3>(back.environment.source), {0.5f, 0.25f, 0.1f}));
  EXPECT_EQ(back.background.kind, BackgroundKind::transparent);
  EXPECT_FALSE(back.time_limit_s);
  EXPECT_EQ(back.camera.lens_radius_m, 0.0f);
  EXPECT_FALSE(back.region);

  r.environment.source = SkyRequest{-4.5f, 725.1f, 9.75f, 0.1f};
  r.ground = Ground::shadow;
  back = read_back(r);
  EXPECT_EQ(std::get<SkyRequest>(back.environment.source), std::get<SkyRequest>(r.environment.source));
  EXPECT_EQ(back.ground, Ground::shadow);

  r.camera.placement = GltfCamera{std::string("front")};
  EXPECT_EQ(std::get<std::string>(std::get<GltfCamera>(read_back(r).camera.placement).which), "front");
  r.camera.placement = GltfCamera{7u};
  EXPECT_EQ(std::get<std::uint32_t>(std::get<GltfCamera>(read_back(r).camera.placement).which), 7u);
  r.camera.placement = {};
  EXPECT_EQ(read_back(r).camera.placement.index(), 0u);
}

TEST(JobJson, KeepsErrorsAndReports) {
  const Error error = error_from_json(to_json(Error{ErrorCode::engine_stalled, "it hung", "/scene"}));
  EXPECT_EQ(error.code, ErrorCode::engine_stalled);
  EXPECT_EQ(error.message, "it hung");
  EXPECT_EQ(error.pointer, "/scene");
  EXPECT_FALSE(to_json(Error{ErrorCode::internal, "x", ""}).contains("pointer"));

  const RenderReport given{1ull << 40, std::string(64, 'c'), 3, 0.1, 1e-9, 12345.678, "cuda", "cuda 1", true};
  const RenderReport report = render_report_from_json(Json::parse(to_text(to_json(given))));
  EXPECT_EQ(report.result_bytes, 1ull << 40);
  EXPECT_EQ(report.result_sha256, std::string(64, 'c'));
  EXPECT_EQ(report.samples, 3u);
  EXPECT_EQ(report.prepare_s, 0.1);
  EXPECT_EQ(report.render_s, 1e-9);
  EXPECT_EQ(report.encode_s, 12345.678);
  EXPECT_EQ(report.backend, "cuda");
  EXPECT_EQ(report.renderer, "cuda 1");
  EXPECT_TRUE(report.partial);
}

TEST(AssetJson, ReadsSummariesFromBeforeAnimationsHadDurations) {
  Json old = to_json(AssetSummary{});
  old.erase("animation_durations_s");
  old["animations"] = {"Walk"};
  const AssetSummary summary = asset_summary_from_json("scene", old);
  EXPECT_EQ(summary.animations.size(), 1u);
  EXPECT_TRUE(summary.animation_durations_s.empty());
}

TEST(AssetJson, KeepsSummariesOfBothKinds) {
  AssetSummary scene;
  scene.triangles = 1ull << 40;
  scene.unique_triangles = 5;
  scene.instances = 7;
  scene.cameras = {"a", "b \"c\""};
  scene.animations = {"Walk", "animation 1"};
  scene.animation_durations_s = {0.7083333f, 0};
  scene.extensions_unsupported = {"EXT_x"};
  scene.warnings = {"the picture \"a\" is not there"};
  scene.bounds = {{-0.1f, 0, 1e-20f}, {1, 2, 3}};
  scene.device_bytes = 99;
  const AssetSummary back = asset_summary_from_json("scene", Json::parse(to_text(to_json(scene))));
  EXPECT_EQ(back.kind, AssetKind::scene);
  EXPECT_EQ(back.triangles, 1ull << 40);
  EXPECT_EQ(back.instances, 7u);
  EXPECT_EQ(back.cameras, scene.cameras);
  EXPECT_EQ(back.animation_durations_s, scene.animation_durations_s);
  EXPECT_EQ(back.extensions_unsupported, scene.extensions_unsupported);
  EXPECT_EQ(back.warnings, scene.warnings);
  Json older = to_json(scene);
  older.erase("warnings");
  EXPECT_TRUE(asset_summary_from_json("scene", older).warnings.empty());
  EXPECT_TRUE(same(back.bounds.min, scene.bounds.min));
  EXPECT_EQ(back.device_bytes, 99u);

  scene.bounds = {};
  EXPECT_TRUE(asset_summary_from_json("scene", to_json(scene)).bounds.empty());

  AssetSummary environment;
  environment.kind = AssetKind::environment;
  environment.width = 4096;
  environment.height = 2048;
  const AssetSummary image = asset_summary_from_json("environment", to_json(environment));
  EXPECT_EQ(image.kind, AssetKind::environment);
  EXPECT_EQ(image.width, 4096u);
  EXPECT_EQ(image.height, 2048u);
}

TEST(EngineJson, KeepsATaskButTheClientsMetadata) {
  EngineTask task;
  task.id = *job_id_from_string("6f1c0000-0000-4000-8000-000000000001");
  task.attempt = 3;
  task.request = unusual_request();
  task.scene_file = "/a/ü b";
  task.environment_file = "/e";
  task.result_file = "/r";
  task.checkpoint_file = "/c";
  const EngineTask back = engine_task_from_json(Json::parse(to_text(to_json(task))));
  EXPECT_EQ(back.id, task.id);
  EXPECT_EQ(back.attempt, 3u);
  EXPECT_EQ(back.scene_file, "/a/ü b");
  EXPECT_EQ(back.environment_file, "/e");
  EXPECT_EQ(back.result_file, "/r");
  EXPECT_EQ(back.checkpoint_file, "/c");
  EXPECT_EQ(back.request.seed, task.request.seed);
  EXPECT_EQ(back.request.metadata, "{}");
}

TEST(FromText, NamesWhatCannotBeRead) {
  const auto read = [](const Json& json) { return json.at("n").get<int>(); };
  EXPECT_EQ(from_text(R"({"n":3})", "the row", read).value(), 3);
  for (const char* bad : {"", "{", "[]", "{}", R"({"n":"x"})"}) {
    const auto refused = from_text(bad, "the row", read);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, ErrorCode::io_error);
    EXPECT_NE(refused.error().message.find("the row"), std::string::npos);
  }
}

}  // namespace kiln::codec
