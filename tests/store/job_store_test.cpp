#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "store/memory_asset_store.h"
#include "store/memory_job_store.h"

namespace kiln::store {
namespace {

TEST(MemoryJobStore, AnswersInOrderAndNeverInsideTheCall) {
  boost::asio::io_context io;
  MemoryJobStore store(io.get_executor());
  std::vector<int> answers;
  const auto answer = [&](int n) {
    return [&answers, n](Result<void> done) {
      EXPECT_TRUE(done);
      answers.push_back(n);
    };
  };
  const auto job = std::make_shared<const Job>();
  store.insert(job, answer(1));
  store.update(job, 1, answer(2));
  store.remove(job->id, answer(3));
  store.forget(job->id, WallTime(), answer(4));
  EXPECT_TRUE(answers.empty());
  io.run();
  EXPECT_EQ(answers, (std::vector{1, 2, 3, 4}));
  EXPECT_TRUE(store.load_all().value().empty());
  EXPECT_TRUE(store.load_forgotten().value().empty());
}

TEST(MemoryAssetStore, AnswersInOrderAndNeverInsideTheCall) {
  boost::asio::io_context io;
  MemoryAssetStore store(io.get_executor());
  std::vector<int> answers;
  store.put(std::make_shared<const Asset>(), [&](const Result<void>& done) { answers.push_back(done ? 1 : -1); });
  store.remove("sha256:none", [&](const Result<void>& done) { answers.push_back(done ? 2 : -2); });
  EXPECT_TRUE(answers.empty());
  io.run();
  EXPECT_EQ(answers, (std::vector{1, 2}));
  EXPECT_TRUE(store.load_all().value().empty());
}

}  // namespace
}  // namespace kiln::store
