#include "webhooks/schedule.h"

#include <gtest/gtest.h>

namespace kiln::webhooks {
namespace {

using namespace std::chrono_literals;

const WallTime kNow{1'700'000'000s};

std::string take(Schedule& schedule, WallTime now = kNow) {
  const auto due = schedule.take(now);
  return due ? due->id : "";
}

TEST(Schedule, GivesWhatIsDueLongestFirst) {
  Schedule schedule({});
  schedule.add("a", kNow - 1s, "young");
  schedule.add("b", kNow - 3s, "old");
  schedule.add("c", kNow - 2s, "middle");
  EXPECT_EQ(schedule.waiting(), 3u);
  EXPECT_EQ(take(schedule), "old");
  EXPECT_EQ(take(schedule), "middle");
  EXPECT_EQ(take(schedule), "young");
  EXPECT_EQ(take(schedule), "");
  EXPECT_EQ(schedule.waiting(), 0u);
}

TEST(Schedule, GivesNothingBeforeItsTime) {
  Schedule schedule({});
  EXPECT_FALSE(schedule.next_at());
  schedule.add("a", kNow + 5s, "later");
  schedule.add("a", kNow + 3s, "sooner");
  EXPECT_EQ(take(schedule), "");
  EXPECT_EQ(schedule.next_at(), kNow + 3s);
  EXPECT_EQ(take(schedule, kNow + 3s), "sooner");
  EXPECT_EQ(schedule.next_at(), kNow + 5s);
}

TEST(Schedule, AReceiverHasOnlyItsShare) {
  Schedule schedule({.most_at_once = 32, .most_to_failing = 16, .most_per_origin = 2});
  for (const char* id : {"1", "2", "3"}) schedule.add("slow", kNow - 9s, id);
  schedule.add("other", kNow, "its own");
  EXPECT_EQ(take(schedule), "1");
  EXPECT_EQ(take(schedule), "2");
  EXPECT_EQ(take(schedule), "its own");
  EXPECT_EQ(take(schedule), "");
  EXPECT_FALSE(schedule.next_at()) << "a timer would spin";
  schedule.ended("slow", true);
  EXPECT_EQ(take(schedule), "3");
}

TEST(Schedule, NotMoreThanSoManyAtOnce) {
  Schedule schedule({.most_at_once = 3, .most_to_failing = 2, .most_per_origin = 2});
  for (const char* origin : {"a", "b", "c", "d"}) schedule.add(origin, kNow, origin);
  for (int i = 0; i < 3; ++i) EXPECT_NE(take(schedule), "");
  EXPECT_EQ(take(schedule), "");
  EXPECT_FALSE(schedule.next_at());
  schedule.ended("a", {});
  EXPECT_EQ(take(schedule), "d");
}

TEST(Schedule, ReceiversThatFailLeaveRoomForThoseThatWork) {
  Schedule schedule({.most_at_once = 4, .most_to_failing = 2, .most_per_origin = 2});
  for (const char* origin : {"a", "b", "c", "d"}) schedule.add(origin, kNow, std::string(origin) + "1");
  for (int i = 0; i < 4; ++i) EXPECT_NE(take(schedule), "");
  for (const char* origin : {"a", "b", "c", "d"}) {
    schedule.add(origin, kNow, std::string(origin) + "2");
    schedule.add(origin, kNow, std::string(origin) + "3");
    schedule.ended(origin, false);
  }
  EXPECT_NE(take(schedule), "");
  EXPECT_NE(take(schedule), "");
  EXPECT_EQ(take(schedule), "") << "half of the room is kept";
  EXPECT_FALSE(schedule.next_at());
  schedule.add("works", kNow, "w1");
  schedule.add("works", kNow, "w2");
  EXPECT_EQ(schedule.next_at(), kNow);
  EXPECT_EQ(take(schedule), "w1");
  EXPECT_EQ(take(schedule), "w2");
}

TEST(Schedule, AReceiverThatFailsIsTriedWithOneAtATimeUntilItWorks) {
  Schedule schedule({});
  for (const char* id : {"1", "2", "3", "4"}) schedule.add("a", kNow, id);
  EXPECT_EQ(take(schedule), "1");
  schedule.ended("a", false);
  EXPECT_EQ(take(schedule), "2");
  EXPECT_EQ(take(schedule), "");
  schedule.ended("a", true);
  EXPECT_EQ(take(schedule), "3");
  EXPECT_EQ(take(schedule), "4");
}

TEST(Schedule, CountsOneThatTurnsToFailingWhileItIsUnderWay) {
  Schedule schedule({.most_at_once = 8, .most_to_failing = 1, .most_per_origin = 2});
  for (const char* id : {"1", "2", "3"}) schedule.add("a", kNow, id);
  schedule.add("b", kNow + 1s, "b1");
  take(schedule);
  take(schedule);
  schedule.ended("a", false);  // the other one is still under way
  EXPECT_EQ(take(schedule), "");
  schedule.ended("a", {});
  EXPECT_EQ(take(schedule), "3");
  schedule.ended("a", true);
  EXPECT_EQ(take(schedule, kNow + 1s), "b1");
}

}  // namespace
}  // namespace kiln::webhooks
