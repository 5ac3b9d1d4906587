// Batches, and what a job came with beside its request.
#include <algorithm>

#include "store/sqlite_schema.h"
#include "tests/store/sqlite_fixture.h"

namespace kiln::store {
namespace {

using test::make_job;

std::shared_ptr<Batch> make_batch(std::uint32_t size) {
  auto batch = std::make_shared<Batch>();
  batch->id = random_job_id();
  batch->size = size;
  batch->created_at = WallTime(std::chrono::microseconds(1'700'000'000'123'456));
  return batch;
}

class BatchRows : public test::SqliteFixture {
 protected:
  /// A batch with jobs of the given sequences.
  BatchPtr insert_batch(const std::vector<std::uint64_t>& sequences) {
    const auto batch = make_batch(static_cast<std::uint32_t>(sequences.size()));
    store->jobs().insert_batch(batch, jobs_of(*batch, sequences), note());
    EXPECT_TRUE(answers().at(0));
    return batch;
  }

  static std::vector<JobPtr> jobs_of(const Batch& batch, const std::vector<std::uint64_t>& sequences) {
    std::vector<JobPtr> jobs;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      const auto job = make_job(sequences[i]);
      job->batch = batch.id;
      job->batch_index = static_cast<std::uint32_t>(i);
      jobs.push_back(job);
    }
    return jobs;
  }

  std::vector<JobId> stored_ids() {
    std::vector<JobId> ids;
    for (const JobPtr& job : store->jobs().load_all().value()) ids.push_back(job->id);
    return ids;
  }
};

TEST_F(BatchRows, ComeBackAsTheyWent) {
  open();
  const auto batch = make_batch(3);
  batch->webhook = std::make_shared<const WebhookTarget>(WebhookTarget{"https://ä.example/?a='b'", {"x", "y"}});
  batch->idempotency = std::make_shared<const IdempotencyKey>(IdempotencyKey{"it's; \"a\" key", "00ff"});
  auto jobs = jobs_of(*batch, {5, 6, 7});
  const auto cached = std::make_shared<Job>(*jobs[1]);
  cached->cached = true;
  cached->webhook = batch->webhook;
  jobs[1] = cached;
  store->jobs().insert_batch(batch, jobs, note());
  ASSERT_TRUE(answers().at(0));
  open();
  const auto batches = store->jobs().load_batches().value();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0]->id, batch->id);
  EXPECT_EQ(batches[0]->size, 3u);
  EXPECT_EQ(batches[0]->created_at, batch->created_at);
  EXPECT_EQ(batches[0]->webhook->url, batch->webhook->url);
  EXPECT_EQ(batches[0]->webhook->events, batch->webhook->events);
  EXPECT_EQ(batches[0]->idempotency->key, batch->idempotency->key);
  EXPECT_EQ(batches[0]->idempotency->digest, "00ff");
  const auto loaded = store->jobs().load_all().value();
  ASSERT_EQ(loaded.size(), 3u);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(loaded[i]->id, jobs[i]->id);
    EXPECT_EQ(loaded[i]->batch, batch->id);
    EXPECT_EQ(loaded[i]->batch_index, i);
    EXPECT_EQ(loaded[i]->cached, i == 1);
    EXPECT_EQ(loaded[i]->webhook != nullptr, i == 1);
    EXPECT_FALSE(loaded[i]->idempotency);
  }
  EXPECT_EQ(loaded[1]->webhook->events, batch->webhook->events);
}

TEST_F(BatchRows, AJobOfItsOwnHasItsKey) {
  open();
  const auto job = make_job(1);
  job->idempotency = std::make_shared<const IdempotencyKey>(IdempotencyKey{"k", "d"});
  store->jobs().insert(job, note());
  insert(2);
  const auto loaded = store->jobs().load_all().value();
  ASSERT_EQ(loaded.size(), 2u);
  EXPECT_EQ(loaded[0]->idempotency->key, "k");
  EXPECT_EQ(loaded[0]->idempotency->digest, "d");
  EXPECT_FALSE(loaded[0]->batch);
  EXPECT_FALSE(loaded[1]->idempotency);
}

