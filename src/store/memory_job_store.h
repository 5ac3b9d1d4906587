#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "store/job_store.h"

namespace kiln::store {

/// Keeps no job beyond the process (the table in memory is the only one), so every change is as durable as it gets at
/// once. Completions are posted to `strand`.
class MemoryJobStore final : public JobStore {
 public:
  explicit MemoryJobStore(boost::asio::any_io_executor strand) : strand_(std::move(strand)) {}

  void insert(JobPtr job, StoreDone done) override;
  void insert_batch(BatchPtr batch, std::vector<JobPtr> jobs, StoreDone done) override;
  void update(JobPtr job, std::uint32_t expected_attempt, StoreDone done) override;
  void remove(const JobId& id, StoreDone done) override;
  void forget(const JobId& id, WallTime now, StoreDone done) override;
  Result<std::vector<JobPtr>> load_all() override;
  Result<std::vector<BatchPtr>> load_batches() override;
  Result<std::vector<JobId>> load_forgotten() override;

 private:
  boost::asio::any_io_executor strand_;
};

}  // namespace kiln::store
