#include "store/sqlite_writer.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <exception>
#include <iterator>
#include <string>
#include <utility>

namespace kiln::store {
namespace {

bool is_of_the_disk(const Result<void>& result) {
  return !result && (result.error().code == ErrorCode::storage_full || result.error().code == ErrorCode::io_error);
}

/// An exception must not end the thread that keeps everybody's promises.
Result<void> attempt(const SqliteWriter::Change& change) {
  try {
    return change();
  } catch (const std::exception& e) {
    return Error{ErrorCode::internal, std::string("a change could not be stored: ") + e.what(), ""};
  }
}

}  // namespace

SqliteWriter::SqliteWriter(SqliteDatabase& database, boost::asio::any_io_executor strand, std::size_t most_per_commit)
    : database_(database),
      strand_(boost::asio::prefer(std::move(strand), boost::asio::execution::outstanding_work_t::untracked)),
      most_per_commit_(std::max<std::size_t>(most_per_commit, 1)),
      thread_([this] { write_until_closed(); }) {}

SqliteWriter::~SqliteWriter() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SqliteWriter::write(Change change, StoreDone done) {
  auto working = boost::asio::prefer(strand_, boost::asio::execution::outstanding_work_t::tracked);
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(change), std::move(done), std::move(working), {}});
  }
  wake_.notify_one();
}

void SqliteWriter::write_until_closed() {
  for (;;) {
    std::vector<Waiting> group = next_group();
    if (group.empty()) return;
    commit(group);
    for (Waiting& one : group) {
      boost::asio::post(one.strand, [done = std::move(one.done), result = std::move(one.result)] { done(result); });
    }
  }
}

std::vector<SqliteWriter::Waiting> SqliteWriter::next_group() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), most_per_commit_));
  std::vector<Waiting> group(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return group;
}

/// On a full disk the changes of a group are made one by one: a small one, or one that gives room, may still fit.
void SqliteWriter::commit(std::span<Waiting> group) {
  const Result<void> written = write_group(group);
  if (!written) {
    if (database_.in_transaction()) database_.execute("ROLLBACK");
    if (written.error().code == ErrorCode::storage_full && group.size() > 1) {
      for (std::size_t i = 0; i < group.size(); ++i) commit(group.subspan(i, 1));
      return;
    }
    for (Waiting& one : group) one.result = written;
    return;
  }
  ++commits_;
  for (const Waiting& one : group) changes_ += one.result ? 1 : 0;
}

Result<void> SqliteWriter::write_group(std::span<Waiting> group) {
  if (!checkpoints_on_close_) {
    database_.set_checkpoint_on_close(true);  // the rows were good to read: from here on the file is ours to change
    checkpoints_on_close_ = true;
  }
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) return begun;
  for (Waiting& one : group) {
    one.result = attempt(one.change);
    if (is_of_the_disk(one.result)) return one.result;
  }
  return database_.execute("COMMIT");
}

}  // namespace kiln::store
