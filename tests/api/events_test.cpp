// Server-sent events: what a browser or a watching program sees.
#include <algorithm>
#include <gtest/gtest.h>

#include "tests/api/event_reader.h"
#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

constexpr const char* kStreams = "kiln_http_event_streams";
using Strings = std::vector<std::string>;

std::uint64_t number(const std::string& id) { return std::stoull(id.substr(id.rfind('-') + 1)); }

Strings summaries(const std::vector<StreamEvent>& events) {
  Strings all;
  for (const StreamEvent& event : events) all.push_back(event.summary());
  return all;
}

TEST(Events, TellTheWholeLifeOfAJobAndEndWithIt) {
  TestServer server;
  Client client = server.connect();
  EventReader all(server.connect(), "/events");
  EXPECT_EQ(all.head().status, 200);
  EXPECT_EQ(all.head().header("content-type"), "text/event-stream");
  EXPECT_EQ(all.head().header("transfer-encoding"), "chunked");
  EXPECT_EQ(all.head().header("cache-control"), "no-store");
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  EventReader own(server.connect(), "/events/" + id);
  EXPECT_EQ(all.until("state running"), (Strings{"state queued", "state running"}));
  server.progress(0.25);
  EXPECT_EQ(all.until("progress 0.25"), (Strings{"progress 0.25"}));
  server.let_succeed();
  const auto events = own.rest();
  EXPECT_FALSE(own.broken());
  ASSERT_GE(events.size(), 3u);
  EXPECT_EQ(events.front().summary(), "state running");
  EXPECT_EQ(events[1].summary(), "progress 0.25");
  EXPECT_EQ(events.back().summary(), "state succeeded");
  EXPECT_EQ(events.back().data["result"]["bytes"], 47);
  for (const StreamEvent& event : events) EXPECT_EQ(event.data["id"], id) << event.summary();
  EXPECT_EQ(own.client().get("/healthz").status, 200) << "the connection is as good as before";
}

TEST(Events, AreNumberedWithoutAGap) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  EventReader all(server.connect(), "/events");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(reaches(client, submit(client), "succeeded"));
  std::vector<StreamEvent> events;
  while (std::count_if(events.begin(), events.end(), [](const auto& e) { return e.summary() == "state succeeded"; }) <
         3) {
    events.push_back(all.next().value());
  }
  const std::string epoch = events.front().id.substr(0, events.front().id.rfind('-'));
  EXPECT_EQ(epoch.size(), 8u);
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].id, epoch + "-" + std::to_string(i + 1));
}

TEST(Events, AreReplayedExactlyFromTheLastOneSeen) {
  TestServer server;
  Client client = server.connect();
  EventReader all(server.connect(), "/events");
  const std::string first = submit(client), second = submit(client);
  all.until("state running");
  const std::string seen = all.last_id();
  server.let_succeed();
  ASSERT_TRUE(reaches(client, second, "running"));
  server.let_fail();
  ASSERT_TRUE(reaches(client, second, "failed"));
  std::vector<StreamEvent> live;
  while (live.empty() || live.back().summary() != "state failed") live.push_back(all.next().value());
  EventReader again(server.connect(), "/events", seen);
  for (const StreamEvent& then : live) {
    const StreamEvent replayed = again.next().value();
    EXPECT_EQ(replayed.id, then.id);
    EXPECT_EQ(replayed.summary(), then.summary());
    EXPECT_EQ(replayed.data["id"], then.data["id"]);
  }
  EventReader own(server.connect(), "/events/" + second, seen);
  const auto of_second = own.rest();
  ASSERT_GE(of_second.size(), 2u);
  for (const StreamEvent& event : of_second) EXPECT_EQ(event.data["id"], second);
  EXPECT_EQ(of_second.back().summary(), "state failed");
  EXPECT_GT(number(of_second.front().id), number(seen));
}

TEST(Events, BeginWithThePresentWhereTheLastOneIsOfAnotherServer) {
  TestServer server;
  Client client = server.connect();
  const std::string running = submit(client), queued = submit(client);
  ASSERT_TRUE(reaches(client, running, "running"));
  for (const char* unknown : {"", "00000000-1", "nonsense", "-", "1"}) {
    EventReader all(server.connect(), "/events", unknown);
    const auto first = all.next().value(), second = all.next().value();
    EXPECT_EQ(first.data["id"], running) << unknown;
    EXPECT_EQ(first.data["status"], "running");
    EXPECT_EQ(second.data["id"], queued);
    EXPECT_EQ(second.data["position"], 1);
    EventReader own(server.connect(), "/events/" + queued, unknown);
    EXPECT_EQ(own.next().value().summary(), "state queued");
  }
}

