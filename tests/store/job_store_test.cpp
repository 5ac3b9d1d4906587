#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

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
  EXPECT_TRUE(answers.empty());
  io.run();
  EXPECT_EQ(answers, (std::vector{1, 2, 3}));
  EXPECT_TRUE(store.load_all().value().empty());
}

}  // namespace
}  // namespace kiln::store
