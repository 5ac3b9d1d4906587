#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "store/asset_store.h"

namespace kiln::store {

/// Keeps nothing beyond the process, as MemoryJobStore does. Completions are posted to `strand`.
class MemoryAssetStore final : public AssetStore {
 public:
  explicit MemoryAssetStore(boost::asio::any_io_executor strand) : strand_(std::move(strand)) {}

  void put(AssetPtr asset, StoreDone done) override;
  void remove(const std::string& id, StoreDone done) override;
  Result<std::vector<AssetPtr>> load_all() override;

 private:
  boost::asio::any_io_executor strand_;
};

}  // namespace kiln::store
