#include "tests/store/sqlite_fixture.h"

namespace kiln::store {
namespace {

using test::make_job;

class SqliteWrites : public test::SqliteFixture {
 protected:
  void SetUp() override { open(); }
};

TEST_F(SqliteWrites, AreAnsweredInTheOrderOfTheCallsAndNeverInsideThem) {
  const JobPtr job = make_job(1);
  Asset asset;
  asset.id = "sha256:1";
  store->jobs().insert(job, note(1));
  store->assets().put(std::make_shared<const Asset>(asset), note(2));
  store->jobs().update(job, 1, note(3));
  store->jobs().forget(job->id, WallTime(), note(4));
  store->assets().remove(asset.id, note(5));
  store->jobs().remove(job->id, note(6));
  EXPECT_TRUE(order.empty());
  for (const auto& answer : answers()) EXPECT_TRUE(answer);
  EXPECT_EQ(order, (std::vector{1, 2, 3, 4, 5, 6}));
}

TEST_F(SqliteWrites, ThatWaitTogetherShareACommit) {
  {
    const Hold hold(file);
    for (std::uint64_t i = 1; i <= 64; ++i) store->jobs().insert(make_job(i), note());
  }
  for (const auto& answer : answers()) EXPECT_TRUE(answer);
  EXPECT_EQ(store->stats().changes, 64u);
  EXPECT_LE(store->stats().commits, 2u);  // what the writer took at once, and the rest
  EXPECT_EQ(stored_sequences().size(), 64u);
}

TEST_F(SqliteWrites, TakeACommitEachWhereSharingIsOff) {
  open({.most_per_commit = 1});
  for (std::uint64_t i = 1; i <= 8; ++i) store->jobs().insert(make_job(i), note());
  EXPECT_EQ(answers().size(), 8u);
  EXPECT_EQ(store->stats().commits, 8u);
}

TEST_F(SqliteWrites, ThatFailDoNotFailTheirNeighbours) {
  const JobPtr twice = make_job(1);
  const auto not_json = make_job(4, "{half");
  {
    const Hold hold(file);
    store->jobs().insert(make_job(7), note());
    store->jobs().insert(twice, note());
    store->jobs().insert(twice, note());
    store->jobs().update(twice, 2, note());
    store->jobs().update(make_job(3), 1, note());
    store->jobs().insert(not_json, note());
    store->jobs().insert(make_job(6), note());
  }
  const auto answer = answers();
  ASSERT_EQ(answer.size(), 7u);
  EXPECT_TRUE(answer[0] && answer[1] && answer[6]);
  EXPECT_EQ(answer[2].error().code, ErrorCode::internal);
  EXPECT_EQ(answer[3].error().code, ErrorCode::engine_lost);
  EXPECT_NE(answer[3].error().message.find(to_string(twice->id)), std::string::npos);
  EXPECT_EQ(answer[4].error().code, ErrorCode::engine_lost);
  EXPECT_EQ(answer[5].error().code, ErrorCode::internal);
  EXPECT_EQ(store->stats().changes, 3u);
  EXPECT_EQ(stored_sequences(), (std::vector<std::uint64_t>{1, 6, 7}));
}

TEST_F(SqliteWrites, OfAnOldAttemptChangeNothing) {
  auto job = make_job(1);
  store->jobs().insert(job, note());
  auto second = std::make_shared<Job>(*job);
  second->attempt = 2;
  second->engine_losses = 1;
  store->jobs().update(second, 1, note());
  auto late = std::make_shared<Job>(*job);
  late->state = JobState::succeeded;
  store->jobs().update(late, 1, note());
  const auto answer = answers();
  EXPECT_TRUE(answer[1]);
  ASSERT_FALSE(answer[2]);
  EXPECT_EQ(answer[2].error().code, ErrorCode::engine_lost);
  const JobPtr stored = store->jobs().load_all().value().at(0);
  EXPECT_EQ(stored->state, JobState::queued);
  EXPECT_EQ(stored->attempt, 2u);
}

TEST_F(SqliteWrites, ThatWaitAreMadeBeforeTheStoreCloses) {
  {
    const Hold hold(file);
    for (std::uint64_t i = 1; i <= 20; ++i) store->jobs().insert(make_job(i), note());
  }
  open();
  EXPECT_EQ(stored_sequences().size(), 20u);
  EXPECT_EQ(answers().size(), 20u);
}

TEST_F(SqliteWrites, RemovingWhatIsNotThereSucceeds) {
  store->jobs().remove(random_job_id(), note());
  store->assets().remove("sha256:none", note());
  for (const auto& answer : answers()) EXPECT_TRUE(answer);
}

TEST_F(SqliteWrites, KeepJobsInAcceptanceOrderAcrossAReopening) {
  for (const std::uint64_t sequence : {5, 1, 900, 3, 4'000'000}) store->jobs().insert(make_job(sequence), note());
  answers();
  open();
  EXPECT_EQ(stored_sequences(), (std::vector<std::uint64_t>{1, 3, 5, 900, 4'000'000}));
}

TEST_F(SqliteWrites, SurviveAKillOnceTheyAreAnswered) {
  const JobPtr kept = make_job(1);
  const JobPtr removed = make_job(2);
  store->jobs().insert(kept, note());
  store->jobs().insert(removed, note());
  store->jobs().remove(removed->id, note());
  answers();
  file = copy_of_files() / "kiln.db";
  open();
  EXPECT_EQ(stored_sequences(), std::vector<std::uint64_t>{1});
  insert(3);
  EXPECT_EQ(stored_sequences(), (std::vector<std::uint64_t>{1, 3}));
}

TEST_F(SqliteWrites, LeaveNoLogBehindWhenTheStoreCloses) {
  insert(1);
  store.reset();
  EXPECT_FALSE(test::fs::exists(file.string() + "-wal"));
}

TEST_F(SqliteWrites, AFullDiskRefusesThemUntilThereIsRoom) {
  open({.most_database_pages = 40});
  const std::string four_kib = "{\"note\":\"" + std::string(4000, 'x') + "\"}";
  std::vector<JobPtr> kept;
  Result<void> last;
  for (std::uint64_t i = 1; last && i < 100; ++i) {
    const JobPtr job = make_job(i, four_kib);
    store->jobs().insert(job, note());
    last = answers().at(0);
    if (last) kept.push_back(job);
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, ErrorCode::storage_full);
  EXPECT_NE(last.error().message.find(file.string()), std::string::npos);
  ASSERT_GT(kept.size(), 2u);
  EXPECT_EQ(stored_sequences().size(), kept.size());
  store->jobs().remove(kept[0]->id, note());
  store->jobs().remove(kept[1]->id, note());
  store->jobs().insert(make_job(1000, four_kib), note());
  for (const auto& answer : answers()) EXPECT_TRUE(answer);
  EXPECT_EQ(stored_sequences().size(), kept.size() - 1);
}

TEST_F(SqliteWrites, OfAGroupThatDoesNotFitThoseAreMadeThatDo) {
  open({.most_database_pages = 40});
  insert(1);
  const JobPtr queued = make_job(2), leaving = make_job(3);
  store->jobs().insert(queued, note());
  store->jobs().insert(leaving, note());
  for (const auto& answer : answers()) ASSERT_TRUE(answer);
  const auto huge = make_job(4, "{\"note\":\"" + std::string(200'000, 'x') + "\"}");
  auto running = std::make_shared<Job>(*queued);
  running->state = JobState::running;
  {
    const Hold hold(file);
    for (int i = 0; i < 2; ++i) store->jobs().insert(huge, note());
    store->jobs().update(running, 1, note());
    store->jobs().insert(huge, note());
    store->jobs().remove(leaving->id, note());
  }
  const auto answer = answers();
  ASSERT_EQ(answer.size(), 5u);
  for (const std::size_t i : {0, 1, 3}) EXPECT_EQ(answer[i].error().code, ErrorCode::storage_full);
  EXPECT_TRUE(answer[2]);
  EXPECT_TRUE(answer[4]);
  EXPECT_EQ(stored_sequences(), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(store->jobs().load_all().value().at(1)->state, JobState::running);
}

TEST_F(SqliteWrites, TheAnswersOfAGroupThatDoesNotFitAreTrue) {
  open({.most_database_pages = 40});
  insert(1);
  {
    const Hold hold(file);
    for (std::uint64_t i = 2; i <= 400; ++i) store->jobs().insert(make_job(i), note());
  }
  const auto answer = answers();
  std::size_t made = 0;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    if (answer[i]) {
      ++made;
    } else {
      EXPECT_EQ(answer[i].error().code, ErrorCode::storage_full);
    }
  }
  EXPECT_LT(made, answer.size());
  EXPECT_GT(made, 0u);
  EXPECT_EQ(stored_sequences().size(), made + 1);
}

TEST_F(SqliteWrites, ForgettingAJobKeepsItsIdOnly) {
  const JobPtr job = make_job(1);
  const JobId unknown = random_job_id();
  store->jobs().insert(job, note());
  store->jobs().forget(job->id, WallTime(), note());
  store->jobs().forget(unknown, WallTime(), note());
  answers();
  open();
  EXPECT_TRUE(store->jobs().load_all()->empty());
  EXPECT_EQ(store->jobs().load_forgotten().value(), (std::vector{job->id, unknown}));
}

TEST_F(SqliteWrites, OnlyTheNewestForgottenJobsAreRemembered) {
  open({.most_forgotten = 3});
  std::vector<JobId> ids(8);
  for (JobId& id : ids) {
    id = random_job_id();
    store->jobs().forget(id, WallTime(), note());
  }
  store->jobs().forget(ids[5], WallTime(), note());  // again: now it is the newest
  answers();
  EXPECT_EQ(store->jobs().load_forgotten().value(), (std::vector{ids[6], ids[7], ids[5]}));
}

}  // namespace
}  // namespace kiln::store
