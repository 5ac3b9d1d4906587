#include <gtest/gtest.h>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

class ResultApi : public ::testing::Test {
 protected:
  void SetUp() override {
    id_ = submit(client_);
    ASSERT_TRUE(reaches(client_, id_, "succeeded"));
    whole_ = "picture of " + id_;
  }
  Reply get(const std::string& headers) { return client_.get("/result/" + id_, headers); }

  TestServer server_{Engine::paints};
  Client client_ = server_.connect();
  std::string id_, whole_;
};

TEST_F(ResultApi, AnswersNotModifiedForAKnownEntityTag) {
  const std::string etag = get("").header("etag");
  EXPECT_EQ(etag, "\"" + std::string(64, 'a') + "\"");
  const Reply reply = get("If-None-Match: \"x\", W/" + etag + "\r\n");
  EXPECT_EQ(reply.status, 304);
  EXPECT_EQ(reply.header("etag"), etag);
  EXPECT_TRUE(reply.body.empty());
  EXPECT_EQ(get("If-None-Match: \"x\"\r\n").status, 200);
}

TEST_F(ResultApi, GivesOnePart) {
  const Reply reply = get("Range: bytes=3-6\r\n");
  EXPECT_EQ(reply.status, 206);
  EXPECT_EQ(reply.body, whole_.substr(3, 4));
  EXPECT_EQ(reply.header("content-range"), "bytes 3-6/" + std::to_string(whole_.size()));
  EXPECT_EQ(get("Range: bytes=-4\r\n").body, whole_.substr(whole_.size() - 4));
  EXPECT_EQ(get("Range: bytes=40-\r\n").body, whole_.substr(40));
  EXPECT_EQ(get("Range: bytes=0-1,4-5\r\n").body, whole_);
}

TEST_F(ResultApi, RefusesPartsThatLieBehindTheEnd) {
  const Reply reply = get("Range: bytes=1000-\r\n");
  EXPECT_EQ(reply.status, 416);
  EXPECT_EQ(reply.header("content-range"), "bytes */" + std::to_string(whole_.size()));
  EXPECT_EQ(get("").body, whole_) << "the connection goes on";
}

TEST_F(ResultApi, GivesTheWholeWhenIfRangeNamesAnotherPicture) {
  EXPECT_EQ(get("Range: bytes=3-6\r\nIf-Range: \"other\"\r\n").body, whole_);
  EXPECT_EQ(get("Range: bytes=3-6\r\nIf-Range: \"" + std::string(64, 'a') + "\"\r\n").status, 206);
}

TEST_F(ResultApi, AnswersHeadWithoutABody) {
  const Reply reply = client_.request("HEAD", "/result/" + id_, "Range: bytes=3-6\r\n");  // ranges are for GET only
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-length"), std::to_string(whole_.size()));
  EXPECT_EQ(get("").body, whole_);
}

TEST(ResultDownload, SurvivesClientsThatLeaveInTheMiddle) {
  TestServer server(Engine::paints_large);
  Client client = server.connect();
  const std::string id = submit(client);
  ASSERT_TRUE(reaches(client, id, "succeeded"));
  for (int i = 0; i < 10; ++i) {  // the end first, then the reset: what a client that closes looks like
    Client leaving = server.connect();
    leaving.send("GET /result/" + id + " HTTP/1.1\r\nHost: x\r\n\r\n");
    leaving.end_sending();
    client.get("/healthz");  // the server has begun to send
    leaving.leave();
    EXPECT_EQ(client.get("/healthz").status, 200);
  }
  EXPECT_EQ(client.get("/result/" + id).body.size(), 32u << 20);
}

}  // namespace
}  // namespace kiln::api_test
