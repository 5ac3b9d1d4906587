// The whole server over the CPU renderer, on every core that there is: what a client sees while pictures are rendered.
#include <algorithm>
#include <gtest/gtest.h>
#include <thread>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Sanitizers make everything some ten times slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSlowness = 10;
#else
constexpr int kSlowness = 1;
#endif
constexpr milliseconds kSlowestAnswer = milliseconds(100) * kSlowness;
constexpr milliseconds kSlowestCancel = milliseconds(250) * kSlowness;

/// Minutes of work for every core; tests stop it.
const std::string kLong = R"("width":2048,"height":2048,"samples_per_pixel":4096)";
const std::string kShort = R"("width":16,"height":16,"samples_per_pixel":1)";

milliseconds since(Clock::time_point start) { return std::chrono::duration_cast<milliseconds>(Clock::now() - start); }

class RealEngine : public testing::Test {
 protected:
  std::string submit_scene(const std::string& scene, const std::string& members) {
    const Reply reply = client.post("/render", "application/json", R"({"scene":")" + scene + "\"," + members + "}");
    EXPECT_EQ(reply.status, 202) << reply.body;
    return reply.status == 202 ? reply.json()["id"].get<std::string>() : "";
  }
  std::string submit_box(const std::string& members) { return submit_scene("sample:cornell-box", members); }
  Reply cancel(const std::string& id) { return client.request("POST", "/cancel/" + id); }
  nlohmann::json job(const std::string& id) { return client.get("/status/" + id).json(); }
  bool is_rendering(const std::string& id) {
    return eventually([&] { return job(id).value("progress", 0.0) > 0; });
  }

  TestServer server{Engine::renders};
  Client client = server.connect();
};

TEST_F(RealEngine, AnswersStatusInTimeWhileEveryCoreRenders) {
  const std::string id = submit_box(kLong);
  ASSERT_TRUE(is_rendering(id));
  std::vector<milliseconds> taken;
  for (auto due = Clock::now(); taken.size() < 200; due += milliseconds(10)) {
    std::this_thread::sleep_until(due);
    const auto asked = Clock::now();
    ASSERT_EQ(client.get("/status/" + id).status, 200);
    taken.push_back(since(asked));
  }
  EXPECT_LT(*std::max_element(taken.begin(), taken.end()), kSlowestAnswer);
  EXPECT_EQ(job(id)["status"], "running");
  EXPECT_EQ(cancel(id).status, 200);
}

TEST_F(RealEngine, CancelsARenderInTime) {
  const std::string id = submit_box(kLong);
  ASSERT_TRUE(is_rendering(id));
  const auto asked = Clock::now();
  EXPECT_EQ(cancel(id).status, 200);
  ASSERT_TRUE(reaches(client, id, "cancelled"));
  EXPECT_LT(since(asked), kSlowestCancel);
  const std::string next = submit_box(kShort);
  EXPECT_TRUE(reaches(client, next, "succeeded"));
}

/// The terrain takes a second or so to build, and as much to be prepared.
TEST_F(RealEngine, CancelsAJobWhoseSceneIsLoadedInTime) {
  const std::string id = submit_scene("sample:terrain", kShort);
  ASSERT_TRUE(reaches(client, id, "running"));
  const auto asked = Clock::now();
  EXPECT_EQ(cancel(id).status, 200);
  ASSERT_TRUE(reaches(client, id, "cancelled"));
  EXPECT_LT(since(asked), kSlowestCancel);
  const std::string next = submit_box(kShort);
  EXPECT_TRUE(reaches(client, next, "succeeded"));
}

TEST_F(RealEngine, CancelsAJobThatWaits) {
  const std::string running = submit_box(kLong), waiting = submit_box(kShort);
  const Reply reply = cancel(waiting);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.json()["status"], "cancelled");
  EXPECT_TRUE(is_rendering(running)) << "the others are not concerned";
  EXPECT_EQ(cancel(running).status, 200);
  EXPECT_TRUE(reaches(client, running, "cancelled"));
}

TEST_F(RealEngine, RendersJobsInTheOrderOfTheirAcceptance) {
  std::vector<std::string> ids;
  for (int i = 0; i < 8; ++i) {
    ids.push_back(submit_box(R"("width":64,"height":64,"samples_per_pixel":)" + std::to_string(8 >> (i % 4))));
  }
  ASSERT_TRUE(reaches(client, ids.back(), "succeeded"));
  std::string started_before, finished_before;  // times of RFC 3339 in UTC are in order as texts
  for (const std::string& id : ids) {
    const auto finished = job(id);
    EXPECT_EQ(finished["status"], "succeeded") << finished;
    EXPECT_LE(started_before, finished.value("started_at", ""));
    EXPECT_LE(finished_before, finished.value("finished_at", ""));
    started_before = finished.value("started_at", "");
    finished_before = finished.value("finished_at", "");
  }
}

TEST_F(RealEngine, GivesThePictureThatWasAskedFor) {
  const std::string id = submit_box(kShort + R"(,"format":"png")");
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  const Reply picture = client.get("/result/" + id);
  ASSERT_EQ(picture.status, 200);
  EXPECT_EQ(picture.header("content-type"), "image/png");
  EXPECT_EQ(picture.body.substr(0, 8), "\x89PNG\r\n\x1a\n");
  EXPECT_EQ(picture.body.substr(16, 8), std::string("\0\0\0\x10\0\0\0\x10", 8)) << "16 x 16";
}

TEST_F(RealEngine, ARunningJobDoesNotHoldUpADrain) {
  const std::string id = submit_box(kLong);
  ASSERT_TRUE(is_rendering(id));
  server.drain();
  EXPECT_TRUE(eventually([&] { return server.quiet(); }));
}

}  // namespace
}  // namespace kiln::api_test
