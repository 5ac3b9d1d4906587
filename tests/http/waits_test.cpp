#include "http/waits.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "http/waiting.h"

namespace kiln::http {
namespace {

const JobId kJob{{1}}, kOther{{2}};

/// A peer that leaves when the test says so.
class FakePeer final : public Peer {
 public:
  void on_leave(std::function<void()> left) override { left_ = std::move(left); }
  void leave() { std::exchange(left_, nullptr)(); }
  bool watched() const { return static_cast<bool>(left_); }

 private:
  std::function<void()> left_;
};

class WaitsTest : public ::testing::Test {
 protected:
  /// Waits of their own; `ended_` counts those that are over.
  void wait(const JobId& id, std::optional<JobState> while_in, SteadyDuration longest = std::chrono::hours(1)) {
    boost::asio::co_spawn(io_.get_executor(), run(id, while_in, longest), boost::asio::detached);
    io_.poll();
  }

  std::size_t ended() {
    io_.restart();
    io_.poll();
    return ended_;
  }

  boost::asio::io_context io_{1};
  Turns turns_{io_.get_executor()};
  Deadlines deadlines_{io_.get_executor()};
  Waits waits_{turns_, deadlines_};
  FakePeer peer_;

 private:
  Task<void> run(JobId id, std::optional<JobState> while_in, SteadyDuration longest) {
    co_await waits_.wait(id, while_in, std::chrono::steady_clock::now() + longest, peer_);
    ++ended_;
  }

  std::size_t ended_ = 0;
};

TEST_F(WaitsTest, EndWithAnotherState) {
  wait(kJob, JobState::queued);
  EXPECT_EQ(waits_.size(), 1u);
  waits_.changed(kJob, JobState::queued);
  waits_.changed(kOther, JobState::running);
  EXPECT_EQ(ended(), 0u);
  waits_.changed(kJob, JobState::running);
  EXPECT_EQ(ended(), 1u);
  EXPECT_EQ(waits_.size(), 0u);
}

TEST_F(WaitsTest, ForTheEndPassOverOtherStates) {
  wait(kJob, std::nullopt);
  for (const JobState state : {JobState::running, JobState::queued, JobState::cancelling}) waits_.changed(kJob, state);
  EXPECT_EQ(ended(), 0u);
  waits_.changed(kJob, JobState::cancelled);
  EXPECT_EQ(ended(), 1u);
}

TEST_F(WaitsTest, EndWithTheirJob) {
  wait(kJob, JobState::queued);
  waits_.changed(kJob, std::nullopt);
  EXPECT_EQ(ended(), 1u);
}

TEST_F(WaitsTest, EndInTimeAndInTheOrderOfTheirTimes) {
  wait(kJob, JobState::queued, std::chrono::hours(1));
  wait(kJob, JobState::queued, std::chrono::milliseconds(20));
  wait(kJob, JobState::queued, std::chrono::milliseconds(1));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (ended() < 2 && std::chrono::steady_clock::now() < until) io_.run_one_for(std::chrono::milliseconds(5));
  EXPECT_EQ(ended(), 2u);
  EXPECT_EQ(waits_.size(), 1u);
  waits_.end_all();
  EXPECT_EQ(ended(), 3u);
}

TEST_F(WaitsTest, EndWhenThePeerLeaves) {
  wait(kJob, JobState::queued);
  EXPECT_TRUE(peer_.watched());
  peer_.leave();
  EXPECT_EQ(ended(), 1u);
  EXPECT_EQ(waits_.size(), 0u);
}

TEST_F(WaitsTest, DoNotBeginOnceAllWereEnded) {
  waits_.end_all();
  wait(kJob, JobState::queued);
  EXPECT_EQ(ended(), 1u);
}

TEST_F(WaitsTest, ThatEndTogetherLetOthersHaveTheirTurn) {
  for (int i = 0; i < 1000; ++i) wait(kJob, std::nullopt);
  waits_.changed(kJob, JobState::succeeded);
  std::size_t ended_before = 1000;
  boost::asio::post(io_, [&] { ended_before = 1000 - waits_.size(); });
  EXPECT_EQ(ended(), 1000u);
  EXPECT_LT(ended_before, 100u);
}

std::optional<double> wait_in(std::initializer_list<const char*> headers) {
  Request request;
  for (const char* value : headers) request.add_header("Prefer", value);
  return preferred_wait_s(request);
}

TEST(PreferredWait, IsReadAsRfc7240Writes) {
  EXPECT_EQ(wait_in({}), std::nullopt);
  EXPECT_EQ(wait_in({"wait=10"}), 10);
  EXPECT_EQ(wait_in({"respond-async, wait=10"}), 10);
  EXPECT_EQ(wait_in({"respond-async", "wait=10"}), 10);
  EXPECT_EQ(wait_in({"WAIT = \"10\""}), 10);
  EXPECT_EQ(wait_in({"a=\"x, wait=5\"; b=\"\\\"\", wait=2.5;c"}), 2.5);
  EXPECT_EQ(wait_in({"wait=1, wait=2"}), 1) << "the first one counts";
  EXPECT_EQ(wait_in({"wait=601"}), 600);
  EXPECT_EQ(wait_in({"wait=0"}), 0);
}

TEST(PreferredWait, IsPassedOverWhereItCannotBeRead) {
  for (const char* bad : {"", "wait", "wait=", "wait=x", "wait=-1", "wait=nan", "wait=1e999", "waits=1", "a;wait=1",
                          "\"wait=1", "wait=\"", ";;;", "=", ",,,", "wait;=1", "\\"}) {
    EXPECT_EQ(wait_in({bad}), std::nullopt) << bad;
  }
}

TEST(WaitInAQuery, IsANumberOfSeconds) {
  EXPECT_EQ(wait_from_query("").value(), std::nullopt);
  EXPECT_EQ(wait_from_query("wait=0").value(), 0);
  EXPECT_EQ(wait_from_query("wait=600").value(), 600);
  EXPECT_EQ(wait_from_query("wait=0.25").value(), 0.25);
  for (const char* bad : {"wait", "wait=600.1", "wait=-0.1", "wait=+1", "wait=1%", "wait=0x1", "wait=1&wait=x"}) {
    EXPECT_EQ(wait_from_query(bad).error().code, ErrorCode::invalid_request) << bad;
  }
  EXPECT_EQ(wait_from_query("wait=1&x=2").error().code, ErrorCode::unknown_member);
}

}  // namespace
}  // namespace kiln::http
