#include <gtest/gtest.h>
#include <thread>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

http::ServerSettings quick() {
  http::ServerSettings settings;
  settings.request_timeout_s = 0.2;
  settings.idle_timeout_s = 0.2;
  return settings;
}

TEST(Limits, ASlowHeaderIsCutOffAndDisturbsNobody) {
  TestServer server(Engine::waits, quick());
  Client slow = server.connect();
  const std::string header = "GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + std::string(10'000, 'a') + "\r\n\r\n";
  std::size_t sent = 0;
  while (sent < header.size() && slow.send(header.substr(sent, 1))) {  // as a client that sends a byte a second
    ++sent;
    Client other = server.connect();
    EXPECT_EQ(other.get("/healthz").status, 200);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_LT(sent, header.size());
}

TEST(Limits, ASlowHeaderIsToldWhy) {
  TestServer server(Engine::waits, quick());
  Client slow = server.connect();
  slow.send("GET /healthz HT");
  const Reply reply = slow.receive();
  EXPECT_EQ(reply.status, 408);
  EXPECT_EQ(reply.code(), "request_timeout");
  EXPECT_TRUE(slow.ended());
}

TEST(Limits, ABodyThatStopsIsCutOffAndLeavesNothing) {
  TestServer server(Engine::waits, quick());
  Client slow = server.connect();
  slow.send("POST /assets HTTP/1.1\r\nHost: x\r\nContent-Type: model/gltf-binary\r\nContent-Length: 100\r\n\r\nab");
  EXPECT_EQ(slow.receive().status, 408);
  EXPECT_EQ(server.staged_files(), 0u);
}

TEST(Limits, TheServersOwnTimeIsNotTheClients) {
  TestServer server(Engine::waits, quick());
  server.let_inspections_take(std::chrono::milliseconds(600));  // three timeouts
  Client client = server.connect();
  EXPECT_EQ(client.post("/assets", "model/gltf-binary", "glTF").status, 201);
  EXPECT_EQ(client.get("/healthz").status, 200) << "the connection goes on";
}

TEST(Limits, IdleConnectionsAreClosedInSilence) {
  TestServer server(Engine::waits, quick());
  Client fresh = server.connect(), used = server.connect();
  EXPECT_EQ(used.get("/healthz").status, 200);
  EXPECT_TRUE(fresh.ended());
  EXPECT_TRUE(used.ended());
}

TEST(Limits, BodiesOverTheLimitAreRefusedBeforeAndWhileTheyArrive) {
  http::ServerSettings settings;
  settings.max_body_bytes = 1000;
  TestServer server(Engine::waits, settings);
  Client announced = server.connect();
  const Reply first = announced.post("/assets", "model/gltf-binary", std::string(1001, 'x'));
  EXPECT_EQ(first.status, 413);
  EXPECT_EQ(first.code(), "payload_too_large");
  Client chunked = server.connect();
  chunked.send(
      "POST /assets HTTP/1.1\r\nHost: x\r\nContent-Type: model/gltf-binary\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 3; ++i) chunked.send("190\r\n" + std::string(0x190, 'x') + "\r\n");
  EXPECT_EQ(chunked.receive().status, 413);
  EXPECT_EQ(server.staged_files(), 0u);
}

TEST(Limits, JsonBodiesAreLimitedToAMebibyte) {
  TestServer server;
  Client client = server.connect();
  EXPECT_EQ(client.post("/render", "application/json", std::string((1 << 20) + 1, ' ')).status, 413);
}

TEST(Limits, FiveHundredConnectionsAreServedAtOnce) {
  TestServer server;
  std::vector<Client> clients;
  for (int i = 0; i < 500; ++i) clients.push_back(server.connect());
  for (int round = 0; round < 2; ++round) {
    for (Client& client : clients) client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    for (Client& client : clients) EXPECT_EQ(client.receive().status, 200);
  }
}

TEST(Limits, ConnectionsOverTheLimitAreRefusedPolitely) {
  http::ServerSettings settings;
  settings.max_connections = 2;
  TestServer server(Engine::waits, settings);
  Client first = server.connect(), second = server.connect();
  EXPECT_EQ(first.get("/healthz").status, 200);
  EXPECT_EQ(second.get("/healthz").status, 200);
  Client third = server.connect();
  EXPECT_EQ(third.receive().code(), "too_many_connections");
  EXPECT_TRUE(third.ended());
  first.leave();
  EXPECT_TRUE(eventually([&] {
    Client again = server.connect();
    return again.get("/healthz").status == 200;
  }));
}

}  // namespace
}  // namespace kiln::api_test
