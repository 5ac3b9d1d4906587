#include "client/event_stream.h"

#include <gtest/gtest.h>

#include "scripted_server.h"

namespace kiln::client {
namespace {

const std::string kRetryAtOnce = "retry: 1\n\n";

/// What has come once `wanted` events were there.
struct Followed {
  Answer<void> outcome;
  std::vector<std::string> events;
  int lost = 0;
};

Followed follow(ServerClient& client, std::size_t wanted, double give_up_s = 60) {
  Followed followed;
  FollowOptions options;
  options.give_up_s = give_up_s;
  options.lost = [&](const ClientError&) { ++followed.lost; };
  followed.outcome = follow_events(client, "/events/x", options,
                                   [&](const Event& event) {
                                     followed.events.push_back(event.data);
                                     return followed.events.size() < wanted;
                                   },
                                   {});
  return followed;
}

ServerClient client_of(const ScriptedServer& server) { return {*ServerUrl::parse(server.url()), {}}; }

}  // namespace

TEST(EventStream, EndsWithTheEventThatIsEnough) {
  ScriptedServer server({event_stream("data: a\n\ndata: b\n\ndata: c\n\n")});
  auto client = client_of(server);
  const Followed followed = follow(client, 2);
  EXPECT_TRUE(followed.outcome);
  EXPECT_EQ(followed.events, (std::vector<std::string>{"a", "b"}));
  EXPECT_NE(server.requests()[0].find("GET /events/x HTTP/1.1\r\n"), std::string::npos);
  EXPECT_EQ(server.requests()[0].find("Last-Event-ID"), std::string::npos);
}

TEST(EventStream, ComesBackWithTheLastIdThatWasWhole) {
  ScriptedServer server(
      {event_stream(kRetryAtOnce + "id: e-1\ndata: a\n\nid: e-2\ndata: hal"), event_stream("id: e-2\ndata: b\n\n")});
  auto client = client_of(server);
  const Followed followed = follow(client, 2);
  EXPECT_TRUE(followed.outcome);
  EXPECT_EQ(followed.events, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(followed.lost, 1);
  EXPECT_NE(server.requests()[1].find("Last-Event-ID: e-1\r\n"), std::string::npos) << server.requests()[1];
}

TEST(EventStream, ComesBackToAServerThatIsRestarting) {
  ScriptedServer server({event_stream(kRetryAtOnce + "data: a\n\n"), answer("503 Service Unavailable", ""),
                         answer("502 Bad Gateway", "<html>"), "", event_stream("data: b\n\n")});
  auto client = client_of(server);
  const Followed followed = follow(client, 2);
  EXPECT_TRUE(followed.outcome);
  EXPECT_EQ(followed.lost, 4);
}

TEST(EventStream, GivesUpWhatTheServerRefuses) {
  ScriptedServer server({answer("404 Not Found", R"({"code":"unknown_job","detail":"there is no job"})")});
  auto client = client_of(server);
  const Followed followed = follow(client, 1);
  ASSERT_FALSE(followed.outcome);
  EXPECT_EQ(followed.outcome.error().code, "unknown_job");
  EXPECT_EQ(followed.outcome.error().http_status, 404u);
  EXPECT_EQ(followed.lost, 0);
}

TEST(EventStream, GivesUpAnAnswerThatIsNoStream) {
  ScriptedServer server({answer("200 OK", "<html>", "Content-Type: text/html\r\n")});
  auto client = client_of(server);
  const Followed followed = follow(client, 1, 0.2);
  ASSERT_FALSE(followed.outcome);
  EXPECT_EQ(followed.outcome.error().code, "not_a_kiln_server");
  EXPECT_EQ(followed.lost, 0);
}

TEST(EventStream, GivesUpAServerThatStaysAway) {
  std::string url;
  {
    ScriptedServer gone({});
    url = gone.url();
  }
  ServerClient never(*ServerUrl::parse(url), {});
  EXPECT_EQ(follow(never, 1).outcome.error().trouble, Trouble::unreachable);
  EXPECT_EQ(follow(never, 1).lost, 0) << "it never was there: no use to wait";

  auto server = std::make_unique<ScriptedServer>(std::vector<std::string>{event_stream(kRetryAtOnce + "data: a\n\n")});
  auto client = client_of(*server);
  std::thread end([&] { server.reset(); });
  const Followed followed = follow(client, 2, 0.2);
  end.join();
  ASSERT_FALSE(followed.outcome);
  EXPECT_EQ(followed.outcome.error().trouble, Trouble::unreachable);
  EXPECT_GE(followed.lost, 1);
}

TEST(EventStream, StopsWhileItWaitsForTheServer) {
  ScriptedServer server({event_stream("retry: 30000\ndata: a\n\n")});
  auto client = client_of(server);
  std::stop_source stop;
  FollowOptions options;
  options.lost = [&](const ClientError&) { stop.request_stop(); };
  const auto outcome = follow_events(
      client, "/events/x", options, [](const Event&) { return true; }, stop.get_token());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().trouble, Trouble::interrupted);
}

}  // namespace kiln::client
