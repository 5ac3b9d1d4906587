// POST /batch, and what the routes of jobs make of a batch's id.
#include <gtest/gtest.h>

#include "tests/api/test_server.h"
#include "tests/api/zip_reader.h"

namespace kiln::api_test {
namespace {

using nlohmann::json;

const std::string kJson = "application/json";

Reply submit_batch(Client& client, const std::string& members) {
  return client.post("/batch", kJson, R"({"scene":"sample:box",)" + members + "}");
}

std::string id_of(const Reply& reply) {
  EXPECT_EQ(reply.status, 202) << reply.body;
  return reply.status == 202 ? reply.json()["id"].get<std::string>() : "";
}

json request_of(Client& client, const json& job) {
  return client.get("/status/" + job.get<std::string>()).json()["request"];
}

void expect_refused(const Reply& reply, const std::string& code, const std::string& pointer) {
  EXPECT_EQ(reply.status, 422) << reply.body;
  EXPECT_EQ(reply.code(), code) << reply.body;
  EXPECT_EQ(reply.pointer(), pointer) << reply.body;
}

TEST(BatchApi, AcceptsVariationsOfOneScene) {
  TestServer server;
  Client client = server.connect();
  const Reply reply = submit_batch(client, R"("width":64,"camera":{"orbit":{"radius":3,"theta_deg":10}},"variations":[
      {}, {"width":32}, {"camera":{"orbit":{"theta_deg":20}}}, {"camera":null,"metadata":{"n":1}}])");
  ASSERT_EQ(reply.status, 202) << reply.body;
  const json batch = reply.json();
  const std::string id = batch["id"];
  EXPECT_EQ(reply.header("location"), "/status/" + id);
  EXPECT_EQ(batch["kind"], "batch");
  EXPECT_EQ(batch["job_count"], 4);
  EXPECT_EQ(batch["links"]["jobs"], "/jobs?batch=" + id);
  ASSERT_EQ(batch["jobs"].size(), 4u);
  EXPECT_EQ(request_of(client, batch["jobs"][0])["width"], 64);
  EXPECT_EQ(request_of(client, batch["jobs"][1])["width"], 32);
  const json third = request_of(client, batch["jobs"][2]);
  EXPECT_EQ(third["camera"]["orbit"]["theta_deg"], 20);
  EXPECT_EQ(third["camera"]["orbit"]["radius"], 3);
  const json fourth = request_of(client, batch["jobs"][3]);
  EXPECT_FALSE(fourth["camera"].contains("orbit"));
  EXPECT_EQ(fourth["metadata"]["n"], 1);
  const json job = client.get("/status/" + batch["jobs"][2].get<std::string>()).json();
  EXPECT_EQ(job["batch"], id);
  EXPECT_EQ(job["batch_index"], 2);
}

TEST(BatchApi, AcceptsWholeRequests) {
  TestServer server;
  Client client = server.connect();
  const Reply reply = client.post(
      "/batch", kJson, R"({"requests":[{"scene":"sample:box","seed":5},{"scene":"sample:box","format":"webp"}]})");
  ASSERT_EQ(reply.status, 202) << reply.body;
  EXPECT_EQ(request_of(client, reply.json()["jobs"][0])["seed"], 5);
  EXPECT_EQ(request_of(client, reply.json()["jobs"][1])["format"], "webp");
}

TEST(BatchApi, MakesATurntable) {
  TestServer server;
  Client client = server.connect();
  const Reply reply =
      submit_batch(client, R"("camera":{"turn_deg":5},"turntable":{"frames":4,"sweep_deg":180},"seed":3)");
  ASSERT_EQ(reply.status, 202) << reply.body;
  const json jobs = reply.json()["jobs"];
  ASSERT_EQ(jobs.size(), 4u);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(request_of(client, jobs[i])["camera"]["turn_deg"], 5 + i * 45);
    EXPECT_EQ(request_of(client, jobs[i])["seed"], 3);
  }
}

