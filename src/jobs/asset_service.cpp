#include "jobs/asset_service.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "base/log.h"

namespace kiln::jobs {
namespace {

constexpr std::string_view kScheme = "sha256:";
constexpr std::string_view kBlobPrefix = "sha256-";

std::string blob_name(const std::string& id) {
  return std::string(kBlobPrefix) + id.substr(std::min(id.size(), kScheme.size()));
}

Result<AssetSummary> inspect_safely(Inspector& inspector, const std::filesystem::path& file,
                                    const std::string& media_type) {
  try {
    return inspector.inspect(file, media_type);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::out_of_memory, "there was not enough memory to inspect the file", ""};
  } catch (const std::exception& e) {
    return Error{ErrorCode::internal, std::string("inspecting the file failed: ") + e.what(), ""};
  }
}

/// Runs on the pool.
Result<AssetPtr> take_in(Inspector& inspector, store::BlobStore& blobs, StagedAsset staged, const std::string& id) {
  auto summary = inspect_safely(inspector, staged.blob.path(), staged.media_type);
  if (!summary) return summary.error();
  Asset asset{id, staged.blob.bytes(), std::move(staged.media_type), std::chrono::system_clock::now(),
              std::move(*summary)};
  auto kept = blobs.commit(std::move(staged.blob), store::BlobFolder::assets, blob_name(id));
  if (!kept) return kept.error();
  return std::make_shared<const Asset>(std::move(asset));
}

/// "sha256-" and 64 hex digits: other files in the folder are not ours.
bool is_blob_name(std::string_view name) {
  return name.size() == kBlobPrefix.size() + 64 && name.starts_with(kBlobPrefix) &&
         name.find_first_not_of("0123456789abcdef", kBlobPrefix.size()) == std::string_view::npos;
}

void sweep(store::BlobStore& blobs) {
  const auto names = blobs.list(store::BlobFolder::assets);
  if (!names) return spdlog::warn("{}", names.error().message);
  for (const std::string& name : *names) {
    if (!is_blob_name(name)) continue;
    if (auto removed = blobs.remove(store::BlobFolder::assets, name); !removed) {
      spdlog::warn("{}", removed.error().message);
    }
  }
}

}  // namespace

AssetService::AssetService(boost::asio::any_io_executor strand, Inspector& inspector, store::BlobStore& blobs,
                           unsigned threads)
    : strand_(std::move(strand)),
      inspector_(inspector),
      blobs_(blobs),
      self_(std::make_shared<AssetService*>(this)),
      pool_(std::max(threads, 1u)) {
  sweep(blobs_);
}

AssetService::~AssetService() {
  pool_.stop();
  pool_.join();
}

void AssetService::add(StagedAsset staged, AddCallback done) {
  const std::string id = std::string(kScheme) + staged.sha256_hex;
  if (const AssetPtr known = find(id)) {
    boost::asio::post(strand_, [done = std::move(done), known] { done(AddedAsset{known, true}); });
    return;
  }
  auto& waiting = arriving_[id];
  waiting.push_back(std::move(done));
  if (waiting.size() > 1) return;
  // The pool's threads end before this object does, so `this` is good there; on the strand it may be gone.
  auto upload = std::make_shared<StagedAsset>(std::move(staged));
  boost::asio::post(pool_, [this, upload, id, self = std::weak_ptr(self_)] {
    auto outcome = take_in(inspector_, blobs_, std::move(*upload), id);
    boost::asio::post(strand_, [self, id, outcome = std::move(outcome)] {
      if (const auto alive = self.lock()) (*alive)->inspected(id, outcome);
    });
  });
}

void AssetService::inspected(const std::string& id, Result<AssetPtr> outcome) {
  const auto waiting = arriving_.extract(id);
  if (outcome) assets_[id].asset = *outcome;
  bool known = false;
  for (const AddCallback& done : waiting.mapped()) {
    if (outcome) {
      done(AddedAsset{*outcome, known});
    } else {
      done(outcome.error());
    }
    known = true;
  }
}

AssetPtr AssetService::find(const std::string& id) const {
  const auto at = assets_.find(id);
  return at == assets_.end() ? nullptr : at->second.asset;
}

AssetPage AssetService::list(std::size_t limit, const std::string& cursor) const {
  AssetPage page;
  auto at = assets_.upper_bound(cursor);
  for (; at != assets_.end() && page.assets.size() < limit; ++at) page.assets.push_back(at->second.asset);
  if (at != assets_.end() && !page.assets.empty()) page.next = page.assets.back()->id;
  return page;
}

Result<void> AssetService::remove(const std::string& id) {
  const auto at = assets_.find(id);
  if (at == assets_.end()) return Error{ErrorCode::unknown_asset, "there is no asset " + id, ""};
  if (at->second.holds > 0) {
    return Error{ErrorCode::asset_in_use, std::to_string(at->second.holds) + " unfinished jobs need asset " + id, ""};
  }
  auto removed = blobs_.remove(store::BlobFolder::assets, blob_name(id));
  if (removed) assets_.erase(at);
  return removed;
}

std::filesystem::path AssetService::file(const std::string& id) const {
  return blobs_.path(store::BlobFolder::assets, blob_name(id));
}

void AssetService::hold(const std::string& id) {
  if (const auto at = assets_.find(id); at != assets_.end()) ++at->second.holds;
}

void AssetService::release(const std::string& id) {
  if (const auto at = assets_.find(id); at != assets_.end() && at->second.holds > 0) --at->second.holds;
}

}  // namespace kiln::jobs