TEST(Events, BeginWithThePresentWhereTheHistoryIsTooShort) {
  http::ServerSettings settings;
  settings.event_history = 4;
  TestServer server(Engine::paints, settings);
  Client client = server.connect();
  EventReader all(server.connect(), "/events");
  const std::string first = submit(client);
  all.until("state succeeded");
  const std::string seen = all.last_id();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(reaches(client, submit(client), "succeeded"));
  EventReader again(server.connect(), "/events/" + first, seen);
  EXPECT_EQ(summaries(again.rest()), Strings{"state succeeded"}) << "told anew, as it cannot be known what is missing";
}

TEST(Events, OfAJobThatHasEndedEndAtOnceAndAreNotAskedForAgain) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  EventReader late(server.connect(), "/events/" + id);
  EXPECT_EQ(summaries(late.rest()), Strings{"state succeeded"});
  EXPECT_EQ(client.get("/events/" + id, "Last-Event-ID: " + late.last_id() + "\r\n").status, 204);
}

TEST(Events, OfUnknownJobsAreRefused) {
  TestServer server;
  Client client = server.connect();
  EXPECT_EQ(client.get("/events/x").code(), "unknown_job");
  EXPECT_EQ(client.get("/events/00000000-0000-4000-8000-000000000000").status, 404);
}

TEST(Events, TellQueuedJobsTheirPosition) {
  TestServer server;
  Client client = server.connect();
  submit(client);
  const std::string before = submit(client), id = submit(client);
  EventReader own(server.connect(), "/events/" + id);
  EXPECT_EQ(own.next().value().data["position"], 2);
  EXPECT_EQ(client.request("POST", "/cancel/" + before).status, 200);
  const StreamEvent moved = own.next().value();
  EXPECT_EQ(moved.summary(), "position 1");
  EXPECT_EQ(moved.data["id"], id);
  EXPECT_TRUE(moved.data.contains("eta"));
  EXPECT_EQ(moved.id, "");
}

TEST(Events, TellOfRemovedJobs) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  EventReader all(server.connect(), "/events");
  ASSERT_TRUE(eventually([&] { return gauge(client, kStreams) == 1; }));
  EXPECT_EQ(client.request("DELETE", "/jobs/" + id).status, 204);
  const auto event = all.next().value();
  EXPECT_EQ(event.name, "removed");
  EXPECT_EQ(event.data["id"], id);
}

TEST(Events, OfAWithdrawnJobEndWithIt) {
  TestServer server;
  Client client = server.connect();
  submit(client);
  const std::string id = submit(client);
  EventReader own(server.connect(), "/events/" + id);
  EXPECT_EQ(client.request("POST", "/cancel/" + id).status, 200);
  EXPECT_EQ(summaries(own.rest()).back(), "state cancelled");
}

TEST(Events, OfABatchCarryThoseOfItsJobsAndEndWithIt) {
  TestServer server;
  Client client = server.connect();
  const Reply accepted =
      client.post("/batch", "application/json", R"({"scene":"sample:box","variations":[{"seed":1},{"seed":2}]})");
  ASSERT_EQ(accepted.status, 202) << accepted.body;
  const std::string id = accepted.json()["id"];
  EventReader own(server.connect(), "/events/" + id);
  server.let_succeed();
  server.let_succeed();
  const std::vector<StreamEvent> events = own.rest();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.front().data["id"], id);
  EXPECT_EQ(events.back().data["id"], id);
  EXPECT_EQ(events.back().data["kind"], "batch");
  EXPECT_EQ(events.back().summary(), "state succeeded");
  Strings of_jobs;
  for (const StreamEvent& event : events) {
    if (event.data["id"] != id && event.summary() == "state succeeded") of_jobs.push_back(event.data["id"]);
  }
  EXPECT_EQ(nlohmann::json(of_jobs), accepted.json()["jobs"]);
}

TEST(Events, TellTheEndOfABatchOnceAlthoughItsPicturesWereThereAlready) {
  TestServer server(Engine::paints);
  server.set_renderer("painter");
  Client client = server.connect();
  ASSERT_TRUE(reaches(client, submit(client), "succeeded"));
  EventReader all(server.connect(), "/events");
  ASSERT_TRUE(eventually([&] { return gauge(client, kStreams) == 1; }));
  const Reply accepted = client.post("/batch", "application/json", R"({"scene":"sample:box","variations":[{},{},{}]})");
  ASSERT_EQ(accepted.json()["status"], "succeeded") << accepted.body;
  const std::string after = submit(client, R"("seed":9)");
  Strings ended;
  for (StreamEvent event = all.next().value(); event.data["id"] != after; event = all.next().value()) {
    if (event.summary() == "state succeeded") ended.push_back(event.data["id"]);
  }
  auto expected = accepted.json()["jobs"].get<Strings>();
  expected.push_back(accepted.json()["id"]);
  EXPECT_EQ(ended, expected);
}

