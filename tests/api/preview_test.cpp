// Pictures that are not whole: so far, within a time budget, and kept of jobs that were stopped. With the CPU renderer.
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <span>

#include "image/decode.h"
#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

/// Hours of work; tests stop it.
const std::string kEndless = R"("width":96,"height":64,"samples_per_pixel":65536,"seed":5)";

Rgba8Image decoded(const std::string& png) {
  auto picture = decode_image(std::as_bytes(std::span(png)), 1 << 20);
  EXPECT_TRUE(picture);
  return picture ? *picture : Rgba8Image();
}

/// Mean difference of the channels, of 255.
double distance(const Rgba8Image& a, const Rgba8Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.texels.size(); ++i) {
    for (const int shift : {0, 8, 16}) {
      sum += std::abs(static_cast<int>(a.texels[i] >> shift & 255) - static_cast<int>(b.texels[i] >> shift & 255));
    }
  }
  return sum / (3.0 * static_cast<double>(a.texels.size()));
}

class PictureSoFar : public testing::Test {
 protected:
  std::string submit_box(const std::string& members) {
    const std::string body = R"({"scene":"sample:cornell-box",)" + members + "}";
    const Reply reply = client.post("/render", "application/json", body);
    EXPECT_EQ(reply.status, 202) << reply.body;
    return reply.status == 202 ? reply.json()["id"].get<std::string>() : "";
  }
  Reply preview(const std::string& id, const std::string& headers = "") {
    return client.get("/preview/" + id, headers);
  }
  /// Asks until there is one with so many samples per pixel.
  Reply preview_of(const std::string& id, double samples) {
    Reply reply;
    EXPECT_TRUE(eventually([&] {
      reply = preview(id);
      return reply.status == 200 && std::stod(reply.header("kiln-samples-per-pixel")) >= samples;
    })) << reply.status
        << ' ' << reply.body;
    return reply;
  }
  int cancel(const std::string& id) { return client.request("POST", "/cancel/" + id).status; }
  nlohmann::json job(const std::string& id) { return client.get("/status/" + id).json(); }

  TestServer server{Engine::renders};
  Client client = server.connect();
};

TEST_F(PictureSoFar, HasTheSizeAndNearlyTheLookOfTheOneThatIsKept) {
  const std::string id = submit_box(kEndless + R"(,"keep_partial":true,"exposure_ev":1)");
  // The first picture is asked for late: how long another would have to wait depends on what the first cost.
  ASSERT_TRUE(eventually([&] { return job(id)["progress"].get<double>() >= 64.0 / 65536; }));
  const Reply so_far = preview(id);
  ASSERT_EQ(so_far.status, 200) << so_far.body;
  EXPECT_GE(std::stod(so_far.header("kiln-samples-per-pixel")), 32);
  EXPECT_EQ(so_far.header("content-type"), "image/png");
  EXPECT_EQ(so_far.header("cache-control"), "no-cache");
  EXPECT_EQ(so_far.header("etag"), "\"1-" + so_far.header("kiln-samples-per-pixel") + "\"");
  EXPECT_EQ(cancel(id), 200);
  ASSERT_TRUE(reaches(client, id, "cancelled"));
  const nlohmann::json ended = job(id);
  EXPECT_EQ(ended["result"]["partial"], true) << ended;
  EXPECT_LT(ended["result"]["samples"].get<double>(), 96.0 * 64 * 65536);
  EXPECT_GT(ended["result"]["samples"].get<double>(), 96.0 * 64 * 32);
  const Reply kept = client.get("/result/" + id);
  ASSERT_EQ(kept.status, 200);
  EXPECT_EQ(kept.header("kiln-partial"), "?1");
  const Rgba8Image shown = decoded(so_far.body), result = decoded(kept.body);
  ASSERT_EQ(shown.width, 96u);
  ASSERT_EQ(shown.height, 64u);
  ASSERT_EQ(result.texels.size(), shown.texels.size());
  EXPECT_LT(distance(shown, result), 12);
  EXPECT_TRUE(eventually([&] { return server.staged_files() == 0; }));
}

