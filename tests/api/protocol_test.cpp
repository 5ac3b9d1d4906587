#include <gtest/gtest.h>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

const std::string kGet = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

class Protocol : public ::testing::Test {
 protected:
  /// Sends bytes on a fresh connection and gives the first answer.
  Reply answer_to(const std::string& bytes) {
    Client client = server_.connect();
    client.send(bytes);
    return client.receive();
  }

  TestServer server_;
};

TEST_F(Protocol, MalformedRequestsAreAnsweredAndEndTheConnection) {
  for (const std::string& bytes : std::vector<std::string>{
           "hello\r\n\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
           "\x16\x03\x01\x02\x00\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
           "GET / HTTP/1.1\r\nHost x\r\n\r\n", "GET / HTTP/1.1\r\n Host: x\r\n\r\n",
           std::string("GET /") + '\0' + "a HTTP/1.1\r\nHost: x\r\n\r\n", "GET relative HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET /status/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
           "POST /render HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
           "POST /render HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
           "POST /render HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           "POST /render HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: "
           "chunked\r\n\r\nxyz\r\n"}) {
    Client client = server_.connect();
    client.send(bytes);
    const Reply reply = client.receive();
    EXPECT_EQ(reply.status, 400) << bytes;
    EXPECT_EQ(reply.code(), "malformed_request") << bytes;
    EXPECT_EQ(reply.header("connection"), "close") << bytes;
    EXPECT_TRUE(client.ended()) << bytes;
  }
}

TEST_F(Protocol, UnknownTransferEncodingsAreNotGuessed) {
  EXPECT_EQ(answer_to("POST /render HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n").status, 501);
  EXPECT_EQ(answer_to("POST /render HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n").status, 501);
}

TEST_F(Protocol, RequestsMayArriveByteByByte) {
  Client client = server_.connect();
  for (const char c : kGet) client.send(std::string(1, c));
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(Protocol, ConnectionsAreKeptAndEmptyLinesBetweenRequestsIgnored) {
  Client client = server_.connect();
  for (int i = 0; i < 3; ++i) {
    client.send("\r\n" + kGet);
    const Reply reply = client.receive();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.count("connection"), 0u);
    EXPECT_EQ(reply.header("date").size(), 29u);
  }
}

TEST_F(Protocol, PipelinedRequestsAreAnsweredInOrder) {
  Client client = server_.connect();
  std::string burst;
  for (int i = 0; i < 200; ++i) {
    burst += kGet + "GET /nothing" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    burst += "POST /render HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc";
  }
  client.send(burst);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_EQ(client.receive().json()["detail"], "there is nothing at /nothing" + std::to_string(i));
    EXPECT_EQ(client.receive().status, 415);
  }
}

TEST_F(Protocol, CloseIsHonoured) {
  Client client = server_.connect();
  EXPECT_EQ(client.get("/healthz", "Connection: close\r\n").header("connection"), "close");
  EXPECT_TRUE(client.ended());
}

TEST_F(Protocol, OldClientsAreClosedUnlessTheyAskForMore) {
  Client old = server_.connect();
  old.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.receive().status, 200);
  EXPECT_TRUE(old.ended());
  Client keeping = server_.connect();
  for (int i = 0; i < 2; ++i) {
    keeping.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(keeping.receive().header("connection"), "keep-alive");
  }
}

TEST_F(Protocol, TargetsMayBeAbsolute) {
  EXPECT_EQ(answer_to("GET http://any.host/healthz HTTP/1.1\r\nHost: any.host\r\n\r\n").status, 200);
  EXPECT_EQ(answer_to("GET http://any.host?x HTTP/1.1\r\nHost: any.host\r\n\r\n").status, 200);
}

TEST_F(Protocol, UnknownPathsAndMethodsAreRefused) {
  Client client = server_.connect();
  for (const char* path : {"/nothing", "/status", "/status/", "/status/a/b", "/renders", "//", "/../etc/passwd"}) {
    EXPECT_EQ(client.get(path).code(), "not_found") << path;
  }
  EXPECT_EQ(client.get("/render").header("allow"), "POST");
  EXPECT_EQ(client.request("PUT", "/assets").header("allow"), "POST, GET, HEAD");
  const Reply reply = client.request("DELETE", "/healthz");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.code(), "method_not_allowed");
}

TEST_F(Protocol, HeadHasTheHeaderOfGet) {
  Client client = server_.connect();
  const Reply get = client.get("/healthz");
  const Reply head = client.request("HEAD", "/healthz");
  EXPECT_EQ(head.header("content-length"), get.header("content-length"));
  EXPECT_EQ(client.request("HEAD", "/nothing").status, 404);
  EXPECT_EQ(client.get("/healthz").status, 200);
}

TEST_F(Protocol, ABodyIsAskedForWhenTheClientWaits) {
  Client client = server_.connect();
  const std::string body = R"({"scene":"sample:box"})";
  client.send(
      "POST /render HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send(body);
  EXPECT_EQ(client.receive().status, 202);
}

TEST_F(Protocol, ABodyThatWouldBeRefusedIsNotAskedFor) {
  EXPECT_EQ(answer_to("POST /assets HTTP/1.1\r\nHost: x\r\nContent-Type: text/html\r\nExpect: 100-continue\r\n"
                      "Content-Length: 100\r\n\r\n")
                .status,
            415);
  EXPECT_EQ(answer_to("POST /assets HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                      "Content-Length: 99999999999999\r\n\r\n")
                .status,
            413);
  EXPECT_EQ(answer_to("POST /assets HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nContent-Length: 1\r\n\r\n").status, 417);
}

TEST_F(Protocol, HeadersAndTargetsHaveLimits) {
  EXPECT_EQ(answer_to("GET /healthz HTTP/1.1\r\nHost: x\r\nA: " + std::string(17'000, 'a') + "\r\n\r\n").status, 431);
  EXPECT_EQ(answer_to("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n").status, 414);
  EXPECT_EQ(answer_to("GET /" + std::string(40'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n").status, 414);
  EXPECT_EQ(answer_to("GET /healthz HTTP/1.1\r\nHost: x\r\nA: " + std::string(8'000, 'a') + "\r\n\r\n").status, 200);
}

TEST_F(Protocol, ManySmallHeaderLinesReachTheLimitAsWell) {
  Client client = server_.connect();
  client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n");
  for (int i = 0; i < 4'000 && client.send("A: b\r\n"); ++i) {
  }
  EXPECT_EQ(client.receive().status, 431);
}

}  // namespace
}  // namespace kiln::api_test
