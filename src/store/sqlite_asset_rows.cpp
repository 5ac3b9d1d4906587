#include "store/sqlite_asset_rows.h"

#include "codec/asset_json.h"
#include "store/sqlite_time.h"

namespace kiln::store {
namespace {

constexpr const char* kPut =
    "INSERT OR REPLACE INTO assets (id, kind, media_type, bytes, created_at, used_at, summary) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr const char* kRemove = "DELETE FROM assets WHERE id = ?1";
constexpr const char* kSelect =
    "SELECT id, kind, media_type, bytes, created_at, used_at, summary FROM assets ORDER BY id";

Result<AssetPtr> read(const SqliteStatement& row) {
  const std::string_view kind = row.text(1);
  if (kind != codec::name_of(AssetKind::scene) && kind != codec::name_of(AssetKind::environment)) {
    return Error{ErrorCode::io_error, "\"" + std::string(kind) + "\" is not a kind of asset", ""};
  }
  auto summary = codec::from_text(row.text(6), "the summary", [kind](const codec::Json& json) {
    return codec::asset_summary_from_json(kind, json);
  });
  if (!summary) return summary.error();
  Asset asset;
  asset.id = row.text(0);
  asset.media_type = row.text(2);
  asset.bytes = static_cast<std::uint64_t>(row.integer(3));
  asset.created_at = wall_time(row.integer(4));
  asset.used_at = wall_time(row.integer(5));
  asset.summary = std::move(*summary);
  return std::make_shared<const Asset>(std::move(asset));
}

}  // namespace

Result<SqliteAssetRows> SqliteAssetRows::prepare(SqliteDatabase& database) {
  SqliteAssetRows rows;
  auto put = database.prepare(kPut);
  if (!put) return put.error();
  auto remove = database.prepare(kRemove);
  if (!remove) return remove.error();
  rows.put_ = std::move(*put);
  rows.remove_ = std::move(*remove);
  return rows;
}

Result<void> SqliteAssetRows::put(const Asset& asset) {
  const std::string summary = codec::to_text(codec::to_json(asset.summary));
  return put_.run({asset.id, codec::name_of(asset.summary.kind), asset.media_type,
                   static_cast<std::int64_t>(asset.bytes), microseconds(asset.created_at), microseconds(asset.used_at),
                   summary});
}

Result<void> SqliteAssetRows::remove(const std::string& id) { return remove_.run({id}); }

Result<std::vector<AssetPtr>> load_assets(const std::filesystem::path& file) {
  auto database = SqliteDatabase::open(file, SqliteDatabase::Access::read_only);
  if (!database) return database.error();
  auto rows = database->prepare(kSelect);
  if (!rows) return rows.error();
  std::vector<AssetPtr> assets;
  for (;;) {
    auto row = rows->next();
    if (!row) return row.error();
    if (!*row) return assets;
    auto asset = read(*rows);
    if (!asset) {
      return Error{
          ErrorCode::io_error,
          "asset " + std::string(rows->text(0)) + " in " + file.string() + " cannot be read: " + asset.error().message,
          ""};
    }
    assets.push_back(std::move(*asset));
  }
}

}  // namespace kiln::store
