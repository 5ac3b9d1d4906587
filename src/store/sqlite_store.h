#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "kiln/error.h"

#include "store/asset_store.h"
#include "store/delivery_store.h"
#include "store/job_store.h"

namespace kiln::store {

struct SqliteOptions {
  std::size_t most_per_commit = 4096;           ///< changes that share one commit; 1: each waits for a sync of its own
  std::size_t most_forgotten = kMostForgotten;  ///< ids that JobStore::forget remembers
  std::uint32_t most_database_pages = 0;  ///< of 4 KiB; beyond them the disk counts as full. 0: only the disk limits
};

/// What the store has written since it was opened.
struct SqliteStats {
  std::uint64_t changes = 0;  ///< that were made durable
  std::uint64_t commits = 0;  ///< transactions, each with one sync
};

/// Jobs and assets in one SQLite database: WAL, synced at each commit. One thread writes; all changes that wait when it
/// comes round share a transaction and its sync (group commit). A change that cannot be made (another attempt, an id
/// that is there already) fails alone. When a group does not fit on the disk, its changes are made one by one, so that
/// small ones and removals go through while large ones fail; when the disk fails otherwise, nothing of the group is
/// kept. Later changes succeed as soon as the disk does.
/// Times are kept in microseconds.
class SqliteStore {
 public:
  /// Opens the database, makes it where there is none, and brings an older one to the present schema. The caller sees
  /// to it that no other process has it open (FileBlobStore's lock). Completions are posted to `strand`, in the order
  /// of the calls; each change counts as work of the strand's context until then. Errors: storage_full; io_error, also
  /// for a file of a newer version, of another application or that is damaged: it is then left as it was.
  static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& file,
                                                   boost::asio::any_io_executor strand, SqliteOptions options = {});

  /// Writes what was given to it, then closes.
  ~SqliteStore();

  JobStore& jobs();
  AssetStore& assets();
  DeliveryStore& deliveries();
  SqliteStats stats() const;  ///< any thread

 private:
  struct State;
  explicit SqliteStore(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace kiln::store