TEST_F(BatchRows, AreInsertedWholeOrNotAtAll) {
  open();
  insert(6);
  const auto batch = make_batch(3);
  const auto before = make_job(1), after = make_job(2);
  {
    const Hold hold(file);  // all three share a commit
    store->jobs().insert(before, note(1));
    store->jobs().insert_batch(batch, jobs_of(*batch, {5, 6, 7}), note(2));  // there is a job 6 already
    store->jobs().insert(after, note(3));
  }
  const auto outcomes = answers();
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_TRUE(outcomes[0]);
  EXPECT_EQ(outcomes[1].error().code, ErrorCode::internal);
  EXPECT_TRUE(outcomes[2]);
  EXPECT_EQ(stored_sequences(), (std::vector<std::uint64_t>{1, 2, 6}));
  EXPECT_TRUE(store->jobs().load_batches().value().empty());
}

TEST_F(BatchRows, AreLeftOutWhereTheyDoNotFitOnTheDisk) {
  SqliteOptions options;
  options.most_database_pages = 60;
  open(options);
  const auto batch = make_batch(1000);
  std::vector<std::uint64_t> sequences(1000);
  for (std::size_t i = 0; i < sequences.size(); ++i) sequences[i] = i + 1;
  {
    const Hold hold(file);
    store->jobs().insert_batch(batch, jobs_of(*batch, sequences), note());
    store->jobs().insert(make_job(2000), note());
  }
  const auto outcomes = answers();
  EXPECT_EQ(outcomes.at(0).error().code, ErrorCode::storage_full);
  EXPECT_TRUE(outcomes.at(1));
  EXPECT_EQ(stored_sequences(), std::vector<std::uint64_t>{2000});
  EXPECT_TRUE(store->jobs().load_batches().value().empty());
}

TEST_F(BatchRows, GoWithTheLastOfTheirJobs) {
  open();
  const BatchPtr one = insert_batch({1, 2, 3}), other = insert_batch({4, 5});
  const auto ids = stored_ids();
  store->jobs().remove(ids[0], note());
  store->jobs().forget(ids[1], one->created_at, note());
  store->jobs().remove(ids[3], note());
  store->jobs().remove(ids[4], note());
  answers();
  auto batches = store->jobs().load_batches().value();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0]->id, one->id);
  EXPECT_EQ(store->jobs().load_forgotten().value(), std::vector<JobId>{ids[1]});
  store->jobs().forget(ids[2], one->created_at, note());
  answers();
  EXPECT_TRUE(store->jobs().load_batches().value().empty());
  EXPECT_EQ(store->jobs().load_forgotten().value(), (std::vector<JobId>{ids[1], ids[2], one->id}));
}

TEST_F(BatchRows, ARowThatCannotBeReadIsNamed) {
  open();
  const BatchPtr batch = insert_batch({1});
  store.reset();
  SqliteDatabase::open(file, SqliteDatabase::Access::read_write)
      .value()
      .execute("UPDATE batches SET webhook = 'no json'")
      .value();
  open();
  const auto loaded = store->jobs().load_batches();
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find(to_string(batch->id)), std::string::npos) << loaded.error().message;
}

// The schema of version 1, as it was released.
constexpr const char* kVersion1 = R"(
PRAGMA application_id = 1263094862;
PRAGMA user_version = 1;
CREATE TABLE jobs (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  attempt BIGINT NOT NULL,
  engine_losses BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  progress DOUBLE PRECISION NOT NULL,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  finished_at BIGINT,
  expired_at BIGINT,
  error_code TEXT,
  error_message TEXT,
  error_pointer TEXT,
  request TEXT NOT NULL,
  report TEXT
);
CREATE TABLE assets (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL,
  summary TEXT NOT NULL
);
CREATE TABLE expired_jobs (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  expired_at BIGINT NOT NULL
);
INSERT INTO jobs VALUES (7, '6f1c0f5e-9d5c-4a0e-8f4e-2b7a1c9d3e55', 'succeeded', 2, 1, 9, 1.0, 1700000000000000,
  1700000001000000, 1700000002000000, NULL, NULL, NULL, NULL,
  '{"scene":"sample:cornell-box","width":32,"metadata":{"a":1}}',
  '{"bytes":12,"sha256":"ab","samples":3,"prepare_s":0.5,"render_s":1.5,"encode_s":0.25,"backend":"cpu"}');
