#include <gtest/gtest.h>

#include "webhooks/outbox.h"

namespace kiln::webhooks {
namespace {

Result<void> check(const std::string& url, const char* allowed = "") {
  return check_target({url, {"job.succeeded"}}, AddressPolicy::from_text(allowed).value());
}

TEST(WebhookTarget, MayBeAnyHttpAddress) {
  for (const char* url :
       {"https://example.org", "http://example.org:8080/a?b=c", "https://user.example.org/@x", "https://8.8.8.8/hook",
        "https://[2606:4700:4700::1111]:444/", "HTTPS://EXAMPLE.ORG/", "http://localhost/is-seen-when-it-is-called"}) {
    const auto checked = check(url);
    EXPECT_TRUE(checked) << url << ": " << checked.error().message;
  }
}

TEST(WebhookTarget, MustBeAUrl) {
  for (const std::string& url :
       {std::string(), std::string("example.org"), std::string("/hook"), std::string("ftp://example.org/"),
        std::string("file:///etc/passwd"), std::string("gopher://example.org/"), std::string("https://"),
        std::string("https://exa mple.org/"), std::string("https://example.org:99999/"),
        std::string("https://user:secret@example.org/"), std::string("https://user@example.org/"),
        std::string("http://example.org/\r\nX-Header: 1"), std::string("https://a/\0b", 12),
        "https://example.org/" + std::string(2048, 'a')}) {
    const auto checked = check(url);
    ASSERT_FALSE(checked) << url;
    EXPECT_EQ(checked.error().code, ErrorCode::invalid_request) << url;
    EXPECT_EQ(checked.error().pointer, "/webhook/url");
    EXPECT_EQ(checked.error().message.find("secret"), std::string::npos) << "credentials are not repeated";
  }
}

TEST(WebhookTarget, MayNotBeAPrivateAddressInAnyNotation) {
  for (const char* url :
       {"http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://017700000001/",
        "http://0/", "http://10.1.2.3:9000/x", "http://169.254.169.254/latest/meta-data", "http://[::1]/",
        "http://[::ffff:127.0.0.1]/", "http://[fd00::1]/", "http://[fe80::1]/"}) {
    const auto checked = check(url);
    ASSERT_FALSE(checked) << url;
    EXPECT_EQ(checked.error().code, ErrorCode::webhook_not_allowed) << url;
    EXPECT_EQ(checked.error().pointer, "/webhook/url");
  }
  EXPECT_TRUE(check("http://127.1:8080/", "127.0.0.0/8"));
}

TEST(WebhookTarget, KnowsItsEvents) {
  const auto events = [](std::vector<std::string> names) {
    return check_target({"https://example.org/", std::move(names)}, {});
  };
  EXPECT_TRUE(events({"job.started", "job.succeeded", "job.failed", "job.cancelled", "batch.finished"}));
  for (const auto& bad : {events({}), events({"job.done"}), events({"job.failed", ""})}) {
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, ErrorCode::invalid_request);
    EXPECT_EQ(bad.error().pointer, "/webhook/events");
  }
}

}  // namespace
}  // namespace kiln::webhooks
