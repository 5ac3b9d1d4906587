#include <gtest/gtest.h>

#include "codec/render_request_json.h"
#include "http/job_codec.h"
#include "http/render_codec.h"

namespace kiln::http {
namespace {

TEST(JsonText, RefusesNestingBeyondTheLimit) {
  const std::string deepest = std::string(kMaxJsonDepth, '[') + std::string(kMaxJsonDepth, ']');
  EXPECT_TRUE(parse_json(deepest));
  EXPECT_FALSE(parse_json("[" + deepest + "]"));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST(JsonText, RefusesAMemberThatComesTwiceInOneObjectOnly) {
  EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2,"b":{"a":3}}])"));
  EXPECT_FALSE(parse_json(R"({"b":{"a":1,"c":{},"a":3}})"));
}

TEST(JsonText, SaysWhereTheSyntaxBreaks) {
  EXPECT_EQ(parse_json(R"({"a" 1})").error().message, "the body is not JSON: syntax error at byte 6");
}

TEST(JsonPointer, EscapesItsSeparators) { EXPECT_EQ(pointer_to("/a", "b/c~d"), "/a/b~1c~0d"); }

TEST(RenderRequestCodec, FillsInTheDefaults) {
  const RenderRequest request = render_request_from_json({{"scene", "sample:box"}}).value();
  const RenderRequest defaults;
  EXPECT_EQ(request.width, defaults.width);
  EXPECT_EQ(request.samples_per_pixel, defaults.samples_per_pixel);
  EXPECT_EQ(request.metadata, "{}");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(request.camera.placement));
}

TEST(RenderRequestCodec, GivesBackWhatItReads) {
  Json json{{"scene", "sample:box"}, {"camera", {{"gltf", "Front"}}}, {"format", "exr"}, {"exposure_ev", 0.1}};
  const Json once = codec::to_json(render_request_from_json(json).value());
  EXPECT_EQ(once["camera"]["gltf"], "Front");
  EXPECT_EQ(once["exposure_ev"], 0.1) << "as the client wrote it, not as the nearest float";
  EXPECT_EQ(codec::to_json(render_request_from_json(once).value()), once);
}

TEST(RenderRequestCodec, KeepsThreeKindsOfCameraApart) {
  const auto placement = [](const char* camera) {
    return render_request_from_json({{"scene", "sample:box"}, {"camera", Json::parse(camera)}})
        .value()
        .camera.placement;
  };
  EXPECT_EQ(std::get<OrbitCamera>(placement(R"({"orbit":{"radius":2}})")).radius, 2);
  EXPECT_EQ(std::get<LookAtCamera>(placement(R"({"look_at":{"eye":[1,2,3],"target":[0,0,0]}})")).eye.z, 3);
  EXPECT_EQ(std::get<std::uint32_t>(std::get<GltfCamera>(placement(R"({"gltf":3})")).which), 3u);
}

Error refusal_of(const char* settings) {
  Json json = Json::parse(settings);
  json["scene"] = "sample:box";
  const auto request = render_request_from_json(json);
  EXPECT_FALSE(request) << settings;
  return request ? Error{} : request.error();
}

TEST(RenderRequestCodec, TakesALensByItsRadiusOrItsStop) {
  EXPECT_TRUE(render_request_from_json({{"scene", "sample:box"}, {"camera", {{"lens_radius_m", 0}}}}));
  const Json stopped{{"scene", "sample:box"}, {"camera", {{"f_stop", 2.8}, {"focus_distance_m", 3}}}};
  EXPECT_EQ(render_request_from_json(stopped).value().camera.focus_distance_m, 3);
  EXPECT_EQ(refusal_of(R"({"camera":{"f_stop":2,"lens_radius_m":0.1}})").pointer, "/camera/f_stop");
  EXPECT_EQ(refusal_of(R"({"camera":{"focus_distance_m":2}})").pointer, "/camera/focus_distance_m");
  EXPECT_EQ(refusal_of(R"({"camera":{"lens_radius_m":-0.1}})").pointer, "/camera/lens_radius_m");
  EXPECT_EQ(refusal_of(R"({"camera":{"f_stop":0}})").pointer, "/camera/f_stop");
}

