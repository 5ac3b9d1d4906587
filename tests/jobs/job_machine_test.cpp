#include "jobs/job_machine.h"

#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>

namespace kiln::jobs {
namespace {

constexpr JobState kStates[] = {JobState::queued,    JobState::running, JobState::cancelling,
                                JobState::succeeded, JobState::failed,  JobState::cancelled};

JobPtr job_in(JobState state) {
  auto job = std::make_shared<Job>();
  job->request = std::make_shared<const RenderRequest>();
  job->state = state;
  job->attempt = 3;
  job->progress = 0.5;
  return job;
}

struct Verb {
  std::function<Result<JobPtr>(const JobPtr&, std::uint32_t attempt)> apply;
  JobState from, to;
  bool takes_attempt;
};

std::map<std::string, Verb> verbs() {
  using enum JobState;
  const WallTime now{};
  return {
      {"start", {[=](const JobPtr& j, std::uint32_t) { return start(j, now); }, queued, running, false}},
      {"succeed", {[=](const JobPtr& j, std::uint32_t a) { return succeed(j, a, {}, now); }, running, succeeded, true}},
      {"fail", {[=](const JobPtr& j, std::uint32_t a) { return fail(j, a, {}, now); }, running, failed, true}},
      {"withdraw", {[=](const JobPtr& j, std::uint32_t) { return withdraw(j, now); }, queued, cancelled, false}},
      {"request_cancel",
       {[](const JobPtr& j, std::uint32_t) { return request_cancel(j); }, running, cancelling, false}},
      {"confirm_cancel",
       {[=](const JobPtr& j, std::uint32_t a) { return confirm_cancel(j, a, now); }, cancelling, cancelled, true}},
      {"lose_engine", {[](const JobPtr& j, std::uint32_t a) { return lose_engine(j, a); }, running, queued, true}},
      {"put_back", {[](const JobPtr& j, std::uint32_t a) { return put_back(j, a); }, running, queued, true}},
      {"advance", {[](const JobPtr& j, std::uint32_t a) { return advance(j, a, 0.75); }, running, running, true}},
  };
}

TEST(JobMachine, EachVerbFitsExactlyOneState) {
  for (const auto& [name, verb] : verbs()) {
    for (const JobState state : kStates) {
      const JobPtr before = job_in(state);
      const auto next = verb.apply(before, 3);
      ASSERT_EQ(next.has_value(), state == verb.from) << name << " on " << name_of(state);
      EXPECT_EQ(before->state, state);
      EXPECT_EQ(before->revision, 1u);
      if (next) {
        EXPECT_EQ((*next)->state, verb.to) << name;
        EXPECT_EQ((*next)->revision, 2u) << name;
      } else {
        EXPECT_EQ(next.error().code,
                  is_final(state) && name != "advance" ? ErrorCode::job_finished : ErrorCode::internal);
      }
    }
  }
}

TEST(JobMachine, VerbsCoverTheTableAndNothingElse) {
  std::set<std::pair<JobState, JobState>> reached;
  for (const auto& [name, verb] : verbs()) {
    if (verb.from != verb.to) reached.emplace(verb.from, verb.to);
  }
  for (const JobState from : kStates) {
    for (const JobState to : kStates) {
      EXPECT_EQ(may_become(from, to), reached.contains({from, to})) << name_of(from) << " -> " << name_of(to);
    }
  }
}

TEST(JobMachine, ReportsOfAnotherAttemptAreRefused) {
  for (const auto& [name, verb] : verbs()) {
    if (!verb.takes_attempt) continue;
    for (const std::uint32_t attempt : {2u, 4u}) {
      const auto next = verb.apply(job_in(verb.from), attempt);
      ASSERT_FALSE(next) << name;
      EXPECT_EQ(next.error().code, ErrorCode::engine_lost);
    }
  }
}

TEST(JobMachine, ALostEngineCountsAndBeginsAgainFromNothing) {
  auto running = std::make_shared<Job>(*job_in(JobState::running));
  running->started_at = WallTime{};
  const JobPtr lost = lose_engine(running, 3).value();
  EXPECT_EQ(lost->attempt, 4u);
  EXPECT_EQ(lost->engine_losses, 1u);
  EXPECT_EQ(lost->progress, 0);
  EXPECT_FALSE(lost->started_at);
  EXPECT_EQ(put_back(running, 3).value()->engine_losses, 0u);
}

TEST(JobMachine, ProgressNeverGoesBackNorOverOne) {
  const JobPtr half = job_in(JobState::running);
  EXPECT_EQ(advance(half, 3, 0.25).value()->progress, 0.5);
  EXPECT_EQ(advance(half, 3, 7).value()->progress, 1);
  EXPECT_EQ(advance(half, 3, 0.75).value()->progress, 0.75);
}

TEST(JobMachine, OnlyAPictureThatIsThereExpiresAndTheStateStays) {
  const WallTime now(std::chrono::seconds(7));
  for (const JobState state : kStates) EXPECT_FALSE(expire(job_in(state), now)) << name_of(state) << ", no picture";
  const JobPtr running = job_in(JobState::running), cancelling = job_in(JobState::cancelling);
  for (const JobPtr& job : {succeed(running, 3, {}, now).value(), fail(running, 3, {}, now, RenderReport()).value(),
                            confirm_cancel(cancelling, 3, now, RenderReport()).value()}) {
    const auto expired = expire(job, now);
    ASSERT_TRUE(expired) << name_of(job->state);
    EXPECT_EQ((*expired)->state, job->state);
    EXPECT_EQ((*expired)->expired_at, now);
    EXPECT_GT((*expired)->revision, job->revision);
    EXPECT_FALSE(expire(*expired, {})) << "once is enough";
  }
}

TEST(JobMachine, AJobThatIsStoppedMayKeepItsPictureSoFar) {
  RenderReport so_far;
  so_far.samples = 7;
  const JobPtr failed =
      fail(job_in(JobState::running), 3, {ErrorCode::time_limit_exceeded, "", ""}, {}, so_far).value();
  EXPECT_EQ(failed->report->samples, 7u);
  EXPECT_TRUE(failed->error);
  EXPECT_EQ(failed->progress, 0.5);
  const JobPtr cancelled = confirm_cancel(job_in(JobState::cancelling), 3, {}, so_far).value();
  EXPECT_EQ(cancelled->report->samples, 7u);
  EXPECT_EQ(cancelled->progress, 0.5);
  EXPECT_FALSE(confirm_cancel(job_in(JobState::cancelling), 3, {}).value()->report);
}

TEST(JobMachine, SnapshotsShareTheRequest) {
  const JobPtr queued = job_in(JobState::queued);
  EXPECT_EQ(start(queued, {}).value()->request.get(), queued->request.get());
}

}  // namespace
}  // namespace kiln::jobs