TEST(BatchApi, MakesTheFramesOfAnAnimation) {
  TestServer server;
  Client client = server.connect();
  const Reply reply = submit_batch(client, R"("frames":{"from_s":1,"to_s":1.5,"fps":8})");
  ASSERT_EQ(reply.status, 202) << reply.body;
  const json jobs = reply.json()["jobs"];
  ASSERT_EQ(jobs.size(), 5u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(request_of(client, jobs[i])["time_s"], 1 + i / 8.0);
  const Reply blurred = submit_batch(client, R"("shutter_s":0.02,"frames":{"to_s":0.1,"fps":10})");
  ASSERT_EQ(blurred.status, 202) << blurred.body;
  const json blurred_jobs = blurred.json()["jobs"];
  for (const json& job : blurred_jobs) EXPECT_EQ(request_of(client, job)["shutter_s"], 0.02);
  expect_refused(submit_batch(client, R"("frames":{})"), "invalid_request", "/frames");
  expect_refused(submit_batch(client, R"("frames":{"from_s":2,"to_s":1})"), "invalid_request", "/frames");
  expect_refused(submit_batch(client, R"("time_s":1,"frames":{"to_s":1})"), "invalid_request", "/time_s");
}

TEST(BatchApi, DoesNotMultiplyMetadataWithoutBound) {
  TestServer server;
  Client client = server.connect();
  const std::string metadata = R"("metadata":{"x":")" + std::string(16000, 'x') + "\"},";
  expect_refused(submit_batch(client, metadata + R"("turntable":{"frames":1100})"), "limit_exceeded", "/metadata");
  EXPECT_EQ(submit_batch(client, metadata + R"("turntable":{"frames":2})").status, 202);
}

TEST(BatchApi, PointsIntoTheBodyAsItWasSent) {
  TestServer server;
  Client client = server.connect();
  expect_refused(submit_batch(client, R"("variations":[{},{"width":0}])"), "invalid_request", "/variations/1/width");
  expect_refused(submit_batch(client, R"("variations":[{"widht":1}])"), "unknown_member", "/variations/0/widht");
  expect_refused(submit_batch(client, R"("width":-1,"variations":[{}])"), "invalid_request", "/width");
  expect_refused(submit_batch(client, R"("format":"jpeg","variations":[{},{"background":"transparent"}])"),
                 "invalid_request", "/variations/1/background");
  expect_refused(submit_batch(client, R"("background":"transparent","variations":[{},{"format":"jpeg"}])"),
                 "invalid_request", "/background");
  expect_refused(submit_batch(client, R"("variations":[{},{"scene":"sample:nothing"}])"), "unknown_sample",
                 "/variations/1/scene");
  expect_refused(submit_batch(client, R"("variations":[{"cache":false}])"), "unknown_member", "/variations/0/cache");
  const auto whole = [&](const std::string& requests, const std::string& beside = "") {
    return client.post("/batch", kJson, R"({"requests":[)" + requests + "]" + beside + "}");
  };
  const std::string good = R"({"scene":"sample:box"})";
  expect_refused(whole(good + R"(,{"scene":"sample:box","seed":-1})"), "invalid_request", "/requests/1/seed");
  expect_refused(whole(good + R"(,{"scene":"sample:nothing"})"), "unknown_sample", "/requests/1/scene");
  expect_refused(whole(good + ",7"), "invalid_request", "/requests/1");
  expect_refused(whole(good, R"(,"width":7)"), "invalid_request", "/width");
  EXPECT_EQ(client.get("/jobs").json()["jobs"].size(), 0u) << "nothing of them was accepted";
}

TEST(BatchApi, TakesExactlyOneKindOfList) {
  TestServer server;
  Client client = server.connect();
  EXPECT_EQ(submit_batch(client, R"("width":8)").status, 422);
  EXPECT_EQ(submit_batch(client, R"("variations":[])").status, 422);
  EXPECT_EQ(submit_batch(client, R"("variations":[{}],"turntable":{"frames":2})").status, 422);
  EXPECT_EQ(submit_batch(client, R"("variations":[{}],"colour":1)").code(), "unknown_member");
  EXPECT_EQ(client.post("/batch", kJson, "[]").status, 422);
  EXPECT_EQ(client.post("/batch", kJson, "{").code(), "invalid_json");
  EXPECT_EQ(client.post("/batch", "text/plain", "{}").status, 415);
  EXPECT_EQ(client.post("/batch?width=8", kJson, "{}").status, 422);
}