TEST(Events, TellProgressAtMostFourTimesASecondAndTheLatestInTheEnd) {
  TestServer server;
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  EventReader own(server.connect(), "/events/" + id);
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 1; i <= 200; ++i) server.progress(i / 256.0);
  const auto seen = own.until("progress " + nlohmann::json(200 / 256.0).dump());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  EXPECT_LE(seen.size(), 1 + 2 + static_cast<std::size_t>(seconds * 4));
}

TEST(Events, TellOfALostEngineAndItsReturn) {
  TestServer server;
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  EventReader own(server.connect(), "/events/" + id);
  server.let_crash();
  EXPECT_EQ(own.until("engine resumed"),
            (Strings{"state running", "engine lost", "state queued", "state running", "engine resumed"}));
  server.let_succeed();
  EXPECT_EQ(summaries(own.rest()).back(), "state succeeded");
}

TEST(Events, CarryASignOfLife) {
  http::ServerSettings settings;
  settings.heartbeat_s = 0.02;
  TestServer server(Engine::waits, settings);
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  EventReader own(server.connect(), "/events/" + id);
  EXPECT_EQ(own.next().value().summary(), "state running");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(own.until_heartbeat());
  server.let_succeed();
  EXPECT_EQ(own.until("state succeeded").back(), "state succeeded");
}

TEST(Events, EndWhenTheServerDrains) {
  TestServer server;
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  EventReader all(server.connect(), "/events"), own(server.connect(), "/events/" + id);
  EXPECT_EQ(all.next().value().summary(), "state running");
  EXPECT_EQ(own.next().value().summary(), "state running");
  server.drain();
  all.rest();
  own.rest();
  EXPECT_FALSE(all.broken() || own.broken()) << "ended in good order";
  EXPECT_TRUE(eventually([&] { return server.quiet(); }));
}

TEST(Events, EndWithTheServer) {
  EventReader own = [] {
    TestServer server;
    Client client = server.connect();
    EventReader reader(server.connect(), "/events/" + submit(client));
    EXPECT_TRUE(reader.next());
    return reader;
  }();
  own.rest();
  EXPECT_TRUE(own.broken());
}

TEST(Events, NoticeAClientThatHasGone) {
  TestServer server;
  Client client = server.connect();
  const std::string id = submit(client);
  {
    EventReader closes(server.connect(), "/events/" + id), resets(server.connect(), "/events");
    ASSERT_TRUE(eventually([&] { return gauge(client, kStreams) == 2; }));
    resets.client().leave();
    EXPECT_TRUE(eventually([&] { return gauge(client, kStreams) == 1; }));
  }
  EXPECT_TRUE(eventually([&] { return gauge(client, kStreams) == 0; }));
  EXPECT_TRUE(eventually([&] { return gauge(client, "kiln_http_connections") == 1; }));
}

TEST(Events, AreNotKeptForAReaderThatTakesNothing) {
  http::ServerSettings settings;
  settings.request_timeout_s = 0.2;
  TestServer server(Engine::paints, settings);
  Client client = server.connect();
  EventReader lazy(server.connect(), "/events");
  ASSERT_TRUE(eventually([&] { return gauge(client, kStreams) == 1; }));
  const std::string members = R"("metadata":{"note":")" + std::string(15'000, 'x') + "\"}";
  ASSERT_TRUE(eventually([&] {
    for (int i = 0; i < 50; ++i) submit(client, members);
    reaches(client, submit(client), "succeeded");
    return gauge(client, kStreams) == 0;
  })) << "the socket's buffers hold some megabytes, then it has to be dropped";
  EXPECT_EQ(client.get("/healthz").status, 200);
}

TEST(Events, GoToOldClientsWithoutChunks) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  Client old = server.connect();
  old.send("GET /events/" + id + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const Reply head = old.receive_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("connection"), "close");
  EXPECT_EQ(head.header("transfer-encoding"), "");
  EXPECT_EQ(head.header("content-length"), "");
  const std::string body = old.receive_all();
  EXPECT_EQ(body.substr(0, 13), "retry: 2000\n\n");
  EXPECT_NE(body.find("event: state\ndata: {"), std::string::npos) << body;
}

TEST(Events, HaveAHeaderOnlyForHead) {
  TestServer server;
  Client client = server.connect();
  const Reply head = client.request("HEAD", "/events");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-type"), "text/event-stream");
  EXPECT_EQ(client.get("/healthz").status, 200);
  EXPECT_EQ(gauge(client, kStreams), 0);
}

}  // namespace
}  // namespace kiln::api_test
