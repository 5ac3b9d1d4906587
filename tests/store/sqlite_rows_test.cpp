#include <cfloat>

#include "codec/asset_json.h"
#include "codec/render_request_json.h"
#include "tests/store/sqlite_fixture.h"

namespace kiln::store {
namespace {

using std::chrono::microseconds;
using test::make_job;

/// What a careless statement would trip over: quotes, SQL, a zero byte, several bytes a letter, an escape.
const std::string kOddText("it's \"quoted\"; DROP TABLE jobs; -- \0 \\ ä ☃ 🫖\n%s ?1", 57);

void expect_same(const RenderRequest& a, const RenderRequest& b) {
  EXPECT_EQ(codec::to_text(codec::to_json(a)), codec::to_text(codec::to_json(b)));
  EXPECT_EQ(a.metadata, b.metadata);
  EXPECT_EQ(a.exposure_ev, b.exposure_ev);
  EXPECT_EQ(a.time_limit_s, b.time_limit_s);
}

void expect_same(const Job& a, const Job& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.revision, b.revision);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.attempt, b.attempt);
  EXPECT_EQ(a.engine_losses, b.engine_losses);
  EXPECT_EQ(a.progress, b.progress);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.started_at, b.started_at);
  EXPECT_EQ(a.finished_at, b.finished_at);
  EXPECT_EQ(a.expired_at, b.expired_at);
  ASSERT_EQ(a.error.has_value(), b.error.has_value());
  if (a.error) {
    EXPECT_EQ(a.error->code, b.error->code);
    EXPECT_EQ(a.error->message, b.error->message);
    EXPECT_EQ(a.error->pointer, b.error->pointer);
  }
  ASSERT_EQ(a.report.has_value(), b.report.has_value());
  if (a.report) {
    EXPECT_EQ(a.report->result_bytes, b.report->result_bytes);
    EXPECT_EQ(a.report->result_sha256, b.report->result_sha256);
    EXPECT_EQ(a.report->samples, b.report->samples);
    EXPECT_EQ(a.report->prepare_s, b.report->prepare_s);
    EXPECT_EQ(a.report->render_s, b.report->render_s);
    EXPECT_EQ(a.report->encode_s, b.report->encode_s);
    EXPECT_EQ(a.report->backend, b.report->backend);
    EXPECT_EQ(a.report->renderer, b.report->renderer);
    EXPECT_EQ(a.report->partial, b.report->partial);
  }
  EXPECT_EQ(a.cached, b.cached);
  EXPECT_EQ(a.batch, b.batch);
  EXPECT_EQ(a.batch_index, b.batch_index);
  ASSERT_EQ(a.webhook != nullptr, b.webhook != nullptr);
  if (a.webhook) {
    EXPECT_EQ(a.webhook->url, b.webhook->url);
    EXPECT_EQ(a.webhook->events, b.webhook->events);
  }
  ASSERT_EQ(a.idempotency != nullptr, b.idempotency != nullptr);
  if (a.idempotency) {
    EXPECT_EQ(a.idempotency->key, b.idempotency->key);
    EXPECT_EQ(a.idempotency->digest, b.idempotency->digest);
  }
  expect_same(*a.request, *b.request);
}

RenderRequest odd_request() {
  RenderRequest request;
  request.scene = kOddText;
  request.camera.placement = OrbitCamera{{0.1f, -FLT_MIN, 1e-45f}, 1.0f / 3, 89.99999f, FLT_MAX};
  request.camera.vertical_fov_deg = 0.3f;
  request.environment = {kOddText, 16777217.0f, 0.7f};
  request.background = {BackgroundKind::color, {0.1f, 0.2f, 0.3f}};
  request.seed = (std::uint64_t{1} << 53) - 1;
  request.time_limit_s = 0.1f;
  request.exposure_ev = -1.0f / 3;
  request.tone_mapping = ToneMapping::agx;
  request.format = ImageFormat::exr;
  request.metadata =
      R"({"note":"it's ☃","nested":[1,2.5,null,{"a":"\\"}],"long":")" + std::string(16 * 1024, 'm') + "\"}";
  return request;
}

