#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kiln/asset.h"
#include "kiln/engine.h"

#include "store/asset_store.h"
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

struct AssetOptions {
  unsigned threads = 2;  ///< that look into uploads
  double ttl_s = 0;      ///< age since the last use at which an asset that no job needs goes; 0: never
  std::uint64_t max_bytes =
      0;  ///< of all assets; those that no job needs make room, the one used last goes last; 0: any
  std::function<WallTime()> wall_clock = [] { return std::chrono::system_clock::now(); };
};

/// Scenes and environment images, each stored once under the hash of its bytes. Everything is called on the strand's
/// thread, callbacks run on it, never inside the call. Looking into files happens on a small pool of threads.
/// What is there is durable: a row of the store for each asset, written after its file and removed before it.
class AssetService {
 public:
  using AddCallback = std::function<void(Result<AddedAsset>)>;
  using DoneCallback = std::function<void(Result<void>)>;

  /// Loads the stored assets, those whose file is there, and changes nothing. Throws std::runtime_error when the store
  /// cannot be read. What is passed by reference must outlive this object.
  AssetService(boost::asio::any_io_executor strand, Inspector& inspector, store::AssetStore& store,
               store::BlobStore& blobs, AssetOptions options);
  ~AssetService();  ///< waits for inspections that have begun
  AssetService(const AssetService&) = delete;
  AssetService& operator=(const AssetService&) = delete;

  /// Deletes what a crash has left: files without a row, rows without a file. Blocks; only at start, when everything
  /// else that is stored has been read, too.
  void sweep();

  /// Inspects the upload and keeps it; answers when it is durable. The same bytes arriving twice at once are inspected
  /// once. Errors: those of Inspector; storage_full, also when max_bytes leave no room; io_error.
  void add(StagedAsset staged, AddCallback done);

  /// Null when there is none. `id` is "sha256:<hex>".
  AssetPtr find(const std::string& id) const;

  /// By id, from the one after `cursor` (empty: the first).
  AssetPage list(std::size_t limit, const std::string& cursor) const;

  /// From the call on there is no such asset. Errors: unknown_asset, asset_in_use (a job that is not finished refers to
  /// it); io_error of the store, and then the asset is there again. On a full disk the file goes all the same, and its
  /// row follows when the disk takes changes again.
  void remove(const std::string& id, DoneCallback done);

  std::filesystem::path file(const std::string& id) const;

  /// Held by jobs that are not finished; a held asset cannot be removed.
  void hold(const std::string& id);
  void release(const std::string& id);

  /// Notes that the asset was used just now.
  void touch(const std::string& id);

  /// Removes assets that no job needs, by age and down to the limit of space, and rows that are due to go.
  void keep_within_limits();

  std::uint64_t bytes() const { return bytes_; }  ///< of all assets, uploads that are being stored among them

 private:
  struct Entry {
    AssetPtr asset;
    std::size_t holds = 0;
    WallTime stored_use{};                      ///< the time of use that the store knows
    std::uint64_t last_use = 0;                 ///< counts uses: unlike the clock, it never goes back
    bool leaving = false;                       ///< nobody but the store and the disk knows it any more
    std::vector<std::function<void()>> queued;  ///< uploads of the same bytes, for after that
  };
  struct Upload;  ///< on its way from the client to the store
  using UploadPtr = std::shared_ptr<Upload>;

  // Start.
  void load();

  // The way of an upload (asset_upload.cpp).
  void inspected(const UploadPtr& upload);
  void committed(const UploadPtr& upload, const Result<void>& kept);
  void stored(const UploadPtr& upload, const Result<void>& kept);
  void refused(const UploadPtr& upload, const Error& error);
  Result<void> make_room(std::uint64_t bytes);

  // Removal.
  using Entries = std::map<std::string, Entry>;
  void leave(Entries::iterator at, DoneCallback done);
  void left(const std::string& id, const Result<void>& removed, const DoneCallback& done);
  void remove_due_rows();
  std::vector<Entries::iterator> by_use();

  template <class Call>
  auto on_strand(Call call);  ///< a handler that does nothing once this object is gone
  template <class Call>
  void on_pool(Call call);

  boost::asio::any_io_executor strand_;
  Inspector& inspector_;
  store::AssetStore& store_;
  store::BlobStore& blobs_;
  AssetOptions options_;
  Entries assets_;
  std::uint64_t bytes_ = 0;
  std::uint64_t uses_ = 0;                                    ///< the newest last_use
  std::set<std::string> due_rows_;                            ///< of assets that are gone
  std::map<std::string, std::vector<AddCallback>> arriving_;  ///< who waits for an upload that is under way
  std::shared_ptr<AssetService*> self_;                       ///< handlers that outlive this object find null
  boost::asio::thread_pool pool_;
};

}  // namespace kiln::jobs
