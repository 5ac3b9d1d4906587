// Answers that come when a job has got somewhere: ?wait= and Prefer: wait.
#include <gtest/gtest.h>

#include "tests/api/event_reader.h"
#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

constexpr const char* kWaiting = "kiln_http_waiting_requests";

void ask(Client& client, const std::string& target, const std::string& headers = "") {
  client.send("GET " + target + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n");
}

bool waiting(Client& client, int requests) {
  return eventually([&] { return gauge(client, kWaiting) == requests; });
}

TEST(StatusWait, AnswersWhenTheStateChanges) {
  TestServer server;
  Client client = server.connect(), patient = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  ask(patient, "/status/" + id + "?wait=600");
  ASSERT_TRUE(waiting(client, 1));
  server.progress(0.5);
  ASSERT_TRUE(eventually([&] { return client.get("/status/" + id).json()["progress"] == 0.5; }));
  EXPECT_EQ(gauge(client, kWaiting), 1) << "progress is no change of state";
  server.let_succeed();
  const Reply reply = patient.receive();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.json()["status"], "succeeded");
  EXPECT_EQ(gauge(client, kWaiting), 0);
  EXPECT_EQ(patient.get("/status/" + id).status, 200) << "the connection is as good as before";
}

TEST(StatusWait, TellsEachStateOfAJobInTurn) {
  TestServer server;
  Client client = server.connect(), patient = server.connect();
  submit(client);
  const std::string id = submit(client);
  ask(patient, "/status/" + id + "?wait=600");
  ASSERT_TRUE(waiting(client, 1));
  server.let_succeed();
  EXPECT_EQ(patient.receive().json()["status"], "running");
  ask(patient, "/status/" + id + "?wait=600");
  ASSERT_TRUE(waiting(client, 1));
  server.let_fail();
  EXPECT_EQ(patient.receive().json()["status"], "failed");
}

TEST(StatusWait, AnswersWithTheSameStateWhenTheTimeIsUp) {
  TestServer server;
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  EXPECT_EQ(client.get("/status/" + id + "?wait=0.05").json()["status"], "running");
  EXPECT_EQ(client.get("/status/" + id + "?wait=0").json()["status"], "running");
  EXPECT_EQ(gauge(client, kWaiting), 0);
}

TEST(StatusWait, AnswersAtOnceWhenTheJobHasEnded) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  EXPECT_EQ(client.get("/status/" + id + "?wait=600").json()["status"], "succeeded");
}

TEST(StatusWait, RefusesWhatIsNoTimeAndWhatItDoesNotKnow) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const std::string id = submit(client);
  for (const std::string route : {"/status/", "/result/"}) {
    for (const char* bad :
         {"wait=", "wait=-1", "wait=601", "wait=nan", "wait=inf", "wait=1s", "wait=1e2", "wait=%zz"}) {
      const Reply reply = client.get(route + id + "?" + bad);
      EXPECT_EQ(reply.status, 422) << route << bad;
      EXPECT_EQ(reply.code(), "invalid_request") << route << bad;
    }
    EXPECT_EQ(client.get(route + id + "?wiat=1").code(), "unknown_member");
  }
  EXPECT_EQ(client.get("/status/00000000-0000-4000-8000-000000000000?wait=600").code(), "unknown_job");
}

TEST(StatusWait, EndsWhenTheJobIsDeleted) {
  TestServer server;
  Client client = server.connect(), patient = server.connect();
  submit(client);
  const std::string id = submit(client);
  ask(patient, "/result/" + id + "?wait=600");
  ASSERT_TRUE(waiting(client, 1));
  EXPECT_EQ(client.request("DELETE", "/jobs/" + id).status, 204);
  const int status = patient.receive().status;
  EXPECT_TRUE(status == 409 || status == 404) << "cancelled, then gone: " << status;
  EXPECT_TRUE(waiting(client, 0));
}

