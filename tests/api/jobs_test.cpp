#include <gtest/gtest.h>
#include <thread>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

const std::string kNoSuchJob = "00000000-0000-4000-8000-000000000000";

TEST(RenderApi, AcceptsARequestAndSaysWhereItsStatusIs) {
  TestServer server;
  Client client = server.connect();
  const Reply reply = client.post("/render", "application/json", R"({"scene":"sample:box","metadata":{"name":"ä"}})");
  ASSERT_EQ(reply.status, 202) << reply.body;
  const auto job = reply.json();
  const std::string id = job["id"];
  EXPECT_EQ(reply.header("location"), "/status/" + id);
  EXPECT_EQ(reply.header("content-type"), "application/json");
  EXPECT_EQ(job["links"]["cancel"], "/cancel/" + id);
  EXPECT_EQ(job["request"]["width"], 1280);
  EXPECT_EQ(job["request"]["metadata"]["name"], "ä");
  EXPECT_EQ(client.get("/status/" + id).json()["id"], id);
}

TEST(RenderApi, GivesThePictureOfAFinishedJob) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const std::string id = submit(client, R"("format":"webp")");
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  const Reply picture = client.get("/result/" + id);
  EXPECT_EQ(picture.status, 200);
  EXPECT_EQ(picture.body, "picture of " + id);
  EXPECT_EQ(picture.header("content-type"), "image/webp");
  EXPECT_EQ(picture.header("content-disposition"), "inline; filename=\"" + id + ".webp\"");
  const auto job = client.get("/status/" + id).json();
  EXPECT_EQ(job["progress"], 1.0);
  EXPECT_EQ(job["result"]["bytes"], picture.body.size());
}

TEST(RenderApi, RefusesResultsThatAreNotThere) {
  TestServer server;
  Client client = server.connect();
  const std::string id = submit(client);
  EXPECT_EQ(client.get("/result/" + id).status, 409);
  EXPECT_EQ(client.get("/result/" + id).code(), "job_not_finished");
  server.let_fail();
  ASSERT_TRUE(reaches(client, id, "failed"));
  EXPECT_EQ(client.get("/result/" + id).status, 409);
  EXPECT_EQ(client.get("/result/" + id).code(), "invalid_scene");
  EXPECT_EQ(client.get("/status/" + id).json()["error"]["code"], "invalid_scene");
}

TEST(RenderApi, AnswersUnknownJobsAndStrangeIds) {
  TestServer server;
  Client client = server.connect();
  for (const std::string& id : {kNoSuchJob, std::string("1"), std::string("..%2F..%2Fetc%2Fpasswd"), std::string("%00"),
                                std::string("{id}"), std::string(500, 'a')}) {
    EXPECT_EQ(client.get("/status/" + id).code(), "unknown_job") << id;
    EXPECT_EQ(client.get("/result/" + id).status, 404) << id;
    EXPECT_EQ(client.request("POST", "/cancel/" + id).status, 404) << id;
    EXPECT_EQ(client.request("DELETE", "/jobs/" + id).status, 404) << id;
  }
}

TEST(RenderApi, RendersAHundredJobsInTheOrderOfTheirAcceptance) {
  TestServer server;
  Client client = server.connect();
  std::vector<std::string> accepted;
  for (int i = 0; i < 100; ++i) accepted.push_back(submit(client));
  ASSERT_TRUE(eventually([&] { return server.begun().size() == 1; }));
  EXPECT_EQ(client.get("/status/" + accepted[57]).json()["position"], 57);
  for (int i = 0; i < 100; ++i) server.let_succeed();
  ASSERT_TRUE(reaches(client, accepted.back(), "succeeded"));
  EXPECT_EQ(server.begun(), accepted);
}

