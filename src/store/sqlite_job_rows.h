#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "store/job_store.h"
#include "store/sqlite_database.h"

namespace kiln::store {

/// The tables of jobs and of forgotten jobs, a statement for each change. Used by one thread, inside the transactions
/// of whoever calls. Errors: those of SqliteStatement, and what is said below.
class SqliteJobRows {
 public:
  /// `database` outlives this.
  static Result<SqliteJobRows> prepare(SqliteDatabase& database);

  /// Errors: also internal, for an id or sequence that is there already and for metadata that is not JSON.
  Result<void> insert(const Job& job);

  /// All but id, sequence, request and created_at, which never change. Errors: also engine_lost, when there is no such
  /// job with `expected_attempt`.
  Result<void> update(const Job& job, std::uint32_t expected_attempt);

  Result<void> remove(const JobId& id);

  /// Removes the job, remembers its id, and of all that are remembered keeps the newest `most`.
  Result<void> forget(const JobId& id, WallTime now, std::size_t most);

 private:
  SqliteJobRows() = default;

  SqliteStatement insert_, update_, remove_, remember_, trim_;
};

/// All jobs by sequence. Reads through connections of its own, on as many threads as the machine has cores: most of the
/// time goes into the requests' JSON. Errors: io_error, naming the file and the job whose row cannot be read.
Result<std::vector<JobPtr>> load_jobs(const std::filesystem::path& file);

/// The ids that forget() keeps, oldest first.
Result<std::vector<JobId>> load_forgotten_jobs(const std::filesystem::path& file);

}  // namespace kiln::store
