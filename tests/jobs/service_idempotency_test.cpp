// The same request twice under one key.
#include <gtest/gtest.h>

#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

Result<RenderReport> paint_at_once(const EngineTask& task, const ProgressSink&, std::stop_token) { return paint(task); }

std::shared_ptr<const IdempotencyKey> key(const std::string& name, const std::string& digest = "d") {
  return std::make_shared<const IdempotencyKey>(IdempotencyKey{name, digest});
}

Submission keyed(const std::string& name, const std::string& digest = "d") {
  Submission submission{World::request()};
  submission.idempotency = key(name, digest);
  return submission;
}

TEST(Idempotency, GivesTheJobOfTheFirstTime) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  const Accepted first = world.accept(keyed("a")).value();
  const Accepted again = world.accept(keyed("a")).value();
  EXPECT_FALSE(first.replayed);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.job->id, first.job->id);
  EXPECT_NE(world.accept(keyed("b")).value().job->id, first.job->id);
  EXPECT_EQ(world.store.stored.size(), 2u);
}

TEST(Idempotency, RefusesAnotherRequestUnderTheKey) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  world.accept(keyed("a")).value();
  const auto other = world.accept(keyed("a", "another"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::idempotency_key_reused);
  EXPECT_TRUE(other.error().pointer.empty());
}

TEST(Idempotency, TwoAtTheSameInstantGiveOneJob) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  world.store.hold = true;
  std::vector<Accepted> answers;
  for (int i = 0; i < 3; ++i) {
    service.submit(keyed("a"), [&](const Result<Accepted>& accepted) { answers.push_back(accepted.value()); });
  }
  std::optional<ErrorCode> refused;
  service.submit(keyed("a", "another"), [&](const Result<Accepted>& other) { refused = other.error().code; });
  world.until([&] { return refused.has_value(); });
  EXPECT_EQ(refused, ErrorCode::idempotency_key_reused);
  EXPECT_TRUE(answers.empty()) << "nothing is answered before it is durable";
  world.store.release();
  world.until([&] { return answers.size() == 3; });
  EXPECT_EQ(world.store.stored.size(), 1u);
  EXPECT_FALSE(answers[0].replayed);
  for (int i = 1; i < 3; ++i) {
    EXPECT_TRUE(answers[i].replayed);
    EXPECT_EQ(answers[i].job->id, answers[0].job->id);
  }
}

TEST(Idempotency, AKeyThatStandsForAnotherJobStaysWhenTheFirstOneIsGone) {
  World world(paint_at_once);
  world.start();
  const JobId first = world.accept(keyed("a")).value().job->id;
  world.until_state(first, JobState::succeeded);
  world.store.remove_error = Error{ErrorCode::storage_full, "no space", ""};
  ASSERT_TRUE(world.remove(first)) << "its row is to follow";
  const JobId second = world.accept(keyed("a")).value().job->id;
  ASSERT_NE(second, first);
  world.start();
  world.store.remove_error.reset();
  ASSERT_TRUE(world.remove(first)) << "it was there again";
  const Accepted again = world.accept(keyed("a")).value();
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.job->id, second);
}

TEST(Idempotency, AKeyIsFreeAgainWhenItsJobCouldNotBeStored) {
  Gate gate;
  World world(gate.behaviour());
  Service& service = world.start();
  world.store.hold = true;
  world.store.insert_error = Error{ErrorCode::storage_full, "full", ""};
  std::vector<ErrorCode> refusals;
  for (int i = 0; i < 2; ++i) {
    service.submit(keyed("a"), [&](const Result<Accepted>& job) { refusals.push_back(job.error().code); });
  }
  world.store.release();
  world.until([&] { return refusals.size() == 2; });
  EXPECT_EQ(refusals, (std::vector{ErrorCode::storage_full, ErrorCode::storage_full}));
  world.store.insert_error.reset();
  EXPECT_FALSE(world.accept(keyed("a", "another")).value().replayed);
}

TEST(Idempotency, ARequestThatWasRefusedTakesNoKey) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  Submission bad = keyed("a");
  bad.request.scene = "sample:nothing";
  EXPECT_FALSE(world.accept(std::move(bad)));
  EXPECT_TRUE(world.accept(keyed("a", "another")));
}

TEST(Idempotency, HoldsAfterARestart) {
  Gate gate;
  World world(gate.behaviour());
  world.start();
  const JobId first = world.accept(keyed("a")).value().job->id;
  BatchSubmission batch{{World::request(), World::request()}};
  batch.idempotency = key("b");
  const AcceptedBatch accepted = world.accept(batch).value();
  world.start();
  EXPECT_EQ(world.accept(keyed("a")).value().job->id, first);
  const AcceptedBatch again = world.accept(batch).value();
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.batch->id, accepted.batch->id);
  EXPECT_EQ(again.jobs, accepted.jobs);
  EXPECT_EQ(world.accept(keyed("a", "another")).error().code, ErrorCode::idempotency_key_reused);
  EXPECT_EQ(world.store.stored.size(), 3u);
}

TEST(Idempotency, IsForgottenWithItsJob) {
  World world(paint_at_once);
  world.start();
  const JobId first = world.accept(keyed("a")).value().job->id;
  world.until_state(first, JobState::succeeded);
  ASSERT_TRUE(world.remove(first));
  EXPECT_NE(world.accept(keyed("a", "another")).value().job->id, first);
}

TEST(Idempotency, OfABatchIsForgottenWithItsLastJob) {
  World world(paint_at_once);
  world.start();
  BatchSubmission batch{{World::request(), World::request()}};
  batch.idempotency = key("a");
  const AcceptedBatch accepted = world.accept(batch).value();
  world.until([&] { return is_final(world.service->find_batch(accepted.batch->id).state); });
  ASSERT_TRUE(world.remove(accepted.jobs[0]));
  EXPECT_TRUE(world.accept(batch).value().replayed);
  ASSERT_TRUE(world.remove(accepted.jobs[1]));
  EXPECT_FALSE(world.accept(batch).value().replayed);
}

TEST(Idempotency, AnswersARepetitionAlsoWhenTheQueueIsFull) {
  Gate gate;
  World world(gate.behaviour());
  ServiceOptions options;
  options.most_queued_jobs = 1;
  world.start(options);
  world.submit();
  world.until([&] { return gate.begun() == 1; });
  const JobId first = world.accept(keyed("a")).value().job->id;
  EXPECT_EQ(world.accept(keyed("b")).error().code, ErrorCode::queue_full);
  EXPECT_EQ(world.accept(keyed("a")).value().job->id, first);
}

}  // namespace
}  // namespace kiln::jobs::test