TEST(RenderApi, CancelsAJobThatWaits) {
  TestServer server;
  Client client = server.connect();
  const std::string running = submit(client), waiting = submit(client);
  const Reply reply = client.request("POST", "/cancel/" + waiting);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.json()["status"], "cancelled");
  EXPECT_EQ(client.get("/result/" + waiting).code(), "cancelled");
  EXPECT_EQ(client.request("POST", "/cancel/" + waiting).code(), "job_finished");
  server.let_succeed();
  EXPECT_TRUE(reaches(client, running, "succeeded"));
  EXPECT_EQ(server.begun(), std::vector<std::string>{running});
}

TEST(RenderApi, CancelsAJobThatRuns) {
  TestServer server;
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  EXPECT_EQ(client.request("POST", "/cancel/" + id).status, 200);
  EXPECT_TRUE(reaches(client, id, "cancelled"));
}

TEST(RenderApi, ReportsProgressOfARunningJob) {
  TestServer server;
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  server.progress(0.25);
  EXPECT_TRUE(eventually([&] { return client.get("/status/" + id).json()["progress"] == 0.25; }));
}

TEST(RenderApi, ListsJobsByPageAndByStatus) {
  TestServer server;
  Client client = server.connect();
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(submit(client));
  ASSERT_TRUE(reaches(client, ids[0], "running"));
  std::vector<std::string> listed;
  std::string cursor;
  for (int page = 0; page < 3; ++page) {
    const auto reply = client.get("/jobs?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor)).json();
    for (const auto& job : reply["jobs"]) listed.push_back(job["id"]);
    if (!reply["next"].is_null()) cursor = reply["next"];
  }
  EXPECT_EQ(listed, ids);
  EXPECT_EQ(client.get("/jobs?status=running").json()["jobs"].size(), 1u);
  EXPECT_EQ(client.get("/jobs?status=queued").json()["jobs"].size(), 4u);
  EXPECT_EQ(client.get("/jobs?status=running,queued").json()["jobs"].size(), 5u);
  for (const char* bad : {"limit=0", "limit=x", "limit=1001", "status=dead", "colour=red", "limit=%zz"}) {
    EXPECT_EQ(client.get(std::string("/jobs?") + bad).status, 422) << bad;
  }
}

TEST(RenderApi, DeletesAFinishedJobAndItsPicture) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  EXPECT_EQ(client.request("DELETE", "/jobs/" + id).status, 204);
  EXPECT_EQ(client.get("/status/" + id).status, 404);
  EXPECT_EQ(client.get("/result/" + id).status, 404);
}

TEST(RenderApi, RefusesToDeleteARunningJob) {
  TestServer server;
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  EXPECT_EQ(client.request("DELETE", "/jobs/" + id).code(), "job_not_finished");
}

TEST(RenderApi, AnswersStatusWhileEveryCoreIsBusy) {
  TestServer server(Engine::is_busy);
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client.get("/status/" + id).status, 200);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(client.request("POST", "/cancel/" + id).status, 200);
  EXPECT_TRUE(reaches(client, id, "cancelled"));
}

TEST(ServiceApi, TellsHealthReadinessMetricsAndRoutes) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  EXPECT_EQ(client.get("/healthz").status, 200);
  EXPECT_TRUE(eventually([&] { return client.get("/readyz").status == 200; }));
  EXPECT_EQ(client.get("/readyz").json()["backend"], "fake");
  ASSERT_TRUE(reaches(client, submit(client), "succeeded"));
  const std::string metrics = client.get("/metrics").body;
  for (const char* line : {"kiln_jobs{state=\"succeeded\"} 1", "kiln_queue_depth 0", "kiln_render_seconds_count 1",
                           "kiln_engine_ready 1", "kiln_result_bytes 47", "kiln_asset_bytes 0", "kiln_data_free_bytes ",
                           "kiln_jobs_requeued_total{reason=\"restart\"} 0",
                           "kiln_http_request_seconds_count{code=\"2xx\",route=\"POST /render\"} 1"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line << " in\n" << metrics;
  }
  EXPECT_GT(client.get("/").json()["routes"].size(), 10u);
}

}  // namespace
}  // namespace kiln::api_test