TEST_F(PictureSoFar, IsSentAgainOnlyWhenItHasMoreSamples) {
  const std::string id = submit_box(kEndless);
  std::string etag = preview_of(id, 1).header("etag");
  Reply same;
  EXPECT_TRUE(eventually([&] {
    same = preview(id, "If-None-Match: " + etag + "\r\n");
    if (same.status == 200) etag = same.header("etag");
    return same.status == 304;
  }));
  EXPECT_EQ(same.header("etag"), etag);
  EXPECT_EQ(same.body, "");
  EXPECT_TRUE(eventually([&] { return preview(id, "If-None-Match: " + etag + "\r\n").status == 200; }));
  EXPECT_NE(preview_of(id, 1).header("etag"), etag);
  EXPECT_EQ(cancel(id), 200);
}

TEST_F(PictureSoFar, AHeadRequestGetsTheHeadersAlone) {
  const std::string id = submit_box(kEndless);
  preview_of(id, 1);
  ASSERT_TRUE(client.send("HEAD /preview/" + id + " HTTP/1.1\r\nHost: kiln\r\n\r\n"));
  const Reply head = client.receive(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-type"), "image/png");
  EXPECT_NE(head.header("etag"), "");
  EXPECT_EQ(cancel(id), 200);
}

TEST_F(PictureSoFar, IsThereOnlyWhileTheJobRuns) {
  const std::string id = submit_box(kEndless), waiting = submit_box(kEndless);
  EXPECT_EQ(preview(waiting).status, 409);
  EXPECT_EQ(preview(waiting).code(), "job_not_running");
  preview_of(id, 1);
  EXPECT_EQ(cancel(waiting), 200);
  EXPECT_EQ(cancel(id), 200);
  ASSERT_TRUE(reaches(client, id, "cancelled"));
  EXPECT_EQ(preview(id).code(), "job_not_running");
  EXPECT_EQ(client.get("/result/" + id).code(), "cancelled") << "nobody asked for it to be kept";
  EXPECT_EQ(preview("no-job").status, 404);
  EXPECT_EQ(preview("6f1c0d5e-8a3b-4c2d-9e1f-001122334455").code(), "unknown_job");
}

TEST_F(PictureSoFar, ManyClientsSeeItAtOnce) {
  const std::string id = submit_box(kEndless);
  preview_of(id, 1);
  std::vector<Client> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(server.connect());
  for (Client& c : clients) ASSERT_TRUE(c.send("GET /preview/" + id + " HTTP/1.1\r\nHost: kiln\r\n\r\n"));
  for (Client& c : clients) {
    const Reply reply = c.receive();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(decoded(reply.body).width, 96u);
  }
  EXPECT_EQ(cancel(id), 200);
}

TEST_F(PictureSoFar, ATimeBudgetGivesThePictureThatItAllows) {
  const std::string id = submit_box(kEndless + R"(,"time_budget_s":0.2)");
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  const nlohmann::json ended = job(id);
  EXPECT_EQ(ended["result"]["partial"], true) << ended;
  EXPECT_EQ(ended["progress"], 1.0);
  EXPECT_GE(ended["result"]["samples"].get<double>(), 96.0 * 64);
  EXPECT_LT(ended["result"]["samples"].get<double>(), 96.0 * 64 * 65536);
  const Reply picture = client.get("/result/" + id);
  EXPECT_EQ(picture.status, 200);
  EXPECT_EQ(picture.header("kiln-partial"), "?1");
  EXPECT_EQ(decoded(picture.body).height, 64u);
}

TEST_F(PictureSoFar, ATimeLimitFailsWithThePictureThatIsKept) {
  const std::string id = submit_box(kEndless + R"(,"time_limit_s":1,"keep_partial":true)");
  ASSERT_TRUE(reaches(client, id, "failed"));
  const nlohmann::json ended = job(id);
  EXPECT_EQ(ended["error"]["code"], "time_limit_exceeded") << ended;
  EXPECT_EQ(ended["result"]["partial"], true) << ended;
  EXPECT_LT(ended["progress"].get<double>(), 1);
  EXPECT_EQ(client.get("/result/" + id).header("kiln-partial"), "?1");
}

}  // namespace
}  // namespace kiln::api_test
