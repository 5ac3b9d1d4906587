#include "webhooks/curl_sender.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <gtest/gtest.h>
#include <optional>

#include "tests/webhooks/receiver.h"

namespace kiln::webhooks {
namespace {

using test::Receiver;

constexpr std::chrono::seconds kHang{60};
constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class CurlSenderTest : public testing::Test {
 protected:
  void start(CurlSenderOptions options = {}, const char* allowed = "127.0.0.0/8") {
    sender.emplace(io.get_executor(), AddressPolicy::from_text(allowed).value(), std::move(options));
  }

  /// Runs the strand until the answer is there.
  Outcome send(const std::string& url) {
    std::optional<Outcome> outcome;
    sender->send({url, {"webhook-id: msg_1", "webhook-signature: v1,abc"}, R"({"at":"end"})"},
                 [&](const Outcome& answer) { outcome = answer; });
    until([&] { return outcome.has_value(); });
    return outcome.value_or(Outcome{});
  }

  template <class Condition>
  void until(Condition met) {
    const auto deadline = std::chrono::steady_clock::now() + kHang;
    while (!met() && std::chrono::steady_clock::now() < deadline) io.run_one_for(std::chrono::milliseconds(50));
    ASSERT_TRUE(met()) << "the test hangs";
  }

  boost::asio::io_context io;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::optional<CurlSender> sender;
};

TEST_F(CurlSenderTest, PostsTheBodyWithItsHeaders) {
  Receiver receiver(kOk);
  start({.user_agent = "Kiln/test"});
  const Outcome outcome = send(receiver.url());
  EXPECT_EQ(outcome.status, 200u);
  EXPECT_EQ(outcome.error, "");
  ASSERT_EQ(receiver.requests().size(), 1u);
  const std::string request = receiver.requests().front();
  EXPECT_TRUE(request.starts_with("POST /hook?a=b HTTP/1.1\r\n")) << request;
  for (const char* line :
       {"\r\nHost: 127.0.0.1:", "\r\nContent-Type: application/json\r\n", "\r\nContent-Length: 12\r\n",
        "\r\nUser-Agent: Kiln/test\r\n", "\r\nwebhook-id: msg_1\r\n", "\r\nwebhook-signature: v1,abc\r\n"}) {
    EXPECT_NE(request.find(line), std::string::npos) << line << " in\n" << request;
  }
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"at\":\"end\"}"));
}

TEST_F(CurlSenderTest, TellsStatusAndRetryAfter) {
  Receiver receiver("HTTP/1.1 503 Busy\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n");
  start();
  const Outcome outcome = send(receiver.url());
  EXPECT_EQ(outcome.status, 503u);
  EXPECT_EQ(outcome.retry_after_s, 17);
}

TEST_F(CurlSenderTest, DoesNotFollowRedirects) {
  Receiver target(kOk);
  Receiver receiver("HTTP/1.1 302 Found\r\nLocation: " + target.url() + "\r\nContent-Length: 0\r\n\r\n");
  start();
  EXPECT_EQ(send(receiver.url()).status, 302u);
  EXPECT_TRUE(target.requests().empty());
}

TEST_F(CurlSenderTest, RefusesAnAddressThatThePolicyDoesNotAllow) {
  Receiver receiver(kOk);
  start({}, "");
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const Outcome outcome = send(receiver.url(host));
    EXPECT_EQ(outcome.status, 0u);
    EXPECT_NE(outcome.error.find("does not call"), std::string::npos) << outcome.error;
  }
  EXPECT_TRUE(receiver.requests().empty());
}

TEST_F(CurlSenderTest, ConnectsToTheAllowedOneOfTwoAddresses) {
  Receiver receiver(kOk);  // localhost may be ::1 as well, which is not allowed
  start();
  EXPECT_EQ(send(receiver.url("localhost")).status, 200u);
}

TEST_F(CurlSenderTest, TakesNoProxyFromTheEnvironment) {
  Receiver receiver(kOk), proxy(kOk);
  for (const char* name : {"http_proxy", "all_proxy"}) ::setenv(name, ("http://127.0.0.1:" + proxy.port()).c_str(), 1);
  start();
  EXPECT_EQ(send(receiver.url()).status, 200u);
  for (const char* name : {"http_proxy", "all_proxy"}) ::unsetenv(name);
  EXPECT_TRUE(proxy.requests().empty());
}

TEST_F(CurlSenderTest, GivesUpOnAReceiverThatHangs) {
  Receiver receiver("");
  start({.timeout_s = 0.2});
  const Outcome outcome = send(receiver.url());
  EXPECT_EQ(outcome.status, 0u);
  EXPECT_NE(outcome.error, "");
  EXPECT_FALSE(outcome.aborted);
}

TEST_F(CurlSenderTest, AReceiverThatHangsHoldsNoOther) {
  Receiver hanging(""), receiver(kOk);
  start();
  sender->send({hanging.url(), {}, R"({"at":"end"})"}, [](const Outcome&) {});
  EXPECT_EQ(send(receiver.url()).status, 200u);
  sender.reset();
}

TEST_F(CurlSenderTest, ANoPeerIsAnError) {
  std::string url;
  {
    Receiver gone(kOk);
    url = gone.url();
  }
  start();
  const Outcome outcome = send(url);
  EXPECT_EQ(outcome.status, 0u);
  EXPECT_NE(outcome.error, "");
}

TEST_F(CurlSenderTest, ReadsOnlySoMuchOfAnAnswer) {
  Receiver receiver("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + std::string(200'000, 'x'));
  start({.most_answer_bytes = 1000});
  EXPECT_EQ(send(receiver.url()).status, 200u);
}

TEST_F(CurlSenderTest, AnEndlessHeaderIsAnError) {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 3000; ++i) answer += "X-Filling: " + std::string(40, 'x') + "\r\n";
  Receiver receiver(answer + "Content-Length: 0\r\n\r\n");
  start();
  EXPECT_EQ(send(receiver.url()).status, 0u);
}

TEST_F(CurlSenderTest, SpeaksHttpAlone) {
  start();
  const Outcome outcome = send("file:///etc/hostname");
  EXPECT_EQ(outcome.status, 0u);
  EXPECT_NE(outcome.error, "");
}

TEST_F(CurlSenderTest, AbortEndsWhatIsUnderWayAndWhatComes) {
  Receiver hanging("");
  start();
  std::vector<Outcome> outcomes;
  const auto note = [&](const Outcome& outcome) { outcomes.push_back(outcome); };
  sender->send({hanging.url(), {}, R"({"at":"end"})"}, note);
  until([&] { return !hanging.requests().empty(); });
  sender->abort();
  until([&] { return outcomes.size() == 1; });
  sender->send({hanging.url(), {}, R"({"at":"end"})"}, note);
  until([&] { return outcomes.size() == 2; });
  for (const Outcome& outcome : outcomes) EXPECT_TRUE(outcome.aborted);
}

TEST_F(CurlSenderTest, MayEndWhileSomethingIsUnderWay) {
  Receiver hanging("");
  start();
  sender->send({hanging.url(), {}, R"({"at":"end"})"}, [](const Outcome&) { FAIL(); });
  until([&] { return !hanging.requests().empty(); });
  sender.reset();
  io.poll();
}

}  // namespace
}  // namespace kiln::webhooks
