#include <gtest/gtest.h>
#include <thread>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

TEST(Drain, RefusesNewWorkAndFinishesWhatIsInFlight) {
  TestServer server;
  Client idle = server.connect(), uploading = server.connect();
  EXPECT_EQ(idle.get("/healthz").status, 200);
  uploading.send(
      "POST /render HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
      "Content-Length: 22\r\n\r\n");
  EXPECT_EQ(uploading.receive().status, 100);
  server.drain();
  EXPECT_TRUE(idle.ended());
  Client asking = server.connect();
  const Reply ready = asking.get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(ready.json()["reason"], "the server is shutting down");
  EXPECT_TRUE(asking.ended());
  Client submitting = server.connect();
  EXPECT_EQ(submitting.post("/render", "application/json", R"({"scene":"sample:box"})").code(), "draining");
  EXPECT_FALSE(server.quiet());
  uploading.send(R"({"scene":"sample:box"})");
  EXPECT_EQ(uploading.receive().status, 503) << "it was begun before, but the queue takes nothing any more";
  EXPECT_TRUE(uploading.ended());
  EXPECT_TRUE(eventually([&] { return server.quiet(); }));
  EXPECT_ANY_THROW(server.connect());
}

TEST(Drain, DoesNotWaitForAnUploadWithoutEnd) {
  http::ServerSettings settings;
  settings.request_timeout_s = 0.2;
  TestServer server(Engine::waits, settings);
  Client uploading = server.connect();
  uploading.send(
      "POST /assets HTTP/1.1\r\nHost: x\r\nContent-Type: model/gltf-binary\r\nContent-Length: 500000000\r\n\r\n");
  server.drain();
  const std::string piece(70'000, 'x');
  while (uploading.send(piece)) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(eventually([&] { return server.quiet(); }));
  EXPECT_EQ(server.staged_files(), 0u);
}

TEST(Drain, IsQuietAtOnceWhenNobodyIsThere) {
  TestServer server;
  server.drain();
  EXPECT_TRUE(eventually([&] { return server.quiet(); }));
}

}  // namespace
}  // namespace kiln::api_test
