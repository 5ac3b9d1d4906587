#include "webhooks/retry.h"

#include <cmath>
#include <gtest/gtest.h>

namespace kiln::webhooks {
namespace {

using namespace std::chrono_literals;
using store::DeliveryState;

const WallTime kStart{1'700'000'000s};

store::Delivery fresh() {
  store::Delivery d;
  d.id = "msg_1";
  d.created_at = kStart;
  d.next_at = kStart;
  return d;
}

Outcome answer(std::uint32_t status) { return {status, "", {}, false}; }

double wait_s(const store::Delivery& d, WallTime now) {
  return std::chrono::duration<double>(d.next_at.value() - now).count();
}

TEST(Retry, ATwoHundredDelivers) {
  for (const std::uint32_t status : {200u, 202u, 204u, 299u}) {
    const auto d = after_attempt(fresh(), answer(status), kStart + 1s, {}, 0.5);
    EXPECT_EQ(d.state, DeliveryState::delivered) << status;
    EXPECT_EQ(d.attempts, 1u);
    EXPECT_EQ(d.finished_at, kStart + 1s);
    EXPECT_FALSE(d.next_at);
    EXPECT_EQ(d.last_status, status);
    EXPECT_EQ(d.last_error, "");
  }
}

TEST(Retry, EverythingElseIsTriedAgain) {
  for (const std::uint32_t status : {101u, 301u, 302u, 308u, 400u, 401u, 404u, 429u, 500u, 503u, 599u}) {
    const auto d = after_attempt(fresh(), answer(status), kStart, {}, 0.5);
    EXPECT_EQ(d.state, DeliveryState::pending) << status;
    EXPECT_TRUE(d.next_at);
    EXPECT_FALSE(d.finished_at);
    EXPECT_EQ(d.last_error, "the receiver answered " + std::to_string(status));
  }
  const auto d = after_attempt(fresh(), {0, "connection refused", {}, false}, kStart, {}, 0.5);
  EXPECT_EQ(d.state, DeliveryState::pending);
  EXPECT_FALSE(d.last_status);
  EXPECT_EQ(d.last_error, "connection refused");
}

TEST(Retry, WaitsDoubleUpToAnHourWithJitterOverAll) {
  auto d = fresh();
  for (const double longest_s : {5., 10., 20., 40., 80., 160., 320., 640., 1280., 2560., 3600., 3600., 3600.}) {
    EXPECT_EQ(wait_s(after_attempt(d, answer(500), kStart, {}, 0), kStart), 0);
    EXPECT_NEAR(wait_s(after_attempt(d, answer(500), kStart, {}, 0.5), kStart), longest_s / 2, 1e-5);
    d = after_attempt(d, answer(500), kStart, {}, 0.999999);
    EXPECT_NEAR(wait_s(d, kStart), longest_s, 0.01);
  }
  d.attempts = 4'000'000'000u;
  EXPECT_LE(wait_s(after_attempt(d, answer(500), kStart, {}, 0.5), kStart), 3600);
}

TEST(Retry, IsGivenUpADayAfterTheEvent) {
  WallTime now = kStart;
  auto d = fresh();
  while (d.state == DeliveryState::pending) {
    now = *d.next_at;
    ASSERT_LE(now, kStart + 24h);
    d = after_attempt(d, answer(500), now, {}, 0.9);
  }
  EXPECT_EQ(d.state, DeliveryState::failed);
  EXPECT_GT(now, kStart + 23h);
  EXPECT_GT(d.attempts, 25u);
  EXPECT_FALSE(d.next_at);
  EXPECT_EQ(d.finished_at, now);
  EXPECT_EQ(d.last_error, "the receiver answered 500");
}

TEST(Retry, AnOldOneIsTriedOnce) {
  EXPECT_EQ(after_attempt(fresh(), answer(500), kStart + 25h, {}, 0.5).state, DeliveryState::failed);
  EXPECT_EQ(after_attempt(fresh(), answer(200), kStart + 25h, {}, 0.5).state, DeliveryState::delivered);
}

TEST(Retry, GoneStopsAtOnce) {
  const auto d = after_attempt(fresh(), answer(410), kStart, {}, 0.5);
  EXPECT_EQ(d.state, DeliveryState::failed);
  EXPECT_EQ(d.last_status, 410u);
}

TEST(Retry, HonoursRetryAfterOfABusyReceiver) {
  const auto wait_after = [](std::uint32_t status, double retry_after_s) {
    return wait_s(after_attempt(fresh(), {status, "", retry_after_s, false}, kStart, {}, 0.5), kStart);
  };
  EXPECT_NEAR(wait_after(429, 120), 120, 1e-5);
  EXPECT_NEAR(wait_after(503, 7200), 7200, 1e-5);
  EXPECT_NEAR(wait_after(503, 1), 2.5, 1e-5) << "its own wait is longer";
  EXPECT_NEAR(wait_after(500, 120), 2.5, 1e-5) << "it means something with 429 and 503";
  const auto never = after_attempt(fresh(), {503, "", 1e9, false}, kStart, {}, 0.5);
  EXPECT_EQ(never.state, DeliveryState::failed);
}

TEST(Retry, AnAbortedAttemptChangesNothing) {
  const auto d = after_attempt(fresh(), {0, "shutting down", {}, true}, kStart + 1h, {}, 0.5);
  EXPECT_EQ(d.attempts, 0u);
  EXPECT_EQ(d.state, DeliveryState::pending);
  EXPECT_EQ(d.next_at, kStart);
  EXPECT_EQ(d.last_error, "");
}

TEST(Retry, TimesHaveNoMoreThanMicroseconds) {
  const auto d = after_attempt(fresh(), answer(500), kStart + 1ns, {}, 1.0 / 3);
  EXPECT_EQ(d.next_at->time_since_epoch() % 1us, 0ns);
}

}  // namespace
}  // namespace kiln::webhooks