TEST(StatusWait, EndsWhenTheServerDrains) {
  TestServer server;
  Client client = server.connect(), patient = server.connect(), submitting = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  ask(patient, "/status/" + id + "?wait=600");
  const std::string body = R"({"scene":"sample:box"})";
  submitting.send("POST /render HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nPrefer: wait=600\r\n" +
                  ("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
  ASSERT_TRUE(waiting(client, 2));
  server.drain();
  const Reply reply = patient.receive();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("connection"), "close");
  EXPECT_TRUE(patient.ended());
  EXPECT_EQ(submitting.receive().status, 202);
  EXPECT_TRUE(eventually([&] { return server.quiet(); }));
}

TEST(StatusWait, EndsWithTheServer) {
  Client patient = [] {
    TestServer server;
    Client client = server.connect(), held = server.connect();
    const std::string id = submit(client);
    ask(held, "/result/" + id + "?wait=600");
    EXPECT_TRUE(waiting(client, 1));
    return held;
  }();
  EXPECT_EQ(patient.receive().status, 0);
}

TEST(StatusWait, NoticesAClientThatHasGone) {
  TestServer server;
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  {
    Client closes = server.connect(), resets = server.connect(), ends_sending = server.connect();
    for (Client* each : {&closes, &resets, &ends_sending}) ask(*each, "/status/" + id + "?wait=600");
    ASSERT_TRUE(waiting(client, 3));
    resets.leave();
    EXPECT_TRUE(waiting(client, 2));
    ends_sending.end_sending();
    EXPECT_TRUE(waiting(client, 1));
  }
  EXPECT_TRUE(waiting(client, 0));
  EXPECT_TRUE(eventually([&] { return gauge(client, "kiln_http_connections") == 1; }));
}

TEST(StatusWait, LeavesTheNextRequestWhereItIs) {
  TestServer server;
  Client client = server.connect(), patient = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  ask(patient, "/status/" + id + "?wait=600");
  ASSERT_TRUE(waiting(client, 1));
  ask(patient, "/healthz");
  ask(patient, "/nothing");
  EXPECT_EQ(client.get("/status/" + id + "?wait=0.05").json()["status"], "running");
  EXPECT_EQ(gauge(client, kWaiting), 1);
  server.let_succeed();
  EXPECT_EQ(patient.receive().json()["status"], "succeeded");
  EXPECT_EQ(patient.receive().json()["status"], "alive");
  EXPECT_EQ(patient.receive().status, 404);
}

TEST(StatusWait, NoticesAClientThatResetsBehindItsNextRequest) {
  TestServer server;
  Client client = server.connect(), patient = server.connect();
  const std::string id = submit(client);
  ask(patient, "/result/" + id + "?wait=600");
  ASSERT_TRUE(waiting(client, 1));
  ask(patient, "/healthz");
  EXPECT_EQ(client.get("/healthz").status, 200);
  patient.leave();
  EXPECT_TRUE(waiting(client, 0));
}

TEST(StatusWait, AnswersACrowdThatWaitsForOneJob) {
  TestServer server;
  Client client = server.connect();
  const std::string id = submit(client);
  std::vector<Client> crowd;
  for (int i = 0; i < 300; ++i) {
    crowd.push_back(server.connect());
    ask(crowd.back(), "/result/" + id + "?wait=600");
  }
  ASSERT_TRUE(waiting(client, 300));
  server.let_succeed();
  for (Client& each : crowd) EXPECT_EQ(each.receive().status, 200);
  EXPECT_EQ(gauge(client, kWaiting), 0);
}

TEST(ResultWait, GivesThePictureWhenItIsThere) {
  TestServer server;
  Client client = server.connect(), patient = server.connect();
  const std::string id = submit(client);
  EXPECT_EQ(client.get("/result/" + id + "?wait=0.02").code(), "job_not_finished");
  ask(patient, "/result/" + id + "?wait=600");
  ASSERT_TRUE(waiting(client, 1));
  server.let_succeed();
  const Reply picture = patient.receive();
  EXPECT_EQ(picture.status, 200);
  EXPECT_EQ(picture.body, "picture of " + id);
}

TEST(ResultWait, TellsOfACancel) {
  TestServer server;
  Client client = server.connect(), patient = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "running"));
  ask(patient, "/result/" + id + "?wait=600");
  ASSERT_TRUE(waiting(client, 1));
  EXPECT_EQ(client.request("POST", "/cancel/" + id).status, 200);
  EXPECT_EQ(patient.receive().code(), "cancelled");
}

class PreferWait : public ::testing::Test {
 protected:
  static Reply submit_with(Client& client, const std::string& headers) {
    return client.request("POST", "/render", "Content-Type: application/json\r\n" + headers,
                          R"({"scene":"sample:box"})");
  }
};

TEST_F(PreferWait, GivesTheFinishedJob) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  const Reply reply = submit_with(client, "Prefer: wait=60\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.json()["status"], "succeeded");
  EXPECT_EQ(reply.header("preference-applied"), "wait=60");
  EXPECT_EQ(reply.header("location"), "/status/" + reply.json()["id"].get<std::string>());
}

TEST_F(PreferWait, GivesTheAcceptedJobWhenTheTimeIsUp) {
  TestServer server;
  Client client = server.connect();
  const Reply reply = submit_with(client, "Prefer: wait=0.05\r\n");
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.json()["status"], "running") << "as it is when the time is up";
  EXPECT_EQ(reply.header("preference-applied"), "");
}

TEST_F(PreferWait, IsReadAmongOtherPreferencesAndPassedOverWhenItCannotBeRead) {
  TestServer server(Engine::paints);
  Client client = server.connect();
  for (const char* good : {"Prefer: respond-async, wait=60\r\n", "Prefer: handling=\"a, b\"; c=d, WAIT = \"60\"\r\n",
                           "Prefer: return=minimal\r\nPrefer: wait=60\r\n", "Prefer: ,,wait=60;x, wait=0\r\n",
                           "Prefer: wait=1000000\r\n"}) {
    const Reply reply = submit_with(client, good);
    EXPECT_EQ(reply.status, 200) << good;
    EXPECT_NE(reply.header("preference-applied"), "") << good;
  }
  EXPECT_EQ(submit_with(client, "Prefer: wait=1000000\r\n").header("preference-applied"), "wait=600");
  for (const char* bad :
       {"Prefer: wait\r\n", "Prefer: wait=\r\n", "Prefer: wait=soon\r\n", "Prefer: wait=-1\r\n",
        "Prefer: x; wait=60\r\n", "Prefer: \"wait=60\r\n", "Prefer: waits=60\r\n", "Prefer: =;,=\r\n"}) {
    EXPECT_EQ(submit_with(client, bad).status, 202) << bad;
  }
}

TEST_F(PreferWait, LosesNoJobWithItsConnection) {
  TestServer server;
  Client client = server.connect();
  {
    Client impatient = server.connect();
    const std::string body = R"({"scene":"sample:box"})";
    impatient.send("POST /render HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nPrefer: wait=600\r\n" +
                   ("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
    ASSERT_TRUE(waiting(client, 1));
  }
  ASSERT_TRUE(waiting(client, 0));
  server.let_succeed();
  ASSERT_TRUE(eventually([&] { return !client.get("/jobs?status=succeeded").json()["jobs"].empty(); }));
}

}  // namespace
}  // namespace kiln::api_test
