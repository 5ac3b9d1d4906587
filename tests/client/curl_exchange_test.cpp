#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

#include "client/server_client.h"
#include "scripted_server.h"

namespace kiln::client {
namespace {

ServerClient client_of(const ScriptedServer& server) { return {*ServerUrl::parse(server.url()), {}}; }

constexpr const char* kProblem = "Content-Type: application/problem+json\r\n";

}  // namespace

TEST(ServerClient, SendsAndReadsJson) {
  ScriptedServer server({answer("202 Accepted", R"({"id":"x"})")});
  auto client = client_of(server);
  const auto job = client.post("/render", {{"scene", "sample:a"}}, {"Idempotency-Key: k"});
  ASSERT_TRUE(job);
  EXPECT_EQ(text_at(*job, "id"), "x");
  const std::string& request = server.requests()[0];
  EXPECT_TRUE(request.starts_with("POST /render HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("Content-Type: application/json\r\n"), std::string::npos) << request;
  EXPECT_NE(request.find("Idempotency-Key: k\r\n"), std::string::npos) << request;
  EXPECT_EQ(request.find("Expect:"), std::string::npos) << request;
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"scene\":\"sample:a\"}")) << request;
}

TEST(ServerClient, TurnsProblemsIntoErrors) {
  ScriptedServer server(
      {answer("422 Unprocessable Content",
              R"({"status":422,"code":"unknown_member","detail":"no widht","pointer":"/widht"})", kProblem),
       answer("503 Service Unavailable", R"({"code":"queue_full","detail":"full"})",
              std::string(kProblem) + "Retry-After: 12\r\n"),
       answer("502 Bad Gateway", "<html>oops</html>"), answer("301 Moved", "", "Location: https://there/\r\n")});
  auto client = client_of(server);
  const auto unknown = client.get("/a").error();
  EXPECT_EQ(unknown.trouble, Trouble::refused);
  EXPECT_EQ(unknown.code, "unknown_member");
  EXPECT_EQ(unknown.message, "no widht");
  EXPECT_EQ(unknown.pointer, "/widht");
  EXPECT_EQ(unknown.http_status, 422u);
  const auto full = client.get("/a").error();
  EXPECT_EQ(full.retry_after_s, 12.0);
  EXPECT_TRUE(may_pass(full));
  const auto proxy = client.get("/a").error();
  EXPECT_EQ(proxy.code, "http_502");
  EXPECT_NE(proxy.message.find("502"), std::string::npos);
  EXPECT_NE(client.get("/a").error().message.find("https://there/"), std::string::npos);
}

TEST(ServerClient, RefusesWhatIsNoJson) {
  ScriptedServer server({answer("200 OK", "<html>hello</html>")});
  auto client = client_of(server);
  const auto page = client.get("/status/x");
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, "not_a_kiln_server");
}

TEST(ServerClient, TellsWhoCannotBeReached) {
  std::string url;
  {
    ScriptedServer gone({});
    url = gone.url();
  }
  ServerClient client(*ServerUrl::parse(url), {});
  const auto error = client.get("/a").error();
  EXPECT_EQ(error.trouble, Trouble::unreachable);
  EXPECT_NE(error.message.find(url), std::string::npos) << error.message;
  EXPECT_FALSE(client.has_answered());
}

TEST(ServerClient, AnAnswerThatIsCutIsNone) {
  ScriptedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":\"x\"}", ""});
  auto client = client_of(server);
  EXPECT_EQ(client.get("/a").error().trouble, Trouble::unreachable);
  EXPECT_TRUE(client.has_answered());
  EXPECT_EQ(client.get("/a").error().trouble, Trouble::unreachable);
}

TEST(ServerClient, StreamsAFileFromTheDisk) {
  const auto file = std::filesystem::temp_directory_path() / ("kiln-upload-" + std::to_string(::getpid()));
  const std::string bytes(300'000, 'x');
  std::ofstream(file, std::ios::binary) << bytes;
  ScriptedServer server({answer("201 Created", R"({"id":"sha256:0"})")});
  auto client = client_of(server);
  double last = 0;
  const auto asset = client.upload("/assets", file, [&](double share) { last = share; });
  std::filesystem::remove(file);
  ASSERT_TRUE(asset) << asset.error().message;
  EXPECT_EQ(last, 1);
  const std::string& request = server.requests()[0];
  EXPECT_NE(request.find("Content-Length: 300000\r\n"), std::string::npos);
  EXPECT_TRUE(request.ends_with("\r\n\r\n" + bytes));
}

TEST(ServerClient, NamesAFileThatIsMissing) {
  ScriptedServer server({});
  auto client = client_of(server);
  const auto error = client.upload("/assets", "/nowhere/a.glb", {}).error();
  EXPECT_EQ(error.trouble, Trouble::local);
  EXPECT_NE(error.message.find("/nowhere/a.glb"), std::string::npos);
}

TEST(ServerClient, StopsAtOnce) {
  ScriptedServer server({});  // never answers
  auto client = client_of(server);
  std::stop_source stop;
  std::thread later([&] { stop.request_stop(); });
  const auto answer = client.get("/a", stop.get_token());
  later.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().trouble, Trouble::interrupted);
}

TEST(JsonAccess, NeverThrows) {
  const Json json = Json::parse(R"({"a":"x","n":2.5,"o":{"b":1}})");
  EXPECT_EQ(text_at(json, "a"), "x");
  EXPECT_EQ(text_at(json, "n"), "");
  EXPECT_EQ(text_at("no object", "a"), "");
  EXPECT_EQ(number_at(json, "n"), 2.5);
  EXPECT_FALSE(number_at(json, "a"));
  EXPECT_TRUE(member(member(json, "missing"), "deeper").is_null());
  EXPECT_EQ(number_at(member(json, "o"), "b"), 1);
}

}  // namespace kiln::client
