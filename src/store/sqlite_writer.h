#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "store/job_store.h"
#include "store/sqlite_database.h"

namespace kiln::store {

/// Group commit: a thread that puts all changes that wait when it comes round into one transaction, and answers them
/// once that is synced. While the disk works on one group, the next one gathers.
class SqliteWriter {
 public:
  /// Executes statements on the writer's database, on the writer's thread. storage_full undoes the group, and
  /// then its changes are made one by one; io_error undoes the group; a change that fails otherwise must have changed
  /// nothing.
  using Change = std::function<Result<void>()>;

  /// `database` outlives the writer, whose thread alone uses it from now on. Answers are posted to `strand`.
  SqliteWriter(SqliteDatabase& database, boost::asio::any_io_executor strand, std::size_t most_per_commit);

  /// Writes what waits, then ends the thread.
  ~SqliteWriter();

  /// Any thread; does not wait for the disk. Until its answer is posted, the change is work of the strand's context.
  void write(Change change, StoreDone done);

  std::uint64_t changes() const { return changes_; }  ///< made durable so far; any thread
  std::uint64_t commits() const { return commits_; }  ///< any thread

 private:
  struct Waiting {
    Change change;
    StoreDone done;
    boost::asio::any_io_executor strand;  ///< tracks the work
    Result<void> result;
  };

  void write_until_closed();
  std::vector<Waiting> next_group();  ///< waits; empty: closed and nothing left
  void commit(std::span<Waiting> group);
  Result<void> write_group(std::span<Waiting> group);

  SqliteDatabase& database_;
  const boost::asio::any_io_executor strand_;
  const std::size_t most_per_commit_;
  bool checkpoints_on_close_ = false;

  std::mutex mutex_;  ///< of the next two
  std::deque<Waiting> waiting_;
  bool closing_ = false;
  std::condition_variable wake_;

  std::atomic<std::uint64_t> changes_{0}, commits_{0};
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace kiln::store