TEST(BatchApi, TakesAsManyJobsAsItMay) {
  http::ServerSettings settings;
  settings.max_batch_jobs = 3;
  TestServer server(Engine::waits, settings);
  Client client = server.connect();
  EXPECT_EQ(submit_batch(client, R"("variations":[{},{},{}])").status, 202);
  expect_refused(submit_batch(client, R"("variations":[{},{},{},{}])"), "limit_exceeded", "/variations");
  expect_refused(submit_batch(client, R"("turntable":{"frames":4})"), "limit_exceeded", "/turntable/frames");
  expect_refused(submit_batch(client, R"("frames":{"to_s":1e6,"fps":1000})"), "limit_exceeded", "/frames");
}

TEST(BatchApi, IsFollowedAndStoppedUnderOneId) {
  TestServer server;
  Client client = server.connect();
  const std::string id = id_of(submit_batch(client, R"("turntable":{"frames":3})"));
  ASSERT_TRUE(eventually([&] { return server.begun().size() == 1; }));
  EXPECT_EQ(client.get("/status/" + id).json()["status"], "running");
  EXPECT_EQ(client.get("/status/" + id).json()["counts"]["queued"], 2);
  EXPECT_EQ(client.get("/result/" + id).code(), "job_not_finished");
  EXPECT_EQ(client.request("DELETE", "/jobs/" + id).status, 409);
  server.let_succeed();
  ASSERT_TRUE(eventually([&] { return client.get("/status/" + id).json()["counts"]["succeeded"] == 1; }));
  const Reply cancelled = client.post("/cancel/" + id, "", "");
  EXPECT_EQ(cancelled.status, 200) << cancelled.body;
  EXPECT_EQ(cancelled.json()["kind"], "batch");
  ASSERT_TRUE(reaches(client, id, "cancelled"));
  EXPECT_EQ(client.get("/status/" + id).json()["progress"], 1);
  EXPECT_EQ(client.post("/cancel/" + id, "", "").code(), "job_finished");
  const json listed = client.get("/jobs?batch=" + id).json()["jobs"];
  ASSERT_EQ(listed.size(), 3u);
  EXPECT_EQ(listed[0]["status"], "succeeded");
  EXPECT_EQ(client.get("/jobs?batch=" + id + "&status=cancelled").json()["jobs"].size(), 2u);
  EXPECT_EQ(client.request("DELETE", "/jobs/" + id).status, 204);
  EXPECT_EQ(client.get("/status/" + id).code(), "unknown_job");
  EXPECT_EQ(client.get("/jobs?batch=" + id).code(), "unknown_job");
  EXPECT_EQ(client.get("/jobs?batch=nonsense").code(), "unknown_job");
}

TEST(BatchApi, GivesItsPicturesAsAnArchive) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const Reply reply = submit_batch(client, R"("variations":[{},{"format":"webp"},{}])");
  const std::string id = id_of(reply);
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  const Reply archive = client.get("/result/" + id);
  ASSERT_EQ(archive.status, 200) << archive.body;
  EXPECT_EQ(archive.header("content-type"), "application/zip");
  EXPECT_EQ(archive.header("content-disposition"), "attachment; filename=\"" + id + ".zip\"");
  for (const bool seeks : {true, false}) {
    const auto entries = read_zip(archive.body, seeks);
    ASSERT_EQ(entries.size(), 4u);
    const std::vector<std::string> names{"0000.png", "0001.webp", "0002.png"};
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(entries[i].name, names[i]);
      EXPECT_EQ(entries[i].content, "picture of " + reply.json()["jobs"][i].get<std::string>());
    }
    EXPECT_EQ(entries[3].name, "batch.json");
    const json manifest = json::parse(entries[3].content);
    EXPECT_EQ(manifest["batch"]["id"], id);
    ASSERT_EQ(manifest["jobs"].size(), 3u);
    EXPECT_EQ(manifest["jobs"][1]["file"], "0001.webp");
    EXPECT_EQ(manifest["jobs"][1]["id"], reply.json()["jobs"][1]);
  }
  EXPECT_EQ(client.request("HEAD", "/result/" + id).status, 200);
}

