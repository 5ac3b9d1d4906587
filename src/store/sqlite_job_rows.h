#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "store/job_store.h"
#include "store/sqlite_database.h"

namespace kiln::store {

/// The tables of jobs, batches and forgotten jobs, statements for each change. Used by one thread, inside the
/// transactions of whoever calls. Errors: those of SqliteStatement, and what is said below.
class SqliteJobRows {
 public:
  /// `database` outlives this.
  static Result<SqliteJobRows> prepare(SqliteDatabase& database);

  /// Errors: also internal, for an id or sequence that is there already and for metadata that is not JSON.
  Result<void> insert(const Job& job);

  /// All rows, or none with the errors of insert().
  Result<void> insert_batch(const Batch& batch, std::span<const JobPtr> jobs);

  /// What changes in the life of a job; id, sequence, request and whatever else it came with stay. Errors: also
  /// engine_lost, when there is no such job with `expected_attempt`.
  Result<void> update(const Job& job, std::uint32_t expected_attempt);

  /// With the last job of a batch the batch goes, too.
  Result<void> remove(const JobId& id);

  /// Removes the job, remembers its id and that of a batch which goes with it, and of all that are remembered keeps the
  /// newest `most`.
  Result<void> forget(const JobId& id, WallTime now, std::size_t most);

 private:
  explicit SqliteJobRows(SqliteDatabase& database) : database_(&database) {}
  Result<void> insert_rows(const Batch& batch, std::span<const JobPtr> jobs);

  SqliteDatabase* database_;
  SqliteStatement insert_, insert_batch_, update_, drop_batch_, remove_, remember_, remember_batch_, trim_;
};

/// All jobs by sequence. Reads through connections of its own, on as many threads as the machine has cores: most of the
/// time goes into the requests' JSON. Errors: io_error, naming the file and the job whose row cannot be read.
Result<std::vector<JobPtr>> load_jobs(const std::filesystem::path& file);

/// All batches. Errors: as load_jobs().
Result<std::vector<BatchPtr>> load_batches(const std::filesystem::path& file);

/// The ids that forget() keeps, oldest first.
Result<std::vector<JobId>> load_forgotten_jobs(const std::filesystem::path& file);

}  // namespace kiln::store
