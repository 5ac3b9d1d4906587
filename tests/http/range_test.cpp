#include "http/range.h"

#include <gtest/gtest.h>

namespace kiln::http {
namespace {

void expect_part(std::string_view header, std::uint64_t offset, std::uint64_t length) {
  const ByteRange range = parse_range(header, 100);
  EXPECT_EQ(range.kind, RangeKind::part) << header;
  EXPECT_EQ(range.offset, offset) << header;
  EXPECT_EQ(range.length, length) << header;
}

TEST(Range, NamesOnePart) {
  expect_part("bytes=0-0", 0, 1);
  expect_part("bytes=10-19", 10, 10);
  expect_part("bytes=90-", 90, 10);
  expect_part("bytes=90-1000", 90, 10);
  expect_part("bytes=-1", 99, 1);
  expect_part("bytes=-1000", 0, 100);
  expect_part("bytes=5-99999999999999999999999", 5, 95);
}

TEST(Range, BehindTheEndIsUnsatisfiable) {
  for (const char* header : {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"}) {
    EXPECT_EQ(parse_range(header, 100).kind, RangeKind::unsatisfiable) << header;
  }
  EXPECT_EQ(parse_range("bytes=-1", 0).kind, RangeKind::unsatisfiable);
}

TEST(Range, OfAnyOtherFormIsIgnored) {
  for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=1-2,4-5", "lines=1-2",
                             "bytes=--1", "bytes=+1-2", "bytes=1 -2"}) {
    EXPECT_EQ(parse_range(header, 100).kind, RangeKind::whole) << header;
  }
}

TEST(EntityTag, MatchesInListsWeaklyAndByStar) {
  EXPECT_TRUE(etag_matches("\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("\"x\" , W/\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("*", "\"a\""));
  EXPECT_FALSE(etag_matches("", "\"a\""));
  EXPECT_FALSE(etag_matches("a", "\"a\""));
  EXPECT_FALSE(etag_matches(",,\"b\",", "\"a\""));
}

}  // namespace
}  // namespace kiln::http
