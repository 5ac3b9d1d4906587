#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kiln/asset.h"
#include "kiln/engine.h"

#include "store/blob_store.h"

namespace kiln::jobs {

using AssetPtr = std::shared_ptr<const Asset>;

struct AddedAsset {
  AssetPtr asset;
  bool known = false;  ///< it was there already
};

/// An upload that has arrived whole.
struct StagedAsset {
  store::StagedBlob blob;
  std::string sha256_hex;  ///< of the blob's bytes, 64 lower-case digits
  std::string media_type;
};

struct AssetPage {
  std::vector<AssetPtr> assets;
  std::optional<std::string> next;
};

/// Scenes and environment images, each stored once under the hash of its bytes. Everything is called on the strand's
/// thread, callbacks run on it, never inside the call. Looking into files happens on a small pool of threads.
/// What was uploaded to an earlier process is deleted at start: its summaries are not stored.
class AssetService {
 public:
  using AddCallback = std::function<void(Result<AddedAsset>)>;

  AssetService(boost::asio::any_io_executor strand, Inspector& inspector, store::BlobStore& blobs, unsigned threads);
  ~AssetService();  ///< waits for inspections that have begun
  AssetService(const AssetService&) = delete;
  AssetService& operator=(const AssetService&) = delete;

  /// Inspects the upload and keeps it. The same bytes arriving twice at once are inspected once.
  /// Errors: those of Inspector, storage_full, io_error.
  void add(StagedAsset staged, AddCallback done);

  /// Null when there is none. `id` is "sha256:<hex>".
  AssetPtr find(const std::string& id) const;

  /// By id, from the one after `cursor` (empty: the first).
  AssetPage list(std::size_t limit, const std::string& cursor) const;

  /// Errors: unknown_asset, asset_in_use (a job that is not finished refers to it).
  Result<void> remove(const std::string& id);

  std::filesystem::path file(const std::string& id) const;

  /// Held by jobs that are not finished; a held asset cannot be removed.
  void hold(const std::string& id);
  void release(const std::string& id);

 private:
  struct Entry {
    AssetPtr asset;
    std::size_t holds = 0;
  };

  void inspected(const std::string& id, Result<AssetPtr> outcome);

  boost::asio::any_io_executor strand_;
  Inspector& inspector_;
  store::BlobStore& blobs_;
  std::map<std::string, Entry> assets_;
  std::map<std::string, std::vector<AddCallback>> arriving_;  ///< who waits for an inspection that is under way
  std::shared_ptr<AssetService*> self_;                       ///< handlers that outlive this object find null
  boost::asio::thread_pool pool_;
};

}  // namespace kiln::jobs
