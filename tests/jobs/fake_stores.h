#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "jobs/asset_service.h"
#include "jobs/job_types.h"
#include "store/asset_store.h"
#include "store/job_store.h"

namespace kiln::jobs::test {

/// A store that keeps rows for a restart, and answers at once or when the test says so.
class FakeStore final : public store::JobStore {
 public:
  explicit FakeStore(boost::asio::any_io_executor strand) : strand_(std::move(strand)) {}

  void insert(JobPtr job, store::StoreDone done) override {
    calls.emplace_back("insert", job);
    if (!insert_error) stored.push_back(job);
    reply(insert_error, std::move(done));
  }
  void insert_batch(store::BatchPtr batch, std::vector<JobPtr> jobs, store::StoreDone done) override {
    calls.emplace_back("insert_batch", nullptr);
    if (!insert_error) {
      batches.push_back(batch);
      stored.insert(stored.end(), jobs.begin(), jobs.end());
    }
    reply(insert_error, std::move(done));
  }
  void update(JobPtr job, std::uint32_t expected_attempt, store::StoreDone done) override {
    calls.emplace_back("update", job);
    expected_attempts.push_back(expected_attempt);
    std::optional<Error> error = update_error;
    const auto row = find(job->id);
    if (!error && (row == stored.end() || (*row)->attempt != expected_attempt)) {
      error = Error{ErrorCode::engine_lost, "another attempt is stored", ""};
    }
    if (!error) *row = job;
    reply(error, std::move(done));
  }
  void remove(const JobId& id, store::StoreDone done) override {
    calls.emplace_back("remove", nullptr);
    if (!remove_error) drop(id, false);
    reply(remove_error, std::move(done));
  }
  void forget(const JobId& id, WallTime, store::StoreDone done) override {
    calls.emplace_back("forget", nullptr);
    if (!remove_error) drop(id, true);
    if (!remove_error) forgotten.push_back(id);
    reply(remove_error, std::move(done));
  }
  Result<std::vector<JobPtr>> load_all() override {
    if (load_error) return *load_error;
    return stored;
  }
  Result<std::vector<store::BatchPtr>> load_batches() override { return batches; }
  Result<std::vector<JobId>> load_forgotten() override {
    if (load_forgotten_error) return *load_forgotten_error;
    return forgotten;
  }

  /// Answers all that was held back.
  void release() {
    hold = false;
    for (auto& answer : std::exchange(held_, {})) boost::asio::post(strand_, std::move(answer));
  }

  bool hold = false;
  std::optional<Error> insert_error, update_error, remove_error;  ///< remove_error: of forget too
  std::optional<Error> load_error, load_forgotten_error;
  std::vector<JobPtr> stored;  ///< the rows, in acceptance order
  std::vector<store::BatchPtr> batches;
  std::vector<JobId> forgotten;
  std::vector<std::pair<std::string, JobPtr>> calls;  ///< all changes in order
  std::vector<std::uint32_t> expected_attempts;       ///< of the updates

 private:
  /// A batch goes with its last job.
  void drop(const JobId& id, bool remember_batch) {
    const auto row = find(id);
    if (row == stored.end()) return;
    const auto batch = (*row)->batch;
    stored.erase(row);
    if (!batch || std::any_of(stored.begin(), stored.end(), [&](const JobPtr& job) { return job->batch == batch; })) {
      return;
    }
    std::erase_if(batches, [&](const store::BatchPtr& b) { return b->id == *batch; });
    if (remember_batch) forgotten.push_back(*batch);
  }
  std::vector<JobPtr>::iterator find(const JobId& id) {
    return std::find_if(stored.begin(), stored.end(), [&](const JobPtr& job) { return job->id == id; });
  }
  void reply(const std::optional<Error>& error, store::StoreDone done) {
    auto answer = [done = std::move(done), error] { done(error ? Result<void>(*error) : Result<void>()); };
    if (hold) {
      held_.push_back(std::move(answer));
    } else {
      boost::asio::post(strand_, std::move(answer));
    }
  }

  boost::asio::any_io_executor strand_;
  std::vector<std::function<void()>> held_;
};

/// Keeps the rows of assets for a restart, and fails when the test says so.
class FakeAssetStore final : public store::AssetStore {
 public:
  explicit FakeAssetStore(boost::asio::any_io_executor strand) : strand_(std::move(strand)) {}

  void put(AssetPtr asset, store::StoreDone done) override {
    ++puts;
    if (!error) rows[asset->id] = asset;
    reply(std::move(done));
  }
  void remove(const std::string& id, store::StoreDone done) override {
    if (!error) rows.erase(id);
    reply(std::move(done));
  }
  Result<std::vector<AssetPtr>> load_all() override {
    if (load_error) return *load_error;
    std::vector<AssetPtr> all;
    for (const auto& [id, asset] : rows) all.push_back(asset);
    return all;
  }

  std::optional<Error> error, load_error;
  std::map<std::string, AssetPtr> rows;
  int puts = 0;

 private:
  void reply(store::StoreDone done) {
    boost::asio::post(strand_, [done = std::move(done), e = error] { done(e ? Result<void>(*e) : Result<void>()); });
  }

  boost::asio::any_io_executor strand_;
};

/// Takes files for scenes, but those of type "image/..." for environments; refuses "bad/...".
class FakeInspector final : public Inspector {
 public:
  Result<AssetSummary> inspect(const std::filesystem::path&, const std::string& media_type) override {
    ++inspected;
    if (media_type == "throw/it") throw std::runtime_error("the parser fell over");
    if (const std::chrono::milliseconds pause = takes; pause.count() > 0) std::this_thread::sleep_for(pause);
    if (media_type.starts_with("bad/")) return Error{ErrorCode::invalid_scene, "bad file", ""};
    AssetSummary summary;
    summary.kind = media_type.starts_with("image/") ? AssetKind::environment : AssetKind::scene;
    summary.device_bytes = device_bytes;
    return summary;
  }
  std::atomic<int> inspected{0};
  std::atomic<std::uint64_t> device_bytes{0};
  std::atomic<std::chrono::milliseconds> takes{};
};

}  // namespace kiln::jobs::test
