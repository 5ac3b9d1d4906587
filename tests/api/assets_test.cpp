#include <gtest/gtest.h>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

constexpr const char* kGlb = "model/gltf-binary";

TEST(AssetApi, KeepsAFileOnceUnderItsHash) {
  TestServer server;
  Client client = server.connect();
  const Reply first = client.post("/assets", kGlb, "abc");
  ASSERT_EQ(first.status, 201) << first.body;
  // FIPS 180-2, appendix B.1: the hash of "abc".
  const std::string id = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(first.json()["id"], id);
  EXPECT_EQ(first.header("location"), "/assets/" + id);
  EXPECT_EQ(first.json()["kind"], "scene");
  EXPECT_EQ(first.json()["bytes"], 3);
  EXPECT_TRUE(first.json()["summary"].contains("extensions_unsupported"));
  const Reply second = client.post("/assets", kGlb, "abc");
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.json()["id"], id);
  EXPECT_EQ(client.get("/assets").json()["assets"].size(), 1u);
  EXPECT_EQ(client.get("/assets/sha256%3A" + id.substr(7)).json()["id"], id);
  EXPECT_EQ(server.staged_files(), 0u);
}

TEST(AssetApi, DeletesWhatNoJobNeeds) {
  TestServer server;
  Client client = server.connect();
  const std::string id = client.post("/assets", kGlb, "abc").json()["id"];
  const Reply job = client.post("/render", "application/json", R"({"scene":")" + id + "\"}");
  ASSERT_EQ(job.status, 202) << job.body;
  EXPECT_EQ(client.request("DELETE", "/assets/" + id).code(), "asset_in_use");
  server.let_succeed();
  ASSERT_TRUE(reaches(client, job.json()["id"], "succeeded"));
  EXPECT_EQ(client.request("DELETE", "/assets/" + id).status, 204);
  EXPECT_EQ(client.request("DELETE", "/assets/" + id).status, 404);
  EXPECT_EQ(client.get("/assets/" + id).code(), "unknown_asset");
}

TEST(AssetApi, FindsTheTypeOfBytesThatHaveNone) {
  TestServer server;
  Client client = server.connect();
  const std::string unknown = "application/octet-stream";
  EXPECT_EQ(client.post("/assets", unknown, "glTF\2").json()["media_type"], "model/gltf-binary");
  EXPECT_EQ(client.post("/assets", unknown, " {\"asset\":{}}").json()["media_type"], "model/gltf+json");
  EXPECT_EQ(client.post("/assets", unknown, "#?RADIANCE\n").json()["kind"], "environment");
  EXPECT_EQ(client.post("/assets", "", "\x76\x2f\x31\x01").json()["media_type"], "image/x-exr");
  EXPECT_EQ(client.post("/assets", unknown, "v 0 0 0\nf 1 1 1\n").json()["media_type"], "model/obj");
  EXPECT_EQ(client.post("/assets", unknown, "ply\nformat ascii 1.0\n").json()["media_type"], "model/ply");
  EXPECT_EQ(client.post("/assets", unknown, "solid a\nfacet normal").json()["media_type"], "model/stl");
  EXPECT_EQ(client.post("/assets", unknown, "PK\3\4").json()["media_type"], "application/zip");
  EXPECT_EQ(client.post("/assets", "model/stl", "solid b").json()["kind"], "scene");
  EXPECT_EQ(client.post("/assets", unknown, "%PDF").status, 415);
  EXPECT_EQ(client.post("/assets", unknown, "hello world\n").code(), "unsupported_media_type");
  EXPECT_EQ(client.post("/assets", "text/html", "<p>").status, 415);
  EXPECT_EQ(client.post("/assets", kGlb, "").status, 422);
  EXPECT_EQ(server.staged_files(), 0u);
}

TEST(AssetApi, TakesChunkedUploads) {
  TestServer server;
  Client client = server.connect();
  client.send(
      "POST /assets HTTP/1.1\r\nHost: x\r\nContent-Type: model/gltf-binary\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("1\r\na\r\n2;name=value\r\nbc\r\n0\r\nTrailer: ignored\r\n\r\n");
  EXPECT_EQ(client.receive().json()["id"], "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(client.get("/healthz").status, 200);
}

TEST(AssetApi, TakesLargeUploads) {
  TestServer server;
  Client client = server.connect();
  const std::string body(5'000'000, 'x');
  const Reply reply = client.post("/assets", kGlb, body);
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.json()["bytes"], body.size());
  EXPECT_EQ(client.get("/healthz").status, 200);
}

TEST(AssetApi, ForgetsAnUploadWhoseClientGoesAway) {
  TestServer server;
  for (const bool chunked : {false, true}) {
    Client client = server.connect();
    client.send(std::string("POST /assets HTTP/1.1\r\nHost: x\r\nContent-Type: model/gltf-binary\r\n") +
                (chunked ? "Transfer-Encoding: chunked\r\n\r\nffff\r\n" : "Content-Length: 1000000\r\n\r\n"));
    client.send(std::string(10'000, 'x'));
    ASSERT_TRUE(eventually([&] { return server.staged_files() == 1; }));
    client.leave();
    EXPECT_TRUE(eventually([&] { return server.staged_files() == 0; }));
  }
  Client client = server.connect();
  EXPECT_TRUE(client.get("/assets").json()["assets"].empty());
}

}  // namespace
}  // namespace kiln::api_test
