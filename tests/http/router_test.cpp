#include "http/router.h"

#include <gtest/gtest.h>

namespace kiln::http {
namespace {

Router two_routes() {
  Router router;
  router.add(Method::get, "/things", nullptr);
  router.add(Method::get, "/things/{id}", nullptr);
  router.add(Method::del, "/things/{id}", nullptr);
  return router;
}

TEST(Router, FindsByMethodAndPath) {
  const Router router = two_routes();
  EXPECT_EQ(router.find(Method::get, "/things").index, 0u);
  EXPECT_EQ(router.find(Method::head, "/things").index, 0u);
  EXPECT_EQ(router.find(Method::del, "/things/7").index, 2u);
  EXPECT_EQ(router.find(Method::get, "/things/a%2Fb").raw_parameter, "a%2Fb");
  EXPECT_EQ(router.find(Method::get, "/things/").route, nullptr);
  EXPECT_EQ(router.find(Method::get, "/things/7/8").route, nullptr);
  EXPECT_EQ(router.find(Method::post, "/things").route, nullptr);
}

TEST(Router, TellsWhichMethodsAPathTakes) {
  Request request;
  request.path = "/things/7";
  EXPECT_EQ(two_routes().refusal(request).status, 405u);
  EXPECT_NE(two_routes().refusal(request).headers.find("Allow: GET, HEAD, DELETE\r\n"), std::string::npos);
  request.path = "/other";
  EXPECT_EQ(two_routes().refusal(request).status, 404u);
}

}  // namespace
}  // namespace kiln::http
