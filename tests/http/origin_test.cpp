#include "http/origin.h"

#include <gtest/gtest.h>

namespace kiln::http {
namespace {

TEST(Origin, IsOwnWhenItNamesTheHostThatWasAsked) {
  EXPECT_FALSE(is_foreign_origin("http://127.0.0.1:8080", "127.0.0.1:8080"));
  EXPECT_FALSE(is_foreign_origin("http://localhost", "localhost"));
  EXPECT_FALSE(is_foreign_origin("https://Kiln.Example", "kiln.example"));
  EXPECT_FALSE(is_foreign_origin("http://[::1]:8080", "[::1]:8080"));
}

TEST(Origin, OfNobodyIsNotForeign) { EXPECT_FALSE(is_foreign_origin("", "localhost")); }

TEST(Origin, KnowsThePortsOfTheSchemes) {
  EXPECT_FALSE(is_foreign_origin("http://localhost", "localhost:80"));
  EXPECT_FALSE(is_foreign_origin("https://localhost:443", "localhost"));
  EXPECT_TRUE(is_foreign_origin("http://localhost", "localhost:8080"));
  EXPECT_TRUE(is_foreign_origin("http://localhost:443", "localhost"));
}

TEST(Origin, IsForeignWhenAnythingDiffers) {
  EXPECT_TRUE(is_foreign_origin("http://example.org", "localhost:8080"));
  EXPECT_TRUE(is_foreign_origin("http://localhost:8081", "localhost:8080"));
  EXPECT_TRUE(is_foreign_origin("http://localhost:8080.example.org", "localhost:8080"));
  EXPECT_TRUE(is_foreign_origin("null", "localhost:8080"));
  EXPECT_TRUE(is_foreign_origin("file://", "localhost:8080"));
  EXPECT_TRUE(is_foreign_origin("localhost:8080", "localhost:8080"));
}

}  // namespace
}  // namespace kiln::http
