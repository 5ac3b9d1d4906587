#include <gtest/gtest.h>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

/// A server whose operator has set limits.
TestServer limited(const TestServer::Adjust& adjust) { return TestServer(Engine::waits, {}, adjust); }

void expect_refused(const Reply& reply, const std::string& pointer) {
  EXPECT_EQ(reply.status, 422) << reply.body;
  EXPECT_EQ(reply.code(), "limit_exceeded");
  EXPECT_EQ(reply.pointer(), pointer);
}

Reply render(Client& client, const std::string& members) {
  return client.post("/render", "application/json", "{\"scene\":\"sample:box\"," + members + "}");
}

TEST(Eta, RunningAndQueuedJobsHaveOneAndFinishedOnesHaveNone) {
  TestServer server;
  Client client = server.connect();
  const std::string running = submit(client), waiting = submit(client);
  ASSERT_TRUE(reaches(client, running, "running"));
  const auto first = client.get("/status/" + running).json()["eta"],
             second = client.get("/status/" + waiting).json()["eta"];
  ASSERT_TRUE(first.is_object());
  ASSERT_TRUE(second.is_object());
  EXPECT_EQ(first["start_s"], 0);
  for (const auto& eta : {first, second}) {
    EXPECT_LE(eta["start_s"], eta["finish_s"]);
    EXPECT_LT(eta["low_s"], eta["finish_s"]);
    EXPECT_GT(eta["high_s"], eta["finish_s"]);
  }
  EXPECT_GT(second["start_s"], 0);
  EXPECT_GT(second["finish_s"], first["finish_s"]);
  server.let_succeed();
  ASSERT_TRUE(reaches(client, running, "succeeded"));
  EXPECT_TRUE(client.get("/status/" + running).json()["eta"].is_null());
}

TEST(Eta, IsToldInTheListToo) {
  TestServer server;
  Client client = server.connect();
  ASSERT_TRUE(reaches(client, submit(client), "running"));
  submit(client);
  const auto jobs = client.get("/jobs").json()["jobs"];
  ASSERT_EQ(jobs.size(), 2u);
  for (const auto& job : jobs) EXPECT_TRUE(job["eta"].is_object());
}

TEST(Eta, ChangesWithTimeAloneAndNotAtEachRequest) {
  TestServer server;
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  for (const double progress : {0.1, 0.2}) {
    server.progress(progress);
    ASSERT_TRUE(eventually([&] { return client.get("/status/" + id).json()["progress"] == progress; }));
  }
  const auto first = client.get("/status/" + id).json()["eta"];
  EXPECT_TRUE(eventually([&] { return client.get("/status/" + id).json()["eta"] != first; }));
}

TEST(Eta, TheWorkThatWaitsIsAMetric) {
  TestServer server;
  Client client = server.connect();
  ASSERT_TRUE(reaches(client, submit(client), "running"));
  EXPECT_NE(client.get("/metrics").body.find("\nkiln_queue_estimate_seconds 0\n"), std::string::npos);
  submit(client);
  EXPECT_EQ(client.get("/metrics").body.find("\nkiln_queue_estimate_seconds 0\n"), std::string::npos);
}

TEST(JobBounds, ARequestBeyondOneIsRefusedWithItsPlaceBeforeItIsQueued) {
  TestServer server = limited([](jobs::ServiceOptions& options) {
    options.job_limits.pixels = 10'000;
    options.job_limits.samples_per_pixel = 64;
    options.job_limits.max_depth = 4;
    options.job_limits.seconds = 1;
  });
  Client client = server.connect();
  const std::string small = R"("width":100,"height":100,"max_depth":4)";
  expect_refused(render(client, R"("width":101,"height":100)"), "/width");
  expect_refused(render(client, small + R"(,"samples_per_pixel":65)"), "/samples_per_pixel");
  expect_refused(render(client, R"("width":100,"height":100,"samples_per_pixel":64,"max_depth":5)"), "/max_depth");
  EXPECT_TRUE(client.get("/jobs").json()["jobs"].empty());
  EXPECT_EQ(render(client, small + R"(,"samples_per_pixel":1)").status, 202);
}

TEST(JobBounds, AJobThatWouldTakeTooLongIsRefused) {
  TestServer server = limited([](jobs::ServiceOptions& options) { options.job_limits.seconds = 10; });
  Client client = server.connect();
  const Reply reply = render(client, R"("width":8192,"height":8192,"samples_per_pixel":65536)");
  expect_refused(reply, "/samples_per_pixel");
  EXPECT_NE(reply.json().value("detail", "").find("10 s"), std::string::npos) << reply.body;
  EXPECT_EQ(render(client, R"("width":8192,"height":8192,"samples_per_pixel":65536,"time_budget_s":5)").status, 202);
}

TEST(JobBounds, ASceneThatNeedsTooMuchOfTheDeviceIsRefused) {
  TestServer server = limited([](jobs::ServiceOptions& options) { options.job_limits.device_bytes = 1000; });
  server.let_scenes_need(1001);
  Client client = server.connect();
  const Reply scene = client.post("/assets", "model/gltf-binary", "glTF");
  ASSERT_EQ(scene.status, 201);
  const std::string body = "{\"scene\":\"" + scene.json()["id"].get<std::string>() + "\"}";
  expect_refused(client.post("/render", "application/json", body), "/scene");
  EXPECT_EQ(render(client, R"("width":10)").status, 202) << "a scene that is built in";
}

TEST(QueueLimit, AFullQueueSaysWhenToComeBack) {
  TestServer server = limited([](jobs::ServiceOptions& options) { options.most_queued_jobs = 1; });
  Client client = server.connect();
  ASSERT_TRUE(reaches(client, submit(client, R"("width":1000,"height":1000,"samples_per_pixel":1000)"), "running"));
  submit(client);
  const Reply reply = render(client, R"("width":10)");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.code(), "queue_full");
  ASSERT_FALSE(reply.header("retry-after").empty());
  EXPECT_GT(std::stoi(reply.header("retry-after")), 60) << "the job that runs has a thousand million samples";
}

TEST(QueueLimit, WorkMayBeLimitedInSeconds) {
  TestServer server = limited([](jobs::ServiceOptions& options) { options.most_queued_s = 100; });
  Client client = server.connect();
  ASSERT_TRUE(reaches(client, submit(client), "running"));
  submit(client, R"("width":8192,"height":8192,"samples_per_pixel":65536)");  // weeks
  const Reply reply = render(client, R"("width":10)");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.code(), "queue_full");
  EXPECT_GT(std::stoi(reply.header("retry-after")), 3600);
}

}  // namespace
}  // namespace kiln::api_test
