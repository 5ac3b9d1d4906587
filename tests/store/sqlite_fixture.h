#pragma once

#include <boost/asio/io_context.hpp>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/job_id.h"
#include "store/sqlite_database.h"
#include "store/sqlite_store.h"
#include "tests/store/temp_folder.h"

namespace kiln::store::test {

namespace fs = std::filesystem;

inline std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

/// Every file of a folder by name, with its bytes.
inline std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files[entry.path().filename().string()] = content(entry.path());
  }
  return files;
}

/// A queued job with a fresh id.
inline std::shared_ptr<Job> make_job(std::uint64_t sequence, const std::string& metadata = "{}") {
  RenderRequest request;
  request.scene = "sample:cornell-box";
  request.seed = sequence;
  request.metadata = metadata;
  auto job = std::make_shared<Job>();
  job->id = random_job_id();
  job->sequence = sequence;
  job->request = std::make_shared<const RenderRequest>(std::move(request));
  job->created_at = WallTime(std::chrono::microseconds(1'700'000'000'123'456));
  return job;
}

/// A store in a folder of its own, whose strand runs when the test says so.
class SqliteFixture : public testing::Test {
 protected:
  void open(SqliteOptions options = {}) {
    store.reset();
    auto opened = SqliteStore::open(file, io.get_executor(), options);
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(*opened);
  }

  /// An answer that is noted; `what` tells it from the others.
  StoreDone note(int what = 0) {
    return [this, what](Result<void> result) {
      order.push_back(what);
      results.push_back(std::move(result));
    };
  }

  /// Runs the strand until every change is answered, and takes the answers.
  std::vector<Result<void>> answers() {
    io.restart();
    io.run();
    return std::exchange(results, {});
  }

  void insert(std::uint64_t sequence) {
    store->jobs().insert(make_job(sequence), note());
    ASSERT_TRUE(answers().at(0));
  }

  std::vector<std::uint64_t> stored_sequences() {
    std::vector<std::uint64_t> sequences;
    for (const JobPtr& job : store->jobs().load_all().value()) sequences.push_back(job->sequence);
    return sequences;
  }

  /// What a machine without power would find: the files as they are while the server runs.
  fs::path copy_of_files() {
    const fs::path copy = folder.path() / "copy";
    fs::create_directory(copy);
    for (const char* name : {"kiln.db", "kiln.db-wal"}) fs::copy_file(folder.path() / name, copy / name);
    return copy;
  }

  /// While it lives, the writer waits for the database, so that what is given to it gathers in one group.
  class Hold {
   public:
    explicit Hold(const fs::path& file)
        : database_(std::move(SqliteDatabase::open(file, SqliteDatabase::Access::read_write).value())) {
      database_.execute("BEGIN IMMEDIATE").value();
    }
    ~Hold() { database_.execute("ROLLBACK").value(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    SqliteDatabase database_;
  };

  kiln::test::TempFolder folder;
  fs::path file = folder.path() / "kiln.db";
  boost::asio::io_context io;
  std::vector<int> order;
  std::vector<Result<void>> results;
  std::unique_ptr<SqliteStore> store;
};

}  // namespace kiln::store::test
