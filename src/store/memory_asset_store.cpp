#include "store/memory_asset_store.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace kiln::store {
namespace {

void complete(const boost::asio::any_io_executor& strand, StoreDone done) {
  boost::asio::post(strand, [done = std::move(done)] { done(Result<void>()); });
}

}  // namespace

void MemoryAssetStore::put(AssetPtr, StoreDone done) { complete(strand_, std::move(done)); }

void MemoryAssetStore::remove(const std::string&, StoreDone done) { complete(strand_, std::move(done)); }

Result<std::vector<AssetPtr>> MemoryAssetStore::load_all() { return std::vector<AssetPtr>(); }

}  // namespace kiln::store
