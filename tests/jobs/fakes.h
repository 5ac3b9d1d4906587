#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "jobs/asset_service.h"
#include "jobs/service.h"
#include "store/file_blob_store.h"
#include "tests/jobs/fake_engine.h"
#include "tests/jobs/fake_stores.h"
#include "tests/store/temp_folder.h"

namespace kiln::jobs::test {

constexpr std::chrono::seconds kHang{30};

/// The strand, the stores and the assets around a Service.
class World {
 public:
  explicit World(FakeEngine::Behaviour behaviour, AssetOptions asset_options = {.threads = 1})
      : engine(std::move(behaviour)),
        store(io.get_executor()),
        asset_store(io.get_executor()),
        blobs(std::move(store::FileBlobStore::open(folder.path()).value())) {
    start_assets(std::move(asset_options));
  }

  /// Also again: then what an earlier one stored is there.
  void start_assets(AssetOptions options = {.threads = 1}) {
    service.reset();
    options.wall_clock = [this] { return wall_time; };
    asset_service.emplace(io.get_executor(), inspector, asset_store, *blobs, options);
  }

  AssetService& assets() { return *asset_service; }

  /// Also again: then what an earlier one stored is there.
  Service& start(ServiceOptions options = {}) {
    watching.disconnect();
    service.reset();
    options.samples = {"box"};
    options.engine_retry = std::chrono::milliseconds(1);
    options.store_retry = std::chrono::milliseconds(1);
    options.wall_clock = [this] { return wall_time; };
    service.emplace(io.get_executor(), engine, store, *blobs, assets(), options);
    watching = service->subscribe([this](const JobEvent& event) { events.push_back(event); });
    return *service;
  }

  /// Runs the strand until `met`; fails the test where that hangs.
  template <class Condition>
  void until(Condition met) {
    const auto deadline = std::chrono::steady_clock::now() + kHang;
    while (!met()) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the test hangs");
      io.run_one_for(std::chrono::milliseconds(5));
    }
  }

  /// Runs what is due now.
  void settle() { io.poll(); }

  static RenderRequest request() {
    RenderRequest r;
    r.scene = "sample:box";
    return r;
  }

  Result<JobPtr> submit_and_wait(RenderRequest r = request()) {
    std::optional<Result<JobPtr>> answer;
    service->submit({std::move(r)}, [&](const Result<Accepted>& accepted) {
      answer = accepted ? Result<JobPtr>(accepted->job) : Result<JobPtr>(accepted.error());
    });
    until([&] { return answer.has_value(); });
    return *answer;
  }
  JobId submit() { return submit_and_wait().value()->id; }

  Result<Accepted> accept(Submission submission) {
    std::optional<Result<Accepted>> answer;
    service->submit(std::move(submission), [&](Result<Accepted> accepted) { answer = std::move(accepted); });
    until([&] { return answer.has_value(); });
    return *answer;
  }
  Result<AcceptedBatch> accept(BatchSubmission submission) {
    std::optional<Result<AcceptedBatch>> answer;
    service->submit_batch(std::move(submission), [&](Result<AcceptedBatch> accepted) { answer = std::move(accepted); });
    until([&] { return answer.has_value(); });
    return *answer;
  }

  Result<JobPtr> cancel(const JobId& id) {
    std::optional<Result<JobPtr>> answer;
    service->cancel(id, [&](Result<JobPtr> job) { answer = std::move(job); });
    until([&] { return answer.has_value(); });
    return *answer;
  }

  Result<void> remove(const JobId& id) {
    std::optional<Result<void>> answer;
    service->remove(id, [&](Result<void> done) { answer = done; });
    until([&] { return answer.has_value(); });
    return *answer;
  }

  Result<AddedAsset> add(const std::string& content, const std::string& media_type) {
    std::optional<Result<AddedAsset>> answer;
    assets().add(staged(content, media_type), [&](Result<AddedAsset> added) { answer = std::move(added); });
    until([&] { return answer.has_value(); });
    return *answer;
  }

  /// The hash need not be that of the bytes here: any name of 64 digits serves.
  StagedAsset staged(const std::string& content, const std::string& media_type) {
    store::StagedBlob blob = blobs->stage().value();
    blob.write(std::as_bytes(std::span(content))).value();
    std::string hex(64, '0');
    for (std::size_t i = 0; i < content.size() && i < 32; ++i) {
      constexpr const char* kDigits = "0123456789abcdef";
      hex[2 * i] = kDigits[static_cast<unsigned char>(content[i]) >> 4];
      hex[2 * i + 1] = kDigits[static_cast<unsigned char>(content[i]) & 15];
    }
    return {std::move(blob), hex, media_type};
  }

  Result<void> remove_asset(const std::string& id) {
    std::optional<Result<void>> answer;
    assets().remove(id, [&](Result<void> done) { answer = done; });
    until([&] { return answer.has_value(); });
    return *answer;
  }

  JobState state(const JobId& id) const { return service->find(id).job->state; }
  void until_state(const JobId& id, JobState wanted) {
    until([&] { return state(id) == wanted; });
  }
  bool has_file(store::BlobFolder where, const JobId& id) const {
    return std::filesystem::exists(blobs->path(where, to_string(id)));
  }
  void put_file(store::BlobFolder where, const std::string& name) {
    blobs->commit(blobs->stage().value(), where, name).value();
  }
  std::size_t staged_files() const {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(folder.path() / "staging")) ++n;
    return n;
  }

  kiln::test::TempFolder folder;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  FakeEngine engine;
  FakeStore store;
  FakeAssetStore asset_store;
  std::unique_ptr<store::FileBlobStore> blobs;
  FakeInspector inspector;
  WallTime wall_time = std::chrono::system_clock::now();  ///< of the services
  std::optional<AssetService> asset_service;
  std::vector<JobEvent> events;
  std::optional<Service> service;
  Subscription watching;
};

}  // namespace kiln::jobs::test
