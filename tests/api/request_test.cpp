#include <gtest/gtest.h>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

struct Refusal {
  std::string body;
  int status;
  std::string code, pointer;
};

void expect_refused(Client& client, const std::vector<Refusal>& refusals) {
  for (const Refusal& r : refusals) {
    const Reply reply = client.post("/render", "application/json", r.body);
    const std::string shown = r.body.substr(0, 90);
    EXPECT_EQ(reply.status, r.status) << shown << reply.body;
    EXPECT_EQ(reply.code(), r.code) << shown << reply.body;
    EXPECT_EQ(reply.pointer(), r.pointer) << shown << reply.body;
    EXPECT_EQ(reply.header("content-type"), "application/problem+json");
  }
}

TEST(RenderRequests, ThatBreakTheContractAreRefusedWithAPointer) {
  TestServer server;
  Client client = server.connect();
  const std::string deep(5000, '[');
  const std::vector<Refusal> refusals{
      {"", 400, "invalid_json", ""},
      {"{", 400, "invalid_json", ""},
      {"{}x", 400, "invalid_json", ""},
      {"\xff\xfe", 400, "invalid_json", ""},
      {"{\"scene\":\"\xc3\"}", 400, "invalid_json", ""},
      {R"({"scene":"sample:box","width":1e999})", 400, "invalid_json", ""},
      {R"({"scene":"sample:box","width":NaN})", 400, "invalid_json", ""},
      {R"({"scene":"sample:box","width":1,"width":2})", 400, "invalid_json", ""},
      {deep, 400, "invalid_json", ""},
      {R"({"scene":"sample:box","metadata":{"a":)" + deep, 400, "invalid_json", ""},
      {"[]", 422, "invalid_request", ""},
      {"null", 422, "invalid_request", ""},
      {"7", 422, "invalid_request", ""},
      {"{}", 422, "invalid_request", "/scene"},
      {R"({"scene":7})", 422, "invalid_request", "/scene"},
      {R"({"scene":"box"})", 422, "invalid_request", "/scene"},
      {R"({"scene":"sample:nothing"})", 422, "unknown_sample", "/scene"},
      {R"({"scene":"sha256:00"})", 422, "unknown_asset", "/scene"},
      {R"({"scene":"sample:box","widht":7})", 422, "unknown_member", "/widht"},
      {R"({"scene":"sample:box","a/b~c":7})", 422, "unknown_member", "/a~1b~0c"},
      {R"({"scene":"sample:box","width":0})", 422, "invalid_request", "/width"},
      {R"({"scene":"sample:box","width":-1})", 422, "invalid_request", "/width"},
      {R"({"scene":"sample:box","width":16385})", 422, "invalid_request", "/width"},
      {R"({"scene":"sample:box","width":"640"})", 422, "invalid_request", "/width"},
      {R"({"scene":"sample:box","width":1.5})", 422, "invalid_request", "/width"},
      {R"({"scene":"sample:box","width":18446744073709551615})", 422, "invalid_request", "/width"},
      {R"({"scene":"sample:box","width":16384,"height":16384})", 422, "invalid_request", "/height"},
      {R"({"scene":"sample:box","samples_per_pixel":65537})", 422, "invalid_request", "/samples_per_pixel"},
      {R"({"scene":"sample:box","noise_threshold":0})", 422, "invalid_request", "/noise_threshold"},
      {R"({"scene":"sample:box","firefly_clamp":0})", 422, "invalid_request", "/firefly_clamp"},
      {R"({"scene":"sample:box","max_depth":65})", 422, "invalid_request", "/max_depth"},
      {R"({"scene":"sample:box","seed":9007199254740992})", 422, "invalid_request", "/seed"},
      {R"({"scene":"sample:box","exposure_ev":1e300})", 422, "invalid_request", "/exposure_ev"},
      {R"({"scene":"sample:box","tone_mapping":"film"})", 422, "invalid_request", "/tone_mapping"},
      {R"({"scene":"sample:box","format":"gif"})", 422, "invalid_request", "/format"},
      {R"({"scene":"sample:box","background":"red"})", 422, "invalid_request", "/background"},
      {R"({"scene":"sample:box","background":[1,1]})", 422, "invalid_request", "/background"},
      {R"({"scene":"sample:box","format":"jpeg","background":"transparent"})", 422, "invalid_request", "/background"},
      {R"({"scene":"sample:box","camera":{"orbit":{"radius":0}}})", 422, "invalid_request", "/camera/orbit/radius"},
      {R"({"scene":"sample:box","camera":{"orbit":{"target":[0,"x",0]}}})", 422, "invalid_request",
       "/camera/orbit/target/1"},
      {R"({"scene":"sample:box","camera":{"orbit":{"theta":0}}})", 422, "unknown_member", "/camera/orbit/theta"},
      {R"({"scene":"sample:box","camera":{"orbit":{},"gltf":0}})", 422, "invalid_request", "/camera"},
      {R"({"scene":"sample:box","camera":{"look_at":{"eye":[0,0,1]}}})", 422, "invalid_request",
       "/camera/look_at/target"},
      {R"({"scene":"sample:box","camera":{"look_at":{"eye":[0,0,1],"target":[0,0,1]}}})", 422, "invalid_request",
       "/camera/look_at/target"},
      {R"({"scene":"sample:box","camera":{"look_at":{"eye":[0,1,0],"target":[0,0,0]}}})", 422, "invalid_request",
       "/camera/look_at/up"},
      {R"({"scene":"sample:box","camera":{"vertical_fov_deg":180}})", 422, "invalid_request",
       "/camera/vertical_fov_deg"},
      {R"({"scene":"sample:box","camera":{"vertical_fov_deg":1e-60}})", 422, "invalid_request",
       "/camera/vertical_fov_deg"},
      {R"({"scene":"sample:box","camera":{"vertical_fov_deg":179.99999999}})", 422, "invalid_request",
       "/camera/vertical_fov_deg"},
      {R"({"scene":"sample:box","environment":{"color":[1,1,-1]}})", 422, "invalid_request", "/environment/color/2"},
      {R"({"scene":"sample:box","environment":{"color":[1,1,1],"image":"sha256:00"}})", 422, "invalid_request",
       "/environment/color"},
      {R"({"scene":"sample:box","environment":{"image":"sha256:00"}})", 422, "unknown_asset", "/environment/image"},
      {R"({"scene":"sample:box","metadata":7})", 422, "invalid_request", "/metadata"},
      {R"({"scene":"sample:box","metadata":{"a":")" + std::string(20000, 'x') + "\"}}", 422, "invalid_request",
       "/metadata"},
  };
  expect_refused(client, refusals);
  EXPECT_TRUE(client.get("/jobs").json()["jobs"].empty());
}

