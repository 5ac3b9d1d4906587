#include "client/server_url.h"

#include <gtest/gtest.h>

namespace kiln::client {

TEST(ServerUrl, JoinsRoutesBehindAPrefix) {
  EXPECT_EQ(ServerUrl::parse("http://127.0.0.1:8080")->to("/jobs?limit=2"), "http://127.0.0.1:8080/jobs?limit=2");
  EXPECT_EQ(ServerUrl::parse("http://127.0.0.1:8080/")->to("/jobs"), "http://127.0.0.1:8080/jobs");
  EXPECT_EQ(ServerUrl::parse("https://render.example/kiln/")->to("/status/a"), "https://render.example/kiln/status/a");
  EXPECT_EQ(ServerUrl::parse("http://[::1]:80/a//")->to("/b"), "http://[::1]:80/a/b");
}

TEST(ServerUrl, TakesAHostAloneForHttp) {
  EXPECT_EQ(ServerUrl::parse("render:8080")->shown(), "http://render:8080");
  EXPECT_EQ(ServerUrl::parse("127.0.0.1:8080")->shown(), "http://127.0.0.1:8080");
}

TEST(ServerUrl, DoesNotShowPasswords) {
  const auto url = ServerUrl::parse("https://me:secret@render.example/kiln");
  EXPECT_EQ(url->shown(), "https://render.example/kiln");
  EXPECT_EQ(url->to("/jobs"), "https://me:secret@render.example/kiln/jobs");
}

TEST(ServerUrl, KnowsThisMachine) {
  for (const char* text : {"http://localhost:1", "http://127.0.0.1", "http://127.9.9.9/x", "http://[::1]:3"}) {
    EXPECT_TRUE(ServerUrl::parse(text)->is_loopback()) << text;
  }
  EXPECT_FALSE(ServerUrl::parse("http://localhost.example")->is_loopback());
  EXPECT_FALSE(ServerUrl::parse("http://10.0.0.1")->is_loopback());
}

TEST(ServerUrl, RefusesWhatIsNoServer) {
  for (const char* text : {"", "http://", "ftp://a", "file:///etc/passwd", "http://a/?q=1", "http://a#f", "http://a b",
                           "http://a:99999999", "http://a:x"}) {
    EXPECT_FALSE(ServerUrl::parse(text)) << text;
  }
  EXPECT_NE(ServerUrl::parse("ftp://a").error().message.find("ftp://a"), std::string::npos);
}

TEST(Escaped, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(escaped("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(escaped("a/b?c=d&e f%\xc3\xa9"), "a%2Fb%3Fc%3Dd%26e%20f%25%C3%A9");
}

}  // namespace kiln::client
