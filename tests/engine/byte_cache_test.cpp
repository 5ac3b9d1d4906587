#include "engine/byte_cache.h"

#include <gtest/gtest.h>

namespace kiln::engine {
namespace {

std::shared_ptr<const int> value(int n) { return std::make_shared<const int>(n); }

TEST(ByteCache, DropsWhatWasUsedLeastRecently) {
  ByteCache<int> cache(100);
  (void)cache.insert("a", value(1), 40);
  (void)cache.insert("b", value(2), 40);
  ASSERT_TRUE(cache.find("a"));
  (void)cache.insert("c", value(3), 40);
  EXPECT_TRUE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
  EXPECT_EQ(*cache.find("c"), 3);
  EXPECT_EQ(cache.bytes(), 80u);
}

TEST(ByteCache, KeepsWhatIsTooLargeAloneUntilTheNext) {
  ByteCache<int> cache(100);
  (void)cache.insert("a", value(1), 40);
  (void)cache.insert("huge", value(2), 500);
  EXPECT_FALSE(cache.find("a"));
  EXPECT_TRUE(cache.find("huge"));
  (void)cache.insert("b", value(3), 10);
  EXPECT_FALSE(cache.find("huge"));
  EXPECT_EQ(cache.bytes(), 10u);
}

TEST(ByteCache, KeepsTheNewestOfAKeyAndGivesBackTheRest) {
  ByteCache<int> cache(100);
  EXPECT_TRUE(cache.insert("a", value(1), 40).empty());
  EXPECT_EQ(*cache.insert("a", value(2), 60).front(), 1);
  EXPECT_EQ(cache.bytes(), 60u);
  EXPECT_EQ(*cache.find("a"), 2);
  EXPECT_EQ(*cache.insert("b", value(3), 50).front(), 2);
}

TEST(ByteCache, HoldersKeepWhatWasDropped) {
  ByteCache<int> cache(10);
  (void)cache.insert("a", value(7), 10);
  const auto held = cache.find("a");
  EXPECT_EQ(cache.clear().size(), 1u);
  EXPECT_EQ(*held, 7);
  EXPECT_EQ(cache.bytes(), 0u);
}

}  // namespace
}  // namespace kiln::engine