TEST(RenderRequests, ThatCannotBeFinishedAsTheySayAreRefused) {
  TestServer server;
  Client client = server.connect();
  expect_refused(
      client,
      {
          {R"({"scene":"sample:box","white_balance_k":1999})", 422, "invalid_request", "/white_balance_k"},
          {R"({"scene":"sample:box","denoise":1})", 422, "invalid_request", "/denoise"},
          {R"({"scene":"sample:box","denoise":true,"width":16384,"height":2049})", 422, "invalid_request", "/denoise"},
          {R"({"scene":"sample:box","aovs":["depth"]})", 422, "invalid_request", "/aovs"},
          {R"({"scene":"sample:box","format":"exr","aovs":["depth","depth"]})", 422, "invalid_request", "/aovs"},
          {R"({"scene":"sample:box","format":"exr","aovs":["beauty"]})", 422, "invalid_request", "/aovs/0"},
          {R"({"scene":"sample:box","bit_depth":10})", 422, "invalid_request", "/bit_depth"},
          {R"({"scene":"sample:box","bit_depth":16,"format":"webp"})", 422, "invalid_request", "/bit_depth"},
      });
}

TEST(RenderRequests, MessagesSayWhatIsExpected) {
  TestServer server;
  Client client = server.connect();
  const Reply reply = client.post("/render", "application/json", R"({"scene":"sample:box","width":0})");
  EXPECT_EQ(reply.json()["detail"], "/width must be an integer from 1 to 16384");
}

