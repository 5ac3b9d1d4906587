// What clients see when time has passed, the disk is full or the engine is down.
#include <gtest/gtest.h>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

TEST(Expiry, OfAPictureAndThenOfItsJobIsToldApartFromWhatNeverWas) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  EXPECT_EQ(client.get("/result/" + id).status, 200);
  server.let_time_pass(std::chrono::minutes(61));
  ASSERT_TRUE(eventually([&] { return client.get("/result/" + id).status == 410; }));
  EXPECT_EQ(client.get("/result/" + id).code(), "result_expired");
  const auto job = client.get("/status/" + id).json();
  EXPECT_EQ(job["status"], "succeeded");
  EXPECT_TRUE(job["result"]["expired_at"].is_string()) << job;
  server.let_time_pass(std::chrono::hours(24));
  ASSERT_TRUE(eventually([&] { return client.get("/status/" + id).status == 410; }));
  EXPECT_EQ(client.get("/status/" + id).code(), "job_expired");
  EXPECT_EQ(client.get("/result/" + id).code(), "job_expired");
  EXPECT_EQ(client.request("POST", "/cancel/" + id).status, 410);
  EXPECT_EQ(client.request("DELETE", "/jobs/" + id).status, 410);
  EXPECT_EQ(client.get("/status/00000000-0000-4000-8000-000000000000").code(), "unknown_job");
}

TEST(FullDisk, RefusesNewWorkServesTheOldAndRecovers) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  server.set_disk_full(true);
  const Reply refused = client.post("/render", "application/json", R"({"scene":"sample:box"})");
  EXPECT_EQ(refused.status, 507);
  EXPECT_EQ(refused.code(), "storage_full");
  EXPECT_EQ(client.post("/assets", "model/gltf-binary", "abc").code(), "storage_full");
  EXPECT_EQ(client.get("/status/" + id).status, 200);
  EXPECT_EQ(client.get("/result/" + id).status, 200);
  EXPECT_EQ(client.get("/jobs").json()["jobs"].size(), 1u);
  EXPECT_EQ(client.get("/assets").json()["assets"].size(), 0u);
  server.set_disk_full(false);
  EXPECT_TRUE(reaches(client, submit(client), "succeeded"));
  EXPECT_EQ(client.post("/assets", "model/gltf-binary", "abc").status, 201);
}

TEST(FullDisk, LetsDeletedJobsGiveRoom) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  server.set_disk_full(true);
  EXPECT_EQ(client.request("DELETE", "/jobs/" + id).status, 204);
  EXPECT_EQ(client.get("/result/" + id).status, 404);
  EXPECT_EQ(client.get("/jobs").json()["jobs"].size(), 0u);
}

TEST(FullQueue, RefusesNewJobsUntilOneLeaves) {
  TestServer server(Engine::waits);
  Client client = server.connect();
  submit(client);
  ASSERT_TRUE(eventually([&] { return server.begun().size() == 1; }));
  std::string last;
  for (int i = 0; i < 300; ++i) last = submit(client);
  const Reply refused = client.post("/render", "application/json", R"({"scene":"sample:box"})");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.code(), "queue_full");
  EXPECT_FALSE(refused.header("retry-after").empty());
  EXPECT_EQ(client.request("POST", "/cancel/" + last).status, 200);
  submit(client);
}

TEST(BrokenEngine, IsToldByReadinessAndHoldsUpNothingElse) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  ASSERT_TRUE(eventually([&] { return client.get("/readyz").status == 200; }));
  server.set_engine_broken(true);
  const Reply ready = client.get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(ready.code(), "backend_unavailable");
  EXPECT_EQ(ready.json()["reason"], "not opened");
  EXPECT_EQ(client.get("/healthz").status, 200);
  EXPECT_NE(client.get("/metrics").body.find("kiln_engine_ready 0"), std::string::npos);
  const std::string id = submit(client);
  EXPECT_EQ(client.get("/status/" + id).status, 200);
  server.set_engine_broken(false);
  EXPECT_TRUE(reaches(client, id, "succeeded"));
  EXPECT_EQ(client.get("/readyz").status, 200);
}

TEST(BrokenEngine, LetsGoOfAJobThatIsCancelled) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  server.set_engine_broken(true);
  const std::string id = submit(client);
  EXPECT_EQ(client.request("POST", "/cancel/" + id).status, 200);
  EXPECT_TRUE(reaches(client, id, "cancelled"));
}

TEST(ForeignOrigin, MayReadButChangeNothing) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const std::string body = R"({"scene":"sample:box"})";
  const std::string own = "Content-Type: application/json\r\nOrigin: http://test\r\n";
  const std::string foreign = "Content-Type: application/json\r\nOrigin: https://example.org\r\n";
  const Reply refused = client.request("POST", "/render", foreign, body);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "forbidden_origin");
  EXPECT_EQ(client.request("POST", "/render", own, body).status, 202);
  EXPECT_EQ(client.get("/jobs", "Origin: https://example.org\r\n").json()["jobs"].size(), 1u);
  EXPECT_EQ(client.request("DELETE", "/assets/sha256:0", "Origin: null\r\n").code(), "forbidden_origin");
  EXPECT_EQ(client.request("POST", "/render", "Content-Type: application/json\r\n", body).status, 202);
}

}  // namespace
}  // namespace kiln::api_test
