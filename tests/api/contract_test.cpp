// That the contract describes this server: its routes, and itself.
#include "http/contract.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "tests/api/test_server.h"

namespace kiln::api_test {
namespace {

TEST(ContractApi, HasEveryRouteAndNoOther) {
  TestServer server;
  Client client = server.connect();
  std::set<std::string> served, described;
  const auto routes = client.get("/").json()["routes"];
  for (const std::string route : routes) served.insert(route);
  for (const auto& path : http::contract()["paths"].items()) {
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
      std::string verb = method;
      std::transform(verb.begin(), verb.end(), verb.begin(), [](unsigned char c) { return std::tolower(c); });
      if (path.value().contains(verb)) described.insert(method + (" " + path.key()));
    }
  }
  EXPECT_EQ(served, described);
}

TEST(ContractApi, IsServedWithAnEntityTag) {
  TestServer server;
  Client client = server.connect();
  const Reply reply = client.get("/openapi.json");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-type"), "application/json");
  EXPECT_EQ(reply.body, *http::contract_text());
  const Reply again = client.get("/openapi.json", "If-None-Match: " + reply.header("etag") + "\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.header("etag"), reply.header("etag"));
}

TEST(ContractApi, HasAPageThatLoadsNothingFromElsewhere) {
  TestServer server;
  Client client = server.connect();
  const Reply page = client.get("/docs");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
  EXPECT_TRUE(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"));
  EXPECT_EQ(client.get("/docs/docs.css").header("content-type"), "text/css; charset=utf-8");
  EXPECT_EQ(client.get("/docs/docs.js").header("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(client.get("/docs/docs.js", "If-None-Match: *\r\n").status, 304);
  EXPECT_EQ(client.get("/docs/else").code(), "not_found");
  for (const char* part : {"/docs", "/docs/docs.css", "/docs/docs.js"}) {
    std::string text = client.get(part).body;
    const std::size_t own = text.find("http://127.0.0.1:8080");  // stands in the examples, and is replaced
    if (own != std::string::npos) text.erase(own, 7);
    EXPECT_EQ(text.find("http:"), std::string::npos) << part;
    EXPECT_EQ(text.find("https:"), std::string::npos) << part;
    for (const char* inline_code : {"<style", "onclick", "style="}) {
      EXPECT_EQ(text.find(inline_code), std::string::npos) << part << " has " << inline_code;
    }
  }
}

struct Answer {
  const char* request;
  Reply reply;
  const char* objection;
};

TEST(ContractWatch, SeesWhatIsNotInTheContract) {
  const std::map<std::string, std::string> json{{"content-type", "application/json"}};
  const std::string alive = R"({"status":"alive"})";
  for (const Answer& answer : std::vector<Answer>{
           {"GET /healthz HTTP/1.1\r\n\r\n", {200, json, alive}, nullptr},
           {"GET /healthz HTTP/1.1\r\n\r\n", {200, json, "{"}, "the body is not JSON"},
           {"GET /healthz HTTP/1.1\r\n\r\n", {200, json, "{}"}, "lacks the member \"status\""},
           {"GET /healthz HTTP/1.1\r\n\r\n", {200, json, R"({"status":"alive","age":7})"}, "has no member \"age\""},
           {"GET /healthz HTTP/1.1\r\n\r\n", {200, json, R"({"status":"dead"})"}, "/status must be \"alive\""},
           {"GET /healthz HTTP/1.1\r\n\r\n", {201, json, alive}, "which the contract does not know"},
           {"GET /healthz HTTP/1.1\r\n\r\n",
            {200, {{"content-type", "text/html"}}, alive},
            "which the contract does not know"},
           {"GET /healthz HTTP/1.1\r\n\r\n",
            {200, {{"content-type", "application/json"}, {"x-age", "7"}}, alive},
            "the header x-age is not documented"},
           {"GET /nothing HTTP/1.1\r\n\r\n", {200, json, alive}, "which the contract does not know"},
           {"GET /openapi.json HTTP/1.1\r\n\r\n", {304, {}, ""}, "the header ETag is missing"},
           {"HEAD /healthz HTTP/1.1\r\n\r\n", {200, json, ""}, nullptr}}) {
    ContractWatch watch;
    watch.sent(answer.request);
    const std::string objection =
        watch.objection_to(answer.reply, std::string_view(answer.request).starts_with("HEAD"));
    if (answer.objection == nullptr) {
      EXPECT_EQ(objection, "") << answer.request;
    } else {
      EXPECT_NE(objection.find(answer.objection), std::string::npos) << answer.request << objection;
    }
  }
}

TEST(ContractWatch, SeesIntoEvents) {
  EXPECT_EQ(objection_to_event("removed", R"({"id":"7"})"), "");
  EXPECT_EQ(objection_to_event("removed", "{}"), "the request lacks the member \"id\"");
  EXPECT_EQ(objection_to_event("news", "{}"), "there is no such event");
}

}  // namespace
}  // namespace kiln::api_test
