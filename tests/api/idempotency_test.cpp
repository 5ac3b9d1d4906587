// Requests that come twice, and pictures that are there already.
#include <gtest/gtest.h>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

const std::string kBox = R"({"scene":"sample:box"})";

Reply post(Client& client, const std::string& target, const std::string& key, const std::string& body = kBox,
           const std::string& type = "application/json") {
  return client.request("POST", target, "Content-Type: " + type + "\r\nIdempotency-Key: " + key + "\r\n", body);
}

TEST(IdempotencyApi, ARepetitionGetsTheSameJob) {
  TestServer server;
  Client client = server.connect();
  const Reply first = post(client, "/render", "\"order 7\"");
  const Reply again = post(client, "/render", "\"order 7\"");
  ASSERT_EQ(first.status, 202) << first.body;
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.json()["id"], first.json()["id"]);
  EXPECT_EQ(again.header("location"), first.header("location"));
  EXPECT_EQ(first.header("idempotency-replayed"), "");
  EXPECT_EQ(again.header("idempotency-replayed"), "true");
  EXPECT_EQ(post(client, "/render", "order 7").json()["id"], first.json()["id"]) << "with or without quotes";
  EXPECT_EQ(client.get("/jobs").json()["jobs"].size(), 1u);
}

TEST(IdempotencyApi, AnotherRequestUnderTheKeyIsRefused) {
  TestServer server;
  Client client = server.connect();
  ASSERT_EQ(post(client, "/render", "k").status, 202);
  const Reply other = post(client, "/render", "k", R"({"scene":"sample:box","seed":1})");
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.code(), "idempotency_key_reused");
  EXPECT_EQ(other.pointer(), "");
  EXPECT_EQ(post(client, "/batch", "k", R"({"scene":"sample:box","turntable":{"frames":2}})").code(),
            "idempotency_key_reused");
}

TEST(IdempotencyApi, HoldsForBatches) {
  TestServer server;
  Client client = server.connect();
  const std::string body = R"({"scene":"sample:box","turntable":{"frames":2}})";
  const Reply first = post(client, "/batch", "k", body);
  const Reply again = post(client, "/batch", "k", body);
  ASSERT_EQ(first.status, 202) << first.body;
  EXPECT_EQ(again.json()["id"], first.json()["id"]);
  EXPECT_EQ(again.json()["jobs"], first.json()["jobs"]);
  EXPECT_EQ(again.header("idempotency-replayed"), "true");
}

TEST(IdempotencyApi, HoldsForScenesInTheBody) {
  TestServer server;
  Client client = server.connect();
  const auto send = [&](const std::string& query, const std::string& bytes) {
    return post(client, "/render?" + query, "k", bytes, "model/gltf-binary");
  };
  const Reply first = send("width=8", "a scene");
  ASSERT_EQ(first.status, 202) << first.body;
  const Reply again = send("width=8", "a scene");
  EXPECT_EQ(again.json()["id"], first.json()["id"]);
  EXPECT_EQ(again.header("idempotency-replayed"), "true");
  EXPECT_EQ(send("width=9", "a scene").code(), "idempotency_key_reused");
  EXPECT_EQ(send("width=8", "another").code(), "idempotency_key_reused");
}

TEST(IdempotencyApi, RefusesAKeyThatIsNone) {
  TestServer server;
  Client client = server.connect();
  for (const std::string& key : {std::string("\"\""), std::string("\"open"), std::string("\"a\"b"),
                                 std::string("\"bad \\n escape\""), std::string("k\xc3\xa4"), std::string(256, 'k')}) {
    const Reply reply = post(client, "/render", key);
    EXPECT_EQ(reply.status, 422) << key;
    EXPECT_EQ(reply.code(), "invalid_request") << key;
  }
  const Reply twice = post(client, "/render", "a\r\nIdempotency-Key: b");
  EXPECT_EQ(twice.code(), "invalid_request");
  EXPECT_EQ(post(client, "/render", "\"" + std::string(255, 'k') + "\"").status, 202);
  EXPECT_EQ(post(client, "/render", R"("a \"quoted\" \\ key")").status, 202);
}

TEST(CacheApi, APictureThatIsThereIsAnsweredAtOnce) {
  TestServer server(Engine::paints);
  server.set_renderer("painter");
  Client client = server.connect();
  const std::string first = submit(client);
  ASSERT_TRUE(reaches(client, first, "succeeded"));
  const Reply reply = client.post("/render", "application/json", kBox);
  ASSERT_EQ(reply.status, 202) << reply.body;
  EXPECT_EQ(reply.json()["status"], "succeeded");
  EXPECT_EQ(reply.json()["cached"], true);
  EXPECT_EQ(client.get("/status/" + first).json()["cached"], false);
  const Reply picture = client.get("/result/" + reply.json()["id"].get<std::string>());
  EXPECT_EQ(picture.body, "picture of " + first);
  EXPECT_EQ(picture.header("etag"), client.get("/result/" + first).header("etag"));
  const Reply anew = client.post("/render", "application/json", R"({"scene":"sample:box","cache":false})");
  EXPECT_EQ(anew.json()["cached"], false);
  EXPECT_NE(client.get("/metrics").body.find("kiln_cache_hits_total 1"), std::string::npos);
}

}  // namespace
}  // namespace kiln::api_test