TEST(RenderRequestCodec, TakesAShutterThatOpensAtSomeTime) {
  const Json json{{"scene", "sample:box"}, {"time_s", 1}, {"shutter_s", 0.02}};
  const auto request = render_request_from_json(json);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->shutter_s, 0.02f);
  EXPECT_EQ(codec::to_json(*request)["shutter_s"], 0.02);
  EXPECT_TRUE(render_request_from_json({{"scene", "sample:box"}, {"shutter_s", 0}})) << "no blur";
  EXPECT_EQ(refusal_of(R"({"shutter_s":0.02})").pointer, "/shutter_s");
  EXPECT_EQ(refusal_of(R"({"time_s":0,"shutter_s":-1})").pointer, "/shutter_s");
  EXPECT_EQ(refusal_of(R"({"time_s":0,"shutter_s":3601})").pointer, "/shutter_s");
}

TEST(RenderRequestCodec, TakesARegionWithinThePicture) {
  const auto with = [](std::uint32_t side, const Json& region) {
    return Json{{"scene", "sample:box"}, {"width", side}, {"height", side}, {"region", region}};
  };
  const Json corner{{"x", 60}, {"y", 90}, {"width", 40}, {"height", 10}};
  EXPECT_EQ(render_request_from_json(with(100, corner)).value().region, (Region{60, 90, 40, 10}));
  EXPECT_EQ(render_request_from_json(with(99, corner)).error().pointer, "/region/width");
  EXPECT_EQ(refusal_of(R"({"width":100,"height":99,"region":{"x":60,"y":90,"width":40,"height":10}})").pointer,
            "/region/height");
  EXPECT_EQ(refusal_of(R"({"region":{"x":0,"y":0,"width":0,"height":1}})").pointer, "/region/width");
  EXPECT_EQ(refusal_of(R"({"region":{"x":0,"y":0,"width":1}})").pointer, "/region/height");
  EXPECT_TRUE(render_request_from_json(with(16384, corner))) << "what is rendered counts";
  const Json all{{"x", 0}, {"y", 0}, {"width", 16384}, {"height", 16384}};
  EXPECT_EQ(render_request_from_json(with(16384, all)).error().pointer, "/region/height");
}

TEST(QuerySettings, NestByDotsAndTakeJsonValues) {
  const Json settings =
      settings_from_query("width=640&camera.orbit.theta_deg=30.5&format=png&background=[1,0,0]&a.b=").value();
  EXPECT_EQ(settings, Json::parse(R"({"width":640,"camera":{"orbit":{"theta_deg":30.5}},"format":"png",
                                      "background":[1,0,0],"a":{"b":""}})"));
}

TEST(QuerySettings, RefuseContradictionsAndAbsurdDepth) {
  EXPECT_EQ(settings_from_query("a=1&a.b=2").error().pointer, "/a");
  EXPECT_EQ(settings_from_query("a.b=1&a.b=2").error().pointer, "/a/b");
  EXPECT_FALSE(settings_from_query("a.a.a.a.a.a.a.a.a.a.a.a=1"));
}

jobs::JobView numbered(std::uint8_t number) {
  auto job = std::make_shared<Job>();
  job->id.bytes[0] = number;
  job->request = std::make_shared<const RenderRequest>();
  return {job, 1};
}

std::optional<jobs::Eta> no_eta(const JobId&) { return std::nullopt; }

TEST(JobTexts, KeepWhatIsAskedForAgainAndDropTheRest) {
  JobTexts texts(4, no_eta);
  const jobs::JobView watched = numbered(0);
  const SharedText first = texts.text_of(watched);
  const std::weak_ptr<const std::string> forgotten = texts.text_of(numbered(255));
  for (std::uint8_t i = 1; i < 100; ++i) {
    texts.text_of(numbered(i));
    EXPECT_EQ(texts.text_of(watched), first) << "made once";
  }
  EXPECT_TRUE(forgotten.expired());
}

TEST(JobTexts, AreMadeAgainWhenThePositionChanges) {
  JobTexts texts(4, no_eta);
  jobs::JobView job = numbered(0);
  const SharedText first = texts.text_of(job);
  job.position = 2;
  EXPECT_NE(*texts.text_of(job), *first);
}

}  // namespace
}  // namespace kiln::http
