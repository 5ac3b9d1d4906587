#include "store/memory_job_store.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace kiln::store {
namespace {

void complete(const boost::asio::any_io_executor& strand, StoreDone done) {
  boost::asio::post(strand, [done = std::move(done)] { done(Result<void>()); });
}

}  // namespace

void MemoryJobStore::insert(JobPtr, StoreDone done) { complete(strand_, std::move(done)); }

void MemoryJobStore::insert_batch(BatchPtr, std::vector<JobPtr>, StoreDone done) { complete(strand_, std::move(done)); }

void MemoryJobStore::update(JobPtr, std::uint32_t, StoreDone done) { complete(strand_, std::move(done)); }

void MemoryJobStore::remove(const JobId&, StoreDone done) { complete(strand_, std::move(done)); }

void MemoryJobStore::forget(const JobId&, WallTime, StoreDone done) { complete(strand_, std::move(done)); }

Result<std::vector<JobPtr>> MemoryJobStore::load_all() { return std::vector<JobPtr>(); }

Result<std::vector<BatchPtr>> MemoryJobStore::load_batches() { return std::vector<BatchPtr>(); }

Result<std::vector<JobId>> MemoryJobStore::load_forgotten() { return std::vector<JobId>(); }

}  // namespace kiln::store
