#include "http/request_parser.h"

#include <gtest/gtest.h>

namespace kiln::http {
namespace {

using Step = RequestParser::Step;

TEST(RequestParser, LeavesWhatFollowsTheHeader) {
  RequestParser parser;
  Request request;
  parser.begin(request);
  const std::string text = "GET /a?b HTTP/1.1\r\nHost: x\r\nX-Empty:\r\n\r\n";
  const auto progress = parser.feed(text + "GET /next");
  EXPECT_EQ(progress.step, Step::header);
  EXPECT_EQ(progress.consumed, text.size());
  EXPECT_EQ(request.header("HOST"), "x");
  EXPECT_EQ(request.count("x-empty"), 1u);
  EXPECT_TRUE(parser.done());
  ASSERT_TRUE(request.split_target());
  EXPECT_EQ(request.path, "/a");
  EXPECT_EQ(request.query, "b");
}

TEST(RequestParser, GivesTheSameForEverySplitOfTheBytes) {
  const std::string text =
      "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    RequestParser parser;
    Request request;
    parser.begin(request);
    std::string waiting, body;
    for (std::size_t at = 0; at < text.size(); at += size) {
      waiting += text.substr(at, size);
      while (!waiting.empty() && !(request.version == 11 && !request.target.empty() && parser.done())) {
        const auto [step, consumed] = parser.feed(waiting);
        ASSERT_NE(step, Step::malformed);
        if (step == Step::piece) body += parser.piece();
        waiting.erase(0, consumed);
        if (step == Step::need_more && consumed == 0) break;
      }
    }
    EXPECT_EQ(body, "abcde") << size;
    EXPECT_TRUE(parser.done()) << size;
  }
}

TEST(RequestTarget, TakesOriginAndAbsoluteForm) {
  const auto path_of = [](const char* target) {
    Request request;
    request.target = target;
    return request.split_target() ? request.path + "|" + request.query : "none";
  };
  EXPECT_EQ(path_of("/a?b?c"), "/a|b?c");
  EXPECT_EQ(path_of("http://h:80/a?b"), "/a|b");
  EXPECT_EQ(path_of("https://h"), "/|");
  EXPECT_EQ(path_of("http://h?q"), "/|q");
  EXPECT_EQ(path_of("*"), "none");
  EXPECT_EQ(path_of("a"), "none");
}

}  // namespace
}  // namespace kiln::http
