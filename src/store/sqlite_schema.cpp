#include "store/sqlite_schema.h"

#include <array>
#include <string>
#include <system_error>

#include "base/files.h"

namespace kiln::store {
namespace {

namespace fs = std::filesystem;

// Step i brings a database of version i to version i + 1. Steps that were released never change: a new one is added.
//
// Times are microseconds since 1970 (UTC), ids are text, request, report and summary are JSON texts of src/codec.
// INTEGER PRIMARY KEY is SQLite's 64-bit BIGINT, and makes acceptance order the order on the disk.
constexpr std::array kMigrations = {
    R"(
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
)",
    R"(
ALTER TABLE jobs ADD COLUMN cached BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN batch TEXT;
ALTER TABLE jobs ADD COLUMN batch_index BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN webhook TEXT;
ALTER TABLE jobs ADD COLUMN idempotency_key TEXT;
ALTER TABLE jobs ADD COLUMN idempotency_digest TEXT;
CREATE INDEX jobs_of_batch ON jobs (batch) WHERE batch IS NOT NULL;
CREATE TABLE batches (
  id TEXT NOT NULL PRIMARY KEY,
  size BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  webhook TEXT,
  idempotency_key TEXT,
  idempotency_digest TEXT
);
CREATE TABLE webhook_deliveries (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  event TEXT NOT NULL,
  url TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  next_at BIGINT,
  finished_at BIGINT,
  last_status BIGINT,
  last_error TEXT
);
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (state);
CREATE INDEX webhook_deliveries_by_subject ON webhook_deliveries (subject);
CREATE TABLE webhook_bodies (
  id TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
);
)"};

constexpr std::size_t kHeaderBytes = 100;
using Header = std::array<std::byte, kHeaderBytes>;

/// The database header (SQLite, "Database File Format", section 1.3) is read without SQLite, which would change what
/// stands beside the file before it knows whether it may.
std::uint32_t big_endian(const Header& header, std::size_t offset, std::size_t bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | std::to_integer<std::uint32_t>(header[offset + i]);
  return value;
}

Error refused(const fs::path& file, const std::string& why) {
  return {ErrorCode::io_error, file.string() + " " + why + "; it is left as it is", ""};
}

fs::path beside(fs::path file, const char* suffix) { return file += suffix; }

std::uintmax_t size_or_zero(const fs::path& file) {
  std::error_code failed;
  const auto bytes = fs::file_size(file, failed);
  return failed ? 0 : bytes;
}

/// A checkpoint writes the header before the last pages, so while there is a log the file may be the shorter one.
bool is_cut_off(const fs::path& file, const Header& header) {
  if (size_or_zero(beside(file, "-wal")) > 0 || size_or_zero(beside(file, "-journal")) > 0) return false;
  const bool pages_are_known = big_endian(header, 24, 4) == big_endian(header, 92, 4);
  const std::uint32_t stored_page_bytes = big_endian(header, 16, 2);
  const std::uint64_t page_bytes = stored_page_bytes == 1 ? 65536 : stored_page_bytes;
  return pages_are_known && size_or_zero(file) < page_bytes * big_endian(header, 28, 4);
}

/// The schema changes only while there is no write-ahead log, so the header says its version.
Result<std::uint32_t> read_version(const fs::path& file) {
  auto fd = open_file(file);
  if (!fd) return fd.error();
  Header header{};
  auto bytes = read_at(fd->get(), header, 0, file);
  if (!bytes) return bytes.error();
  if (*bytes == 0) return refused(file, "is empty: the jobs that were in it are lost");
  const std::string_view magic(reinterpret_cast<const char*>(header.data()), 16);
  if (*bytes < kHeaderBytes || magic != std::string_view("SQLite format 3\0", 16)) {
    return refused(file, "is damaged or no database");
  }
  if (big_endian(header, 68, 4) != kApplicationId) return refused(file, "is the database of another application");
  const std::uint32_t version = big_endian(header, 60, 4);
  if (version > schema_version()) {
    return refused(file, "was written by a newer version of Kiln (schema " + std::to_string(version) +
                             ", this version reads up to " + std::to_string(schema_version()) + ")");
  }
  if (is_cut_off(file, header)) return refused(file, "is cut off");
  return version;
}

Result<void> migrate(SqliteDatabase& database, std::uint32_t from) {
  std::string sql = "BEGIN IMMEDIATE;";
  for (std::size_t step = from; step < kMigrations.size(); ++step) sql += kMigrations[step];
  sql += "PRAGMA application_id = " + std::to_string(kApplicationId) + ";";
  sql += "PRAGMA user_version = " + std::to_string(schema_version()) + "; COMMIT;";
  auto done = database.execute(sql);
  if (!done && database.in_transaction()) database.execute("ROLLBACK");
  return done;
}

/// Made under another name and renamed: a file of the right name is whole, also after a crash.
Result<void> create_database(const fs::path& file) {
  const fs::path part = beside(file, ".part");
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
    std::error_code failed;
    fs::remove(beside(part, suffix), failed);
    if (failed) return file_error("cannot remove", beside(part, suffix), failed.value());
  }
  if (auto made = create_file(part); !made) return made.error();
  {
    auto database = SqliteDatabase::open(part, SqliteDatabase::Access::read_write);
    if (!database) return database.error();
    if (auto migrated = migrate(*database, 0); !migrated) return migrated;
    if (auto set = database->execute("PRAGMA journal_mode = WAL"); !set) return set;
  }
  std::error_code failed;
  fs::rename(part, file, failed);
  if (failed) return file_error("cannot rename to", file, failed.value());
  return sync_directory(file.has_parent_path() ? file.parent_path() : fs::path("."));
}

