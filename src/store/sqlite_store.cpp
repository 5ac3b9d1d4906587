#include "store/sqlite_store.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "store/sqlite_asset_rows.h"
#include "store/sqlite_delivery_store.h"
#include "store/sqlite_job_rows.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_writer.h"

namespace kiln::store {
namespace {

/// What both stores write to. The order of the members is that of their lives: the writer's thread ends first.
struct Database {
  Database(std::filesystem::path name, SqliteDatabase opened, SqliteOptions with)
      : file(std::move(name)), options(with), connection(std::move(opened)) {}

  const std::filesystem::path file;
  const SqliteOptions options;
  SqliteDatabase connection;
  std::optional<SqliteJobRows> job_rows;
  std::optional<SqliteAssetRows> asset_rows;
  std::optional<SqliteDeliveryRows> delivery_rows;
  std::optional<SqliteWriter> writer;
};

class SqliteJobStore final : public JobStore {
 public:
  explicit SqliteJobStore(Database& database) : database_(database) {}

  void insert(JobPtr job, StoreDone done) override {
    write([job = std::move(job)](Database& d) { return d.job_rows->insert(*job); }, std::move(done));
  }

  void insert_batch(BatchPtr batch, std::vector<JobPtr> jobs, StoreDone done) override {
    write([batch = std::move(batch),
           jobs = std::move(jobs)](Database& d) { return d.job_rows->insert_batch(*batch, jobs); },
          std::move(done));
  }

  void update(JobPtr job, std::uint32_t expected_attempt, StoreDone done) override {
    write([job = std::move(job), expected_attempt](Database& d) { return d.job_rows->update(*job, expected_attempt); },
          std::move(done));
  }

  void remove(const JobId& id, StoreDone done) override {
    write([id](Database& d) { return d.job_rows->remove(id); }, std::move(done));
  }

  void forget(const JobId& id, WallTime now, StoreDone done) override {
    write([id, now](Database& d) { return d.job_rows->forget(id, now, d.options.most_forgotten); }, std::move(done));
  }

  Result<std::vector<JobPtr>> load_all() override { return load_jobs(database_.file); }
  Result<std::vector<BatchPtr>> load_batches() override { return kiln::store::load_batches(database_.file); }
  Result<std::vector<JobId>> load_forgotten() override { return load_forgotten_jobs(database_.file); }

 private:
  void write(std::function<Result<void>(Database&)> change, StoreDone done) {
    database_.writer->write([&d = database_, change = std::move(change)] { return change(d); }, std::move(done));
  }

  Database& database_;
};

class SqliteAssetStore final : public AssetStore {
 public:
  explicit SqliteAssetStore(Database& database) : database_(database) {}

  void put(AssetPtr asset, StoreDone done) override {
    database_.writer->write([&d = database_, asset = std::move(asset)] { return d.asset_rows->put(*asset); },
                            std::move(done));
  }

  void remove(const std::string& id, StoreDone done) override {
    database_.writer->write([&d = database_, id] { return d.asset_rows->remove(id); }, std::move(done));
  }

  Result<std::vector<AssetPtr>> load_all() override { return load_assets(database_.file); }

 private:
  Database& database_;
};

}  // namespace

struct SqliteStore::State {
  State(std::filesystem::path file, SqliteDatabase opened, SqliteOptions options)
      : database(std::move(file), std::move(opened), options) {}

  Database database;
  SqliteJobStore jobs{database};
  SqliteAssetStore assets{database};
  std::optional<SqliteDeliveryStore> deliveries;
};

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& file,
                                                       boost::asio::any_io_executor strand, SqliteOptions options) {
  auto opened = open_kiln_database(file);
  if (!opened) return opened.error();
  auto state = std::make_unique<State>(file, std::move(*opened), options);
  Database& database = state->database;
  if (options.most_database_pages > 0) {
    auto limited =
        database.connection.execute("PRAGMA max_page_count = " + std::to_string(options.most_database_pages));
    if (!limited) return limited.error();
  }
  auto job_rows = SqliteJobRows::prepare(database.connection);
  if (!job_rows) return job_rows.error();
  auto asset_rows = SqliteAssetRows::prepare(database.connection);
  if (!asset_rows) return asset_rows.error();
  database.job_rows.emplace(std::move(*job_rows));
  database.asset_rows.emplace(std::move(*asset_rows));
  auto delivery_rows = SqliteDeliveryRows::prepare(database.connection);
  if (!delivery_rows) return delivery_rows.error();
  database.delivery_rows.emplace(std::move(*delivery_rows));
  database.writer.emplace(database.connection, std::move(strand), options.most_per_commit);
  state->deliveries.emplace(file, *database.delivery_rows, *database.writer);
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(state)));
}

SqliteStore::SqliteStore(std::unique_ptr<State> state) : state_(std::move(state)) {}

SqliteStore::~SqliteStore() = default;

JobStore& SqliteStore::jobs() { return state_->jobs; }

AssetStore& SqliteStore::assets() { return state_->assets; }

DeliveryStore& SqliteStore::deliveries() { return *state_->deliveries; }

SqliteStats SqliteStore::stats() const {
  return {state_->database.writer->changes(), state_->database.writer->commits()};
}

}  // namespace kiln::store
