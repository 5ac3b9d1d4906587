#include "store/sqlite_database.h"

#include <cerrno>
#include <sqlite3.h>
#include <utility>

namespace kiln::store {
namespace {

constexpr int kBusyTimeout_ms = 5000;  // somebody looks into the file with another program

/// What the last call on `database` failed of.
Error sqlite_error(sqlite3* database, const std::string& file) {
  const int code = sqlite3_extended_errcode(database) & 0xff;
  if (code == SQLITE_CONSTRAINT || code == SQLITE_TOOBIG) {
    return {ErrorCode::internal, file + " does not take this: " + sqlite3_errmsg(database), ""};
  }
  const bool asked_the_system = code == SQLITE_IOERR || code == SQLITE_CANTOPEN;
  const int system_error = asked_the_system ? sqlite3_system_errno(database) : 0;
  const bool full = code == SQLITE_FULL || system_error == ENOSPC || system_error == EDQUOT;
  return {full ? ErrorCode::storage_full : ErrorCode::io_error, file + ": " + sqlite3_errmsg(database), ""};
}

/// The file's name, as SQLite made it absolute.
std::string file_of(sqlite3* database) {
  const char* name = sqlite3_db_filename(database, "main");
  return name ? name : "the database";
}

int bind(sqlite3_stmt* statement, int parameter, const SqliteValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, parameter, *integer);
  }
  if (const auto* real = std::get_if<double>(&value)) return sqlite3_bind_double(statement, parameter, *real);
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    // A null pointer would bind NULL.
    return sqlite3_bind_text64(statement, parameter, text->data() ? text->data() : "", text->size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, parameter);
}

}  // namespace

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

SqliteStatement& SqliteStatement::operator=(SqliteStatement&& other) noexcept {
  std::swap(statement_, other.statement_);
  return *this;
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

Error SqliteStatement::error() const {
  sqlite3* database = sqlite3_db_handle(statement_);
  return sqlite_error(database, file_of(database));
}

void SqliteStatement::finish() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<void> SqliteStatement::start(std::initializer_list<SqliteValue> values) {
  finish();
  int parameter = 0;
  for (const SqliteValue& value : values) {
    if (bind(statement_, ++parameter, value) != SQLITE_OK) return error();
  }
  return {};
}

Result<bool> SqliteStatement::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    finish();
    return false;
  }
  const Error failed = error();
  finish();
  return failed;
}

Result<void> SqliteStatement::run(std::initializer_list<SqliteValue> values) {
  if (auto started = start(values); !started) return started;
  auto row = next();
  if (!row) return row.error();
  if (*row) finish();
  return {};
}

bool SqliteStatement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t SqliteStatement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

double SqliteStatement::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view SqliteStatement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text ? std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
              : std::string_view();
}

std::int64_t SqliteStatement::changed() const { return sqlite3_changes64(sqlite3_db_handle(statement_)); }

Result<SqliteDatabase> SqliteDatabase::open(const std::filesystem::path& file, Access access) {
  sqlite3* opened = nullptr;
  const int mode = access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int code = sqlite3_open_v2(file.c_str(), &opened, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  SqliteDatabase database(opened);  // there may be a connection even so, to ask for the reason
  if (!opened) return Error{ErrorCode::out_of_memory, "no memory to open " + file.string(), ""};
  if (code != SQLITE_OK) return sqlite_error(opened, file.string());
  sqlite3_busy_timeout(opened, kBusyTimeout_ms);
  return database;
}

SqliteDatabase::SqliteDatabase(SqliteDatabase&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

SqliteDatabase& SqliteDatabase::operator=(SqliteDatabase&& other) noexcept {
  std::swap(database_, other.database_);
  return *this;
}

SqliteDatabase::~SqliteDatabase() { sqlite3_close(database_); }

Result<void> SqliteDatabase::execute(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return sqlite_error(database_, file_of(database_));
}

Result<SqliteStatement> SqliteDatabase::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK) {
    return sqlite_error(database_, file_of(database_));
  }
  return SqliteStatement(statement);
}

Result<std::int64_t> SqliteDatabase::query_integer(std::string_view sql) {
  auto query = prepare(sql);
  if (!query) return query.error();
  auto row = query->next();
  if (!row) return row.error();
  return *row ? query->integer(0) : 0;
}

bool SqliteDatabase::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

void SqliteDatabase::set_checkpoint_on_close(bool on) {
  sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 0 : 1, nullptr);
}

}  // namespace kiln::store
