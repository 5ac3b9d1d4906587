#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "kiln/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace kiln::store {

/// What is bound to a parameter. The text is not copied: it must stay until the call ends.
using SqliteValue = std::variant<std::monostate, std::int64_t, double, std::string_view>;

template <class T>
SqliteValue value_or_null(const std::optional<T>& value) {
  return value ? SqliteValue(*value) : SqliteValue();
}

/// A prepared statement. Ends before its database does.
/// Errors of every call: storage_full; internal when a row breaks a constraint (that row is left out, the transaction
/// goes on); else io_error. All name the file and say what SQLite says.
class SqliteStatement {
 public:
  SqliteStatement() = default;
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&& other) noexcept;
  ~SqliteStatement();

  /// Executes a statement that gives no rows. `values` stand for its parameters, in order.
  Result<void> run(std::initializer_list<SqliteValue> values);

  /// Begins a query; next() gives its rows. The texts among `values` must stay until the last of them.
  Result<void> start(std::initializer_list<SqliteValue> values);
  Result<bool> next();  ///< false: there are no more

  // Columns of the present row, from 0. A column of another type is converted as SQLite does.
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;  ///< stays until the next call of next()

  /// Rows that the last run() inserted, changed or deleted.
  std::int64_t changed() const;

 private:
  Error error() const;
  void finish();

  sqlite3_stmt* statement_ = nullptr;
};

/// A connection to one database file. One thread at a time.
class SqliteDatabase {
 public:
  enum class Access { read_only, read_write };

  /// Opens a file that exists. Errors: io_error, storage_full.
  static Result<SqliteDatabase> open(const std::filesystem::path& file, Access access);

  SqliteDatabase(SqliteDatabase&& other) noexcept;
  SqliteDatabase& operator=(SqliteDatabase&& other) noexcept;
  ~SqliteDatabase();

  /// Executes SQL without parameters, several statements if need be; rows are dropped.
  Result<void> execute(const std::string& sql);

  Result<SqliteStatement> prepare(std::string_view sql);

  /// The first column of the first row.
  Result<std::int64_t> query_integer(std::string_view sql);

  /// A failed write may have ended the transaction of itself.
  bool in_transaction() const;

  /// Whether closing moves the write-ahead log into the file. Without, the file stays byte for byte as it is.
  void set_checkpoint_on_close(bool on);

 private:
  explicit SqliteDatabase(sqlite3* database) : database_(database) {}

  sqlite3* database_ = nullptr;
};

}  // namespace kiln::store
