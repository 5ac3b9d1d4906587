// The way of an upload: inspected, given room, made durable as a file and then as a row, and only then answered.
#include <utility>

#include "jobs/asset_internal.h"
#include "jobs/guarded_call.h"

namespace kiln::jobs {

struct AssetService::Upload {
  explicit Upload(StagedAsset s) : id("sha256:" + s.sha256_hex), bytes(s.blob.bytes()), staged(std::move(s)) {}

  /// Removes the file, if it is still staged.
  void drop() { [[maybe_unused]] const store::StagedBlob dropped = std::move(staged.blob); }

  std::string id;
  std::uint64_t bytes;
  StagedAsset staged;
  Result<AssetSummary> summary = AssetSummary{};
  AssetPtr asset;
};

void AssetService::add(StagedAsset staged, AddCallback done) {
  const auto upload = std::make_shared<Upload>(std::move(staged));
  if (const auto at = assets_.find(upload->id); at != assets_.end()) {
    if (at->second.leaving) {
      at->second.queued.emplace_back([this, upload, done] { add(std::move(upload->staged), done); });
      return;
    }
    touch(upload->id);
    boost::asio::post(strand_, [done = std::move(done), known = at->second.asset] { done(AddedAsset{known, true}); });
    return;
  }
  auto& waiting = arriving_[upload->id];
  waiting.push_back(std::move(done));
  if (waiting.size() > 1) return;
  on_pool([this, upload, back = on_strand([this, upload] { inspected(upload); })] {
    upload->summary = guarded_call("inspecting the file failed", [&] {
      return inspector_.inspect(upload->staged.blob.path(), upload->staged.media_type);
    });
    if (!upload->summary) upload->drop();  // here, as it may take a while
    boost::asio::post(strand_, back);
  });
}

void AssetService::inspected(const UploadPtr& upload) {
  if (!upload->summary) return refused(upload, upload->summary.error());
  if (auto room = make_room(upload->bytes); !room) return refused(upload, room.error());
  const WallTime now = options_.wall_clock();
  upload->asset = std::make_shared<const Asset>(
      Asset{upload->id, upload->bytes, upload->staged.media_type, now, now, std::move(*upload->summary)});
  bytes_ += upload->bytes;
  on_pool([this, upload, back = on_strand([this, upload](const Result<void>& kept) { committed(upload, kept); })] {
    auto kept = blobs_.commit(std::move(upload->staged.blob), store::BlobFolder::assets, asset_blob_name(upload->id));
    boost::asio::post(strand_, [back, kept] { back(kept); });
  });
}

void AssetService::committed(const UploadPtr& upload, const Result<void>& kept) {
  if (!kept) {
    bytes_ -= upload->bytes;
    return refused(upload, kept.error());
  }
  store_.put(upload->asset, on_strand([this, upload](const Result<void>& row) { stored(upload, row); }));
}

void AssetService::stored(const UploadPtr& upload, const Result<void>& kept) {
  if (!kept) {  // the file goes first: the answer must not promise what the disk does not keep
    bytes_ -= upload->bytes;
    on_pool([this, upload, back = on_strand([this, upload, kept] { refused(upload, kept.error()); })] {
      [[maybe_unused]] const auto removed = blobs_.remove(store::BlobFolder::assets, asset_blob_name(upload->id));
      boost::asio::post(strand_, back);
    });
    return;
  }
  Entry& entry = assets_[upload->id];
  entry.asset = upload->asset;
  entry.stored_use = upload->asset->used_at;
  entry.last_use = ++uses_;
  const auto waiting = arriving_.extract(upload->id);
  bool known = false;
  for (const AddCallback& done : waiting.mapped()) done(AddedAsset{upload->asset, std::exchange(known, true)});
}

void AssetService::refused(const UploadPtr& upload, const Error& error) {
  upload->drop();
  const auto waiting = arriving_.extract(upload->id);
  for (const AddCallback& done : waiting.mapped()) done(error);
}

/// Assets that no job needs make room, the one used longest ago first; none goes in vain.
Result<void> AssetService::make_room(std::uint64_t bytes) {
  if (options_.max_bytes == 0 || bytes_ + bytes <= options_.max_bytes) return {};
  const std::uint64_t wanted = bytes_ + bytes - options_.max_bytes;
  std::uint64_t given = 0;
  std::vector<Entries::iterator> leaving;
  for (const auto& at : by_use()) {
    if (given >= wanted) break;
    given += at->second.asset->bytes;
    leaving.push_back(at);
  }
  if (given < wanted) {
    return Error{ErrorCode::storage_full,
                 "assets take " + std::to_string(bytes_ - given) + " bytes that jobs need, and may take " +
                     std::to_string(options_.max_bytes) + ": there is no room for " + std::to_string(bytes) + " more",
                 ""};
  }
  for (const auto& at : leaving) leave(at, {});
  return {};
}

}  // namespace kiln::jobs