TEST(RenderRequests, KeepWhatTheySay) {
  TestServer server;
  Client client = server.connect();
  const auto request = nlohmann::json::parse(R"({"scene":"sample:box",
      "camera":{"orbit":{"target":[0,0.3,0],"theta_deg":30,"phi_deg":80,"radius":2.5},"vertical_fov_deg":40},
      "environment":{"color":[0.1,0.2,0.3],"rotation_deg":15,"intensity":2},"background":[1,0.5,0],
      "width":64,"height":32,"samples_per_pixel":4,"max_depth":3,"seed":9007199254740991,"exposure_ev":-1.5,
      "noise_threshold":0.02,"firefly_clamp":8.5,
      "white_balance_k":3200,"denoise":true,"aovs":["albedo","cryptomatte_object"],
      "tone_mapping":"agx","format":"exr","metadata":{"who":["me",{"x":null}]}})");
  const Reply reply = client.post("/render", "application/json", request.dump());
  ASSERT_EQ(reply.status, 202) << reply.body;
  EXPECT_EQ(reply.json()["request"], request);
}

TEST(RenderRequests, RefuseBodiesThatAreNeitherJsonNorScenes) {
  TestServer server;
  Client client = server.connect();
  EXPECT_EQ(client.post("/render", "text/plain", "hello").status, 415);
  EXPECT_EQ(client.post("/render", "", "hello").status, 415);
  EXPECT_EQ(client.post("/render?width=7", "application/json", R"({"scene":"sample:box"})").status, 422);
  EXPECT_EQ(client.post("/render", "application/json; charset=utf-8", R"({"scene":"sample:box"})").status, 202);
}

TEST(RenderRequests, TakeASceneAsBodyWithSettingsInTheQuery) {
  TestServer server;
  Client client = server.connect();
  const std::string target =
      "/render?width=64&height=32&samples_per_pixel=4&camera.orbit.theta_deg=30&background=%5B1%2C0.5%2C0%5D"
      "&format=jpeg&metadata.name=a+b";
  const Reply reply = client.post(target, "model/gltf-binary", "glTF and more");
  ASSERT_EQ(reply.status, 202) << reply.body;
  const auto request = reply.json()["request"];
  EXPECT_EQ(request["width"], 64);
  EXPECT_EQ(request["camera"]["orbit"]["theta_deg"], 30.0);
  EXPECT_EQ(request["background"], nlohmann::json::parse("[1.0,0.5,0.0]"));
  EXPECT_EQ(request["format"], "jpeg");
  EXPECT_EQ(request["metadata"]["name"], "a b");
  EXPECT_EQ(client.get("/assets/" + request["scene"].get<std::string>()).status, 200);
}

TEST(RenderRequests, CheckTheQueryBeforeTheySwallowTheScene) {
  TestServer server;
  Client client = server.connect();
  const std::vector<std::pair<std::string, std::string>> bad{{"widht=7", "/widht"},
                                                             {"width=wide", "/width"},
                                                             {"scene=sample:box", "/scene"},
                                                             {"width=7&width=8", "/width"},
                                                             {"camera=1&camera.orbit=2", "/camera"},
                                                             {"metadata.a=%ff", ""},
                                                             {"metadata.%c3=1", ""},
                                                             {"camera.gltf=%ed%a0%80", ""},
                                                             {"width=%7", ""}};
  for (const auto& [query, pointer] : bad) {
    const Reply reply = client.post("/render?" + query, "model/gltf-binary", "glTF and more");
    EXPECT_EQ(reply.status, 422) << query << reply.body;
    EXPECT_EQ(reply.pointer(), pointer) << query << reply.body;
  }
  EXPECT_TRUE(client.get("/assets").json()["assets"].empty());
}

}  // namespace
}  // namespace kiln::api_test