/// A kill in the middle of a migration leaves a journal, and a header that may name the new version already: with the
/// first look SQLite puts the old pages back.
Result<std::uint32_t> version_behind_journal(SqliteDatabase& database) {
  const auto version = database.query_integer("PRAGMA user_version");
  if (!version) return version.error();
  return static_cast<std::uint32_t>(*version);
}

/// SQLite would take the log of a file that is gone for that of a new one.
Result<void> check_for_leftovers(const fs::path& file) {
  for (const char* suffix : {"-wal", "-journal"}) {
    const fs::path log = beside(file, suffix);
    if (std::error_code ignored; fs::exists(log, ignored)) {
      return Error{ErrorCode::io_error,
                   file.string() + " is missing, but its log " + log.string() +
                       " is there: put the file back or move the log away",
                   ""};
    }
  }
  return {};
}

}  // namespace

std::uint32_t schema_version() { return static_cast<std::uint32_t>(kMigrations.size()); }

Result<SqliteDatabase> open_kiln_database(const fs::path& file) {
  std::error_code failed;
  const bool is_new = !fs::exists(file, failed);
  if (failed) return file_error("cannot read", file, failed.value());
  if (is_new) {
    if (auto clean = check_for_leftovers(file); !clean) return clean.error();
    if (auto created = create_database(file); !created) return created.error();
  }
  auto version = read_version(file);
  if (!version) return version.error();
  auto database = SqliteDatabase::open(file, SqliteDatabase::Access::read_write);
  if (!database) return database;
  if (size_or_zero(beside(file, "-journal")) > 0) version = version_behind_journal(*database);
  if (!version) return version.error();
  // Whoever opens a log that a crash left and then finds the rows unreadable must not have changed the file.
  if (size_or_zero(beside(file, "-wal")) > 0) database->set_checkpoint_on_close(false);
  Result<void> ready;
  if (*version < schema_version()) {
    ready = database->execute("PRAGMA journal_mode = DELETE");
    if (ready) ready = migrate(*database, *version);
  }
  if (ready)
    ready = database->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -2048");
  if (!ready) return ready.error();
  return database;
}

}  // namespace kiln::store
