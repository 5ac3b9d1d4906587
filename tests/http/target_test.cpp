#include "http/target.h"

#include <gtest/gtest.h>

namespace kiln::http {
namespace {

TEST(PercentDecoding, ResolvesEscapes) {
  EXPECT_EQ(percent_decoded("a%20b+c", false), "a b+c");
  EXPECT_EQ(percent_decoded("a%20b+c", true), "a b c");
  EXPECT_EQ(percent_decoded("%00", false), std::string(1, '\0'));
  EXPECT_EQ(percent_decoded("%C3%a4", false), "ä");
}

TEST(PercentDecoding, RefusesBrokenEscapes) {
  for (const char* text : {"%", "%4", "a%", "%zz", "%-1", "%%41"}) EXPECT_FALSE(percent_decoded(text, false)) << text;
}

TEST(QueryString, KeepsOrderAndEmptyValues) {
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(parse_query("b=1&a=x%3Dy&&c&b="), (Parameters{{"b", "1"}, {"a", "x=y"}, {"c", ""}, {"b", ""}}));
  EXPECT_EQ(parse_query(""), Parameters{});
  EXPECT_FALSE(parse_query("a=%2"));
}

}  // namespace
}  // namespace kiln::http
