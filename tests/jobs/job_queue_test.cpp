#include "jobs/job_queue.h"

#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <random>

namespace kiln::jobs {
namespace {

JobId id_of(std::uint64_t n) {
  JobId id;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
  return id;
}

TEST(JobQueue, KeepsAcceptanceOrder) {
  JobQueue queue;
  for (std::uint64_t s = 1; s <= 100; ++s) EXPECT_TRUE(queue.insert(s, id_of(s)));
  for (std::uint64_t s = 1; s <= 100; ++s) EXPECT_EQ(queue.pop_front(), id_of(s));
  EXPECT_EQ(queue.pop_front(), std::nullopt);
}

TEST(JobQueue, PutBackJobsStandAtTheHead) {
  JobQueue queue;
  for (std::uint64_t s = 1; s <= 3; ++s) queue.insert(s, id_of(s));
  queue.pop_front();
  queue.insert(4, id_of(4));
  EXPECT_TRUE(queue.insert(1, id_of(1)));
  EXPECT_EQ(queue.position(1), 1u);
  EXPECT_EQ(queue.position(4), 4u);
  EXPECT_EQ(queue.pop_front(), id_of(1));
  EXPECT_EQ(queue.pop_front(), id_of(2));
}

TEST(JobQueue, PositionsMoveUpWhenOneLeavesTheMiddle) {
  JobQueue queue;
  for (std::uint64_t s = 10; s <= 50; s += 10) queue.insert(s, id_of(s));
  EXPECT_EQ(queue.position(40), 4u);
  EXPECT_TRUE(queue.erase(20));
  EXPECT_FALSE(queue.erase(20));
  EXPECT_EQ(queue.position(40), 3u);
  EXPECT_EQ(queue.position(20), 0u);
  EXPECT_EQ(queue.position(25), 0u);
  EXPECT_EQ(queue.size(), 4u);
}

TEST(JobQueue, TakesAJobOnce) {
  JobQueue queue;
  EXPECT_TRUE(queue.insert(1, id_of(1)));
  EXPECT_FALSE(queue.insert(1, id_of(1)));
  EXPECT_EQ(queue.size(), 1u);
}

/// Against a sorted map, over random appends, departures, put-backs (swept slots included) and look-ups.
TEST(JobQueue, AgreesWithAPlainModelOverRandomOperations) {
  std::mt19937_64 random(7);
  JobQueue queue;
  std::map<std::uint64_t, JobId> model;
  std::uint64_t next = 1;
  for (int step = 0; step < 30000; ++step) {
    // Phases that fill and phases that empty, so that sweeping happens many times.
    const bool filling = (step / 1500) % 2 == 0;
    const auto dice = random() % 10;
    const std::uint64_t s = random() % next + 1;
    if (dice < (filling ? 6u : 1u)) {
      ASSERT_TRUE(queue.insert(next, id_of(next)));
      model.emplace(next, id_of(next));
      next += random() % 3 + 1;
    } else if (dice == 6) {
      ASSERT_EQ(queue.insert(s, id_of(s)), model.emplace(s, id_of(s)).second);
      next = std::max(next, s + 1);
    } else if (dice == 7) {
      ASSERT_EQ(queue.erase(s), model.erase(s) == 1);
    } else if (model.empty()) {
      ASSERT_EQ(queue.pop_front(), std::nullopt);
    } else {
      ASSERT_EQ(queue.pop_front(), model.begin()->second);
      model.erase(model.begin());
    }
    ASSERT_EQ(queue.size(), model.size());
    ASSERT_EQ(queue.front(), model.empty() ? std::nullopt : std::optional(model.begin()->second)) << "step " << step;
    const auto at = model.find(s);
    const auto expected = at == model.end() ? 0 : std::distance(model.begin(), at) + 1;
    ASSERT_EQ(queue.position(s), static_cast<std::size_t>(expected)) << "step " << step;
  }
}

}  // namespace
}  // namespace kiln::jobs
