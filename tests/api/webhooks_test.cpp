#include <gtest/gtest.h>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

constexpr const char* kWebhook = R"("webhook":{"url":"https://example.org/kiln"})";

nlohmann::json deliveries(Client& client, const std::string& query = "") {
  const Reply reply = client.get("/webhooks" + query);
  EXPECT_EQ(reply.status, 200) << reply.body;
  return reply.json()["deliveries"];
}

bool one_is(Client& client, const std::string& status) {
  return eventually([&] {
    const nlohmann::json all = deliveries(client);
    return all.size() == 1 && all[0]["status"] == status;
  });
}

Reply submit_with(Client& client, const std::string& webhook) {
  return client.post("/render", "application/json", R"({"scene":"sample:box","webhook":)" + webhook + "}");
}

TEST(ApiWebhooks, ListWhatWasTold) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  EXPECT_TRUE(deliveries(client).empty());
  const std::string id = submit(client, kWebhook);
  ASSERT_TRUE(one_is(client, "delivered"));
  const nlohmann::json delivery = deliveries(client, "?job=" + id + "&status=delivered")[0];
  EXPECT_EQ(delivery["id"], "msg_" + id + "_succeeded");
  EXPECT_EQ(delivery["subject"], id);
  EXPECT_EQ(delivery["event"], "job.succeeded");
  EXPECT_EQ(delivery["url"], "https://example.org/kiln");
  EXPECT_EQ(delivery["attempts"], 1);
  EXPECT_EQ(delivery["last_status"], 200);
  EXPECT_TRUE(delivery["next_at"].is_null());
  EXPECT_TRUE(delivery["last_error"].is_null());
  EXPECT_TRUE(deliveries(client, "?status=failed").empty());
  EXPECT_TRUE(deliveries(client, "?job=another").empty());
}

TEST(ApiWebhooks, AreListedInPages) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  for (const char* seed : {"1", "2", "3"}) {
    ASSERT_TRUE(reaches(client, submit(client, std::string(kWebhook) + ",\"seed\":" + seed), "succeeded"));
  }
  ASSERT_TRUE(eventually([&] { return deliveries(client).size() == 3; }));
  const nlohmann::json first = client.get("/webhooks?limit=2").json();
  EXPECT_EQ(first["deliveries"].size(), 2u);
  const nlohmann::json rest = client.get("/webhooks?limit=2&cursor=" + first["next"].get<std::string>()).json();
  EXPECT_EQ(rest["deliveries"].size(), 1u);
  EXPECT_TRUE(rest["next"].is_null());
}

TEST(ApiWebhooks, AreDeliveredAgain) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  submit(client, kWebhook);
  ASSERT_TRUE(one_is(client, "delivered"));
  const std::string id = deliveries(client)[0]["id"];
  const Reply again = client.post("/webhooks/" + id + "/redeliver", "", "");
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.json()["id"], id);
  EXPECT_EQ(again.json()["status"], "pending");
  EXPECT_TRUE(eventually([&] { return deliveries(client)[0]["attempts"] == 2; }));
  const Reply unknown = client.post("/webhooks/msg_1/redeliver", "", "");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.json()["code"], "unknown_delivery");
}

TEST(ApiWebhooks, MayNotGoToAPrivateAddress) {
  TestServer server;
  Client client = server.connect();
  const Reply refused = submit_with(client, R"({"url":"http://127.0.0.1:1/"})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.json()["code"], "webhook_not_allowed");
  EXPECT_EQ(refused.json()["pointer"], "/webhook/url");
  const Reply of_batch = client.post("/batch", "application/json",
                                     R"({"scene":"sample:box","variations":[{}],"webhook":{"url":"http://[::1]/"}})");
  EXPECT_EQ(of_batch.status, 422);
  EXPECT_EQ(of_batch.json()["code"], "webhook_not_allowed");
}

TEST(ApiWebhooks, MustBeWhatTheContractSays) {
  TestServer server;
  Client client = server.connect();
  for (const char* webhook :
       {R"("https://example.org/")", R"({})", R"({"url":1})", R"({"url":""})", R"({"url":"ftp://example.org/"})",
        R"({"url":"https://example.org/","events":[]})", R"({"url":"https://example.org/","events":["job.done"]})",
        R"({"url":"https://example.org/","secret":"x"})"}) {
    const Reply refused = submit_with(client, webhook);
    EXPECT_EQ(refused.status, 422) << webhook << ": " << refused.body;
    EXPECT_TRUE(refused.json()["pointer"].get<std::string>().starts_with("/webhook")) << refused.body;
  }
}

TEST(ApiWebhooks, ListsRefuseWhatTheyDoNotKnow) {
  TestServer server;
  Client client = server.connect();
  for (const char* query : {"?status=lost", "?limit=0", "?limit=x", "?cursor=x", "?colour=red"}) {
    EXPECT_EQ(client.get(std::string("/webhooks") + query).status, 422) << query;
  }
}

TEST(ApiWebhooks, AreCounted) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  submit(client, kWebhook);
  ASSERT_TRUE(one_is(client, "delivered"));
  const std::string metrics = client.get("/metrics").body;
  EXPECT_NE(metrics.find("\nkiln_webhooks_delivered_total 1\n"), std::string::npos);
  EXPECT_NE(metrics.find("\nkiln_webhooks_pending 0\n"), std::string::npos);
  EXPECT_NE(metrics.find("\nkiln_webhooks_failed_total 0\n"), std::string::npos);
}

}  // namespace
}  // namespace kiln::api_test
