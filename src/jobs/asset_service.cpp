#include "jobs/asset_service.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "jobs/asset_internal.h"

namespace kiln::jobs {
namespace {

constexpr std::string_view kScheme = "sha256:";
constexpr std::string_view kBlobPrefix = "sha256-";
constexpr auto kStoredUseResolution = std::chrono::minutes(1);  ///< no commit for every job that is accepted

/// "sha256-" and 64 hex digits: other files in the folder are not ours.
bool is_blob_name(std::string_view name) {
  return name.size() == kBlobPrefix.size() + 64 && name.starts_with(kBlobPrefix) &&
         name.find_first_not_of("0123456789abcdef", kBlobPrefix.size()) == std::string_view::npos;
}

}  // namespace

std::string asset_blob_name(const std::string& id) {
  return std::string(kBlobPrefix) + id.substr(std::min(id.size(), kScheme.size()));
}

AssetService::AssetService(boost::asio::any_io_executor strand, Inspector& inspector, store::AssetStore& store,
                           store::BlobStore& blobs, AssetOptions options)
    : strand_(std::move(strand)),
      inspector_(inspector),
      store_(store),
      blobs_(blobs),
      options_(std::move(options)),
      self_(std::make_shared<AssetService*>(this)),
      pool_(std::max(options_.threads, 1u)) {
  load();
}

AssetService::~AssetService() {
  pool_.stop();
  pool_.join();
}

void AssetService::load() {
  const auto rows = store_.load_all();
  if (!rows) throw std::runtime_error("cannot read the stored assets: " + rows.error().message);
  const auto names = blobs_.list(store::BlobFolder::assets);
  if (!names) throw std::runtime_error(names.error().message);
  std::vector<AssetPtr> by_age = *rows;
  std::stable_sort(by_age.begin(), by_age.end(),
                   [](const AssetPtr& a, const AssetPtr& b) { return a->used_at < b->used_at; });
  for (const AssetPtr& asset : by_age) {
    if (std::binary_search(names->begin(), names->end(), asset_blob_name(asset->id))) {
      assets_[asset->id] = Entry{asset, 0, asset->used_at, ++uses_, false, {}};
      bytes_ += asset->bytes;
    } else {
      spdlog::warn("the file of asset {} is missing: the asset is dropped", asset->id);
      due_rows_.insert(asset->id);
    }
  }
}

void AssetService::sweep() {
  remove_due_rows();
  const auto names = blobs_.list(store::BlobFolder::assets);
  if (!names) throw std::runtime_error(names.error().message);
  for (const std::string& name : *names) {
    if (!is_blob_name(name) || assets_.contains(std::string(kScheme) + name.substr(kBlobPrefix.size()))) continue;
    if (auto removed = blobs_.remove(store::BlobFolder::assets, name); !removed) {
      spdlog::warn("{}", removed.error().message);
    }
  }
}

AssetPtr AssetService::find(const std::string& id) const {
  const auto at = assets_.find(id);
  return at == assets_.end() || at->second.leaving ? nullptr : at->second.asset;
}

AssetPage AssetService::list(std::size_t limit, const std::string& cursor) const {
  AssetPage page;
  for (auto at = assets_.upper_bound(cursor); at != assets_.end(); ++at) {
    if (at->second.leaving) continue;
    if (page.assets.size() == limit) {
      if (limit > 0) page.next = page.assets.back()->id;
      break;
    }
    page.assets.push_back(at->second.asset);
  }
  return page;
}

void AssetService::remove(const std::string& id, DoneCallback done) {
  const auto at = assets_.find(id);
  Result<void> refusal;
  if (at == assets_.end() || at->second.leaving) {
    refusal = Error{ErrorCode::unknown_asset, "there is no asset " + id, ""};
  } else if (at->second.holds > 0) {
    refusal =
        Error{ErrorCode::asset_in_use, std::to_string(at->second.holds) + " unfinished jobs need asset " + id, ""};
  } else {
    return leave(at, std::move(done));
  }
  boost::asio::post(strand_, [done = std::move(done), refusal] { done(refusal); });
}

/// The row goes first: a crash in between leaves a file that the next start sweeps. On a full disk nothing else may
/// give room, so the file goes before its row: a crash leaves a row that the next start drops.
void AssetService::leave(Entries::iterator at, DoneCallback done) {
  const std::string& id = at->first;
  at->second.leaving = true;
  bytes_ -= at->second.asset->bytes;
  auto end = on_strand([this, id, done = std::move(done)](const Result<void>& removed) { left(id, removed, done); });
  store_.remove(id, on_strand([this, id, end](const Result<void>& row) {
                  if (!row && row.error().code != ErrorCode::storage_full) return end(row);
                  if (!row) due_rows_.insert(id);
                  on_pool([this, id, end] {
                    if (auto removed = blobs_.remove(store::BlobFolder::assets, asset_blob_name(id)); !removed) {
                      spdlog::warn("{}", removed.error().message);
                    }
                    boost::asio::post(strand_, [end] { end(Result<void>()); });
                  });
                }));
}

void AssetService::left(const std::string& id, const Result<void>& removed, const DoneCallback& done) {
  const auto at = assets_.find(id);
  const auto queued = std::exchange(at->second.queued, {});
  if (removed) {
    assets_.erase(at);
  } else {
    at->second.leaving = false;
    bytes_ += at->second.asset->bytes;
    spdlog::warn("asset {} could not be removed: {}", id, removed.error().message);
  }
  if (done) done(removed);
  for (const auto& upload : queued) upload();
}

std::filesystem::path AssetService::file(const std::string& id) const {
  return blobs_.path(store::BlobFolder::assets, asset_blob_name(id));
}

void AssetService::hold(const std::string& id) {
  if (const auto at = assets_.find(id); at != assets_.end()) ++at->second.holds;
}

void AssetService::release(const std::string& id) {
  if (const auto at = assets_.find(id); at != assets_.end() && at->second.holds > 0) --at->second.holds;
}

void AssetService::touch(const std::string& id) {
  const auto at = assets_.find(id);
  if (at == assets_.end() || at->second.leaving) return;
  Entry& entry = at->second;
  const WallTime now = options_.wall_clock();
  auto used = std::make_shared<Asset>(*entry.asset);
  used->used_at = now;
  entry.last_use = ++uses_;
  entry.asset = std::move(used);
  if (std::chrono::abs(now - entry.stored_use) < kStoredUseResolution) return;
  entry.stored_use = now;
  store_.put(entry.asset, [](const Result<void>&) {});  // a use that is not stored makes an asset look older: no harm
}

/// An upload of the same bytes makes a row good again, or will soon.
void AssetService::remove_due_rows() {
  std::erase_if(due_rows_, [this](const std::string& id) { return find(id) != nullptr; });
  for (const std::string& id : due_rows_) {
    if (arriving_.contains(id)) continue;
    store_.remove(id, on_strand([this, id](const Result<void>& removed) {
                    if (removed) due_rows_.erase(id);
                  }));
  }
}

void AssetService::keep_within_limits() {
  remove_due_rows();
  if (options_.ttl_s <= 0 && options_.max_bytes == 0) return;
  const WallTime now = options_.wall_clock();
  for (const auto& at : by_use()) {
    const double age_s = std::chrono::duration<double>(now - at->second.asset->used_at).count();
    const bool old = options_.ttl_s > 0 && age_s > options_.ttl_s;
    const bool too_many = options_.max_bytes > 0 && bytes_ > options_.max_bytes;
    if (old || too_many) leave(at, {});
  }
}

/// Those that no job needs, the one used longest ago first.
std::vector<AssetService::Entries::iterator> AssetService::by_use() {
  std::vector<Entries::iterator> free;
  for (auto at = assets_.begin(); at != assets_.end(); ++at) {
    if (at->second.holds == 0 && !at->second.leaving) free.push_back(at);
  }
  std::sort(free.begin(), free.end(),
            [](const auto& a, const auto& b) { return a->second.last_use < b->second.last_use; });
  return free;
}

}  // namespace kiln::jobs