TEST(BatchApi, LeavesPicturesOutThatAreNotThereAndSaysSo) {
  TestServer server;
  Client client = server.connect();
  const Reply reply = submit_batch(client, R"("variations":[{},{},{}])");
  const std::string id = id_of(reply);
  server.let_succeed();
  server.let_fail();
  server.let_succeed();
  ASSERT_TRUE(reaches(client, id, "failed"));
  server.lose_picture(reply.json()["jobs"][2]);
  const auto entries = read_zip(client.get("/result/" + id).body);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].name, "0000.png");
  const json jobs = json::parse(entries[1].content)["jobs"];
  EXPECT_EQ(jobs[0]["file"], "0000.png");
  EXPECT_TRUE(jobs[1]["file"].is_null());
  EXPECT_EQ(jobs[1]["error"]["code"], "invalid_scene");
  EXPECT_TRUE(jobs[2]["file"].is_null());
}

TEST(BatchApi, StreamsAnArchiveThatIsLargerThanItsPieces) {
  TestServer server(Engine::paints_large);
  Client client = server.connect();
  const std::string id = id_of(submit_batch(client, R"("turntable":{"frames":2})"));
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  const auto entries = read_zip(client.get("/result/" + id).body);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].content.size(), 32u << 20);
  EXPECT_EQ(entries[1].content.size(), 32u << 20);
}

TEST(BatchApi, AnArchiveWhosePictureBreaksOffDoesNotEndProperly) {
  TestServer server(Engine::paints_large);
  Client client = server.connect();
  const Reply reply = submit_batch(client, R"("turntable":{"frames":2})");
  const std::string id = id_of(reply);
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  client.send("GET /result/" + id + " HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client.receive_head().status, 200);
  EXPECT_TRUE(client.receive_chunk());
  server.cut_picture(reply.json()["jobs"][1]);
  auto chunk = client.receive_chunk();
  while (chunk && !chunk->empty()) chunk = client.receive_chunk();
  EXPECT_FALSE(chunk) << "the connection ends without the last chunk";
}

TEST(BatchApi, AnArchiveDoesNotPassOverAPictureThatCannotBeOpened) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const Reply reply = submit_batch(client, R"("turntable":{"frames":2})");
  ASSERT_TRUE(reaches(client, id_of(reply), "succeeded"));
  server.lock_picture(reply.json()["jobs"][1]);
  client.send("GET /result/" + id_of(reply) + " HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client.receive_head().status, 200);
  auto chunk = client.receive_chunk();
  while (chunk && !chunk->empty()) chunk = client.receive_chunk();
  EXPECT_FALSE(chunk) << "the connection ends without the last chunk";
}

TEST(BatchApi, WaitsForTheWholeBatch) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const Reply reply = client.request("POST", "/batch", "Content-Type: application/json\r\nPrefer: wait=60\r\n",
                                     R"({"scene":"sample:box","turntable":{"frames":3}})");
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.json()["status"], "succeeded");
  EXPECT_EQ(reply.json()["counts"]["succeeded"], 3);
}

TEST(BatchApi, RefusesWhatDoesNotFitIntoTheQueue) {
  TestServer server;
  Client client = server.connect();
  expect_refused(submit_batch(client, R"("turntable":{"frames":301})"), "limit_exceeded", "");
  EXPECT_EQ(submit_batch(client, R"("turntable":{"frames":200})").status, 202);
  const Reply full = submit_batch(client, R"("turntable":{"frames":200})");
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.code(), "queue_full");
  EXPECT_FALSE(full.header("retry-after").empty());
}

TEST(BatchApi, LetsOthersInWhileALongOneIsChecked) {
  TestServer server(Engine::waits, {}, [](jobs::ServiceOptions& options) { options.most_queued_jobs = 0; });
  Client client = server.connect(), other = server.connect();
  std::string variations = "{\"seed\":0}";
  for (int i = 1; i < 10'000; ++i) variations += ",{\"seed\":" + std::to_string(i) + "}";
  const std::string body = R"({"scene":"sample:box","variations":[)" + variations + "]}";
  client.send("POST /batch HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(other.get("/healthz").status, 200);
  const Reply reply = client.receive();
  ASSERT_EQ(reply.status, 202) << reply.body;
  EXPECT_EQ(reply.json()["jobs"].size(), 10'000u);
}

}  // namespace
}  // namespace kiln::api_test