/// Every member differs from its default.
Job odd_job() {
  Job job;
  job.id = random_job_id();
  job.sequence = std::uint64_t{1} << 62;
  job.revision = (std::uint64_t{1} << 40) + 1;
  job.request = std::make_shared<const RenderRequest>(odd_request());
  job.state = JobState::failed;
  job.attempt = 4'000'000'000;
  job.engine_losses = 3'999'999'999;
  job.progress = 1.0 / 3;
  job.created_at = WallTime(microseconds(-1));
  job.started_at = WallTime(microseconds(0));
  job.finished_at = WallTime(microseconds(1'900'000'000'123'457));
  job.expired_at = WallTime(microseconds(1'900'000'000'123'458));
  job.error = Error{ErrorCode::device_fault, kOddText, "/camera/orbit"};
  job.report = RenderReport{std::uint64_t{1} << 33,
                            std::string(64, 'f'),
                            std::uint64_t{1} << 50,
                            0.1,
                            1e-9,
                            12345.678,
                            "cuda",
                            kOddText,
                            true};
  job.cached = true;
  job.batch = random_job_id();
  job.batch_index = 9999;
  job.webhook = std::make_shared<const WebhookTarget>(WebhookTarget{kOddText, {kOddText, "job.failed"}});
  job.idempotency = std::make_shared<const IdempotencyKey>(IdempotencyKey{kOddText, "digest"});
  return job;
}

class SqliteRows : public test::SqliteFixture {
 protected:
  void SetUp() override { open(); }

  Job stored(const Job& job) {
    store->jobs().insert(std::make_shared<const Job>(job), note());
    EXPECT_TRUE(answers().at(0));
    open();
    return *store->jobs().load_all().value().at(0);
  }

  void change_by_hand(const std::string& sql) {
    SqliteDatabase::open(file, SqliteDatabase::Access::read_write).value().execute(sql).value();
  }
};

TEST_F(SqliteRows, GiveBackEveryMemberOfAJob) {
  const Job job = odd_job();
  expect_same(stored(job), job);
}

TEST_F(SqliteRows, GiveBackAJobThatHasOnlyJustBegun) {
  const Job job = *make_job(1);
  expect_same(stored(job), job);
}

TEST_F(SqliteRows, GiveBackEveryMemberThatAnUpdateMayChange) {
  auto job = std::make_shared<Job>(odd_job());
  store->jobs().insert(job, note());
  auto changed = std::make_shared<Job>(*job);
  changed->revision += 1;
  changed->state = JobState::succeeded;
  changed->attempt = 7;
  changed->engine_losses = 6;
  changed->progress = 1;
  changed->started_at.reset();
  changed->finished_at = WallTime(microseconds(17));
  changed->expired_at.reset();
  changed->error.reset();
  changed->report->backend = "cpu";
  store->jobs().update(changed, job->attempt, note());
  for (const auto& answer : answers()) EXPECT_TRUE(answer);
  expect_same(*store->jobs().load_all().value().at(0), *changed);
}

TEST_F(SqliteRows, GiveBackEveryState) {
  std::vector<JobPtr> jobs;
  for (const JobState state : {JobState::queued, JobState::running, JobState::cancelling, JobState::succeeded,
                               JobState::failed, JobState::cancelled}) {
    auto job = make_job(jobs.size() + 1);
    job->state = state;
    jobs.push_back(job);
    store->jobs().insert(job, note());
  }
  answers();
  const auto loaded = store->jobs().load_all().value();
  ASSERT_EQ(loaded.size(), jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) expect_same(*loaded[i], *jobs[i]);
}

TEST_F(SqliteRows, LoadManyJobsInTheirOrderWhateverThreadReadThem) {
  std::vector<JobPtr> jobs;
  for (std::uint64_t i = 0; i < 500; ++i) jobs.push_back(make_job(1 + i * i));
  for (const JobPtr& job : jobs) store->jobs().insert(job, note());
  answers();
  const auto loaded = store->jobs().load_all().value();
  ASSERT_EQ(loaded.size(), jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) expect_same(*loaded[i], *jobs[i]);
}

TEST_F(SqliteRows, NeighboursWithTheSameRequestShareIt) {
  const JobPtr one = make_job(1);
  for (std::uint64_t i = 1; i <= 64; ++i) {
    auto job = make_job(i);
    job->request = one->request;
    store->jobs().insert(job, note());
  }
  answers();
  const auto loaded = store->jobs().load_all().value();
  EXPECT_EQ(loaded[0]->request, loaded[1]->request);
  expect_same(*loaded[63]->request, *one->request);
}

TEST_F(SqliteRows, GiveBackEveryMemberOfAScene) {
  Asset asset{"sha256:abc", std::uint64_t{1} << 40, kOddText, WallTime(microseconds(5)), WallTime(microseconds(6)), {}};
  AssetSummary& s = asset.summary;
  s = {AssetKind::scene,
       1u << 30,
       2,
       3,
       4,
       5,
       6,
       7,
       0,
       0,
       {"one", "two ☃"},
       {"walk"},
       {2.5f},
       {"red"},
       {"KHR_a"},
       {"KHR_b"},
       {"left out: this"},
       {{-0.1f, 0, 1}, {1, 2, 3.3f}},
       std::uint64_t{1} << 34};
  store->assets().put(std::make_shared<const Asset>(asset), note());
  answers();
  open();
  const Asset back = *store->assets().load_all().value().at(0);
  EXPECT_EQ(back.id, asset.id);
  EXPECT_EQ(back.bytes, asset.bytes);
  EXPECT_EQ(back.media_type, asset.media_type);
  EXPECT_EQ(back.created_at, asset.created_at);
  EXPECT_EQ(back.used_at, asset.used_at);
  EXPECT_EQ(back.summary.kind, AssetKind::scene);
  EXPECT_EQ(back.summary.cameras, s.cameras);
  EXPECT_EQ(back.summary.bounds.max.z, s.bounds.max.z);
  EXPECT_EQ(codec::to_text(codec::to_json(back.summary)), codec::to_text(codec::to_json(s)));
}

TEST_F(SqliteRows, PuttingAnAssetAgainReplacesIt) {
  Asset asset;
  asset.id = "sha256:map";
  asset.summary.kind = AssetKind::environment;
  asset.summary.width = 2048;
  asset.summary.height = 1024;
  store->assets().put(std::make_shared<const Asset>(asset), note());
  asset.used_at = WallTime(microseconds(99));
  store->assets().put(std::make_shared<const Asset>(asset), note());
  answers();
  const auto loaded = store->assets().load_all().value();
  ASSERT_EQ(loaded.size(), 1u);
  EXPECT_EQ(loaded[0]->used_at, asset.used_at);
  EXPECT_EQ(loaded[0]->summary.kind, AssetKind::environment);
  EXPECT_EQ(loaded[0]->summary.width, 2048u);
  EXPECT_EQ(loaded[0]->summary.height, 1024u);
  store->assets().remove(asset.id, note());
  answers();
  EXPECT_TRUE(store->assets().load_all()->empty());
}

TEST_F(SqliteRows, ThatCannotBeReadAreNamedAndTheFileStaysAsItIs) {
  const JobPtr bad = make_job(2);
  insert(1);
  store->jobs().insert(bad, note());
  answers();
  change_by_hand("UPDATE jobs SET request = '{\"scene\":' WHERE sequence = 2");
  const test::fs::path copy = copy_of_files();
  const std::string database = test::content(copy / "kiln.db"), log = test::content(copy / "kiln.db-wal");
  file = copy / "kiln.db";
  open();
  const auto loaded = store->jobs().load_all();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::io_error);
  EXPECT_NE(loaded.error().message.find(to_string(bad->id)), std::string::npos) << loaded.error().message;
  EXPECT_NE(loaded.error().message.find(file.string()), std::string::npos) << loaded.error().message;
  store.reset();
  EXPECT_EQ(test::content(copy / "kiln.db"), database);
  EXPECT_EQ(test::content(copy / "kiln.db-wal"), log);
}

TEST_F(SqliteRows, OfEveryKindOfDamageAreRefused) {
  const std::vector<std::string> damages = {
      "UPDATE jobs SET id = 'nobody'",
      "UPDATE jobs SET state = 'dreaming'",
      "UPDATE jobs SET request = '[]'",
      "UPDATE jobs SET request = '{\"scene\":7}'",
      "UPDATE jobs SET request = x'ff00'",
      "UPDATE jobs SET report = '{\"bytes\":\"many\"}'",
      "UPDATE jobs SET request = replace(request, '\"background\":\"environment\"', '\"background\":[1]')"};
  insert(1);
  change_by_hand("CREATE TABLE good AS SELECT * FROM jobs");
  for (const std::string& damage : damages) {
    change_by_hand(damage);
    const auto loaded = store->jobs().load_all();
    ASSERT_FALSE(loaded) << damage;
    EXPECT_EQ(loaded.error().code, ErrorCode::io_error);
    change_by_hand("DELETE FROM jobs; INSERT INTO jobs SELECT * FROM good");
  }
  EXPECT_TRUE(store->jobs().load_all());
}

TEST_F(SqliteRows, OfAssetsAndForgottenJobsThatCannotBeReadAreNamed) {
  Asset asset;
  asset.id = "sha256:odd";
  store->assets().put(std::make_shared<const Asset>(asset), note());
  store->jobs().forget(random_job_id(), WallTime(), note());
  answers();
  change_by_hand("UPDATE assets SET summary = '{}'; UPDATE expired_jobs SET id = 'x'");
  const auto assets = store->assets().load_all();
  ASSERT_FALSE(assets);
  EXPECT_NE(assets.error().message.find("sha256:odd"), std::string::npos);
  EXPECT_FALSE(store->jobs().load_forgotten());
  change_by_hand("UPDATE assets SET kind = 'song'");
  EXPECT_FALSE(store->assets().load_all());
}

}  // namespace
}  // namespace kiln::store