INSERT INTO jobs VALUES (8, '6f1c0f5e-9d5c-4a0e-8f4e-2b7a1c9d3e56', 'queued', 1, 0, 1, 0.0, 1700000003000000,
  NULL, NULL, NULL, NULL, NULL, NULL, '{"scene":"sample:terrain"}', NULL);
INSERT INTO expired_jobs (id, expired_at) VALUES ('6f1c0f5e-9d5c-4a0e-8f4e-2b7a1c9d3e57', 1700000000000000);
)";

TEST_F(BatchRows, ADatabaseOfVersion1KeepsItsJobs) {
  std::ofstream(file).close();
  SqliteDatabase::open(file, SqliteDatabase::Access::read_write).value().execute(kVersion1).value();
  open();
  const auto jobs = store->jobs().load_all().value();
  ASSERT_EQ(jobs.size(), 2u);
  EXPECT_EQ(jobs[0]->sequence, 7u);
  EXPECT_EQ(to_string(jobs[0]->id), "6f1c0f5e-9d5c-4a0e-8f4e-2b7a1c9d3e55");
  EXPECT_EQ(jobs[0]->state, JobState::succeeded);
  EXPECT_EQ(jobs[0]->request->width, 32u);
  EXPECT_EQ(jobs[0]->report->result_bytes, 12u);
  EXPECT_EQ(jobs[0]->report->renderer, "") << "an unknown renderer";
  EXPECT_FALSE(jobs[0]->cached);
  EXPECT_FALSE(jobs[0]->batch);
  EXPECT_EQ(jobs[1]->state, JobState::queued);
  EXPECT_EQ(jobs[1]->request->scene, "sample:terrain");
  EXPECT_EQ(store->jobs().load_forgotten().value().size(), 1u);
  EXPECT_TRUE(store->jobs().load_batches().value().empty());
  insert_batch({9, 10});
  open();
  EXPECT_EQ(stored_sequences(), (std::vector<std::uint64_t>{7, 8, 9, 10}));
  EXPECT_EQ(store->jobs().load_batches().value().size(), 1u);
}

std::string big_endian(std::uint32_t n) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(n >> shift & 255);
  return bytes;
}

/// A rollback journal that holds the first page ("Database File Format", section 3).
std::string journal_of_first_page(const std::string& database) {
  constexpr std::uint32_t kPage = 4096, kSector = 512, kNonce = 7;
  std::string journal = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
  const auto pages = static_cast<std::uint32_t>(database.size() / kPage);
  for (const std::uint32_t n : {1u, kNonce, pages, kSector, kPage}) journal += big_endian(n);
  journal.resize(kSector);
  std::uint32_t sum = kNonce;
  for (std::size_t i = kPage - 200; i > 0 && i < kPage; i -= 200) sum += static_cast<unsigned char>(database[i]);
  return journal + big_endian(1) + database.substr(0, kPage) + big_endian(sum);
}

TEST_F(BatchRows, AMigrationThatAKillInterruptedIsMadeAtTheNextStart) {
  std::ofstream(file).close();
  SqliteDatabase::open(file, SqliteDatabase::Access::read_write).value().execute(kVersion1).value();
  const std::string before = test::content(file);
  std::string killed = before;
  constexpr std::size_t kVersionAt = 63;
  killed[kVersionAt] = static_cast<char>(schema_version());
  std::ofstream(file, std::ios::binary) << killed;
  std::ofstream(file.string() + "-journal", std::ios::binary) << journal_of_first_page(before);
  open();
  EXPECT_EQ(stored_sequences(), (std::vector<std::uint64_t>{7, 8}));
  insert_batch({9, 10});
  store.reset();
  auto database = SqliteDatabase::open(file, SqliteDatabase::Access::read_write);
  EXPECT_EQ(database->query_integer("PRAGMA user_version").value(), schema_version());
}

}  // namespace
}  // namespace kiln::store
