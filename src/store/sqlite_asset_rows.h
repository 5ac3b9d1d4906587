#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "store/asset_store.h"
#include "store/sqlite_database.h"

namespace kiln::store {

/// The table of assets. Used by one thread, inside the transactions of whoever calls. Errors: those of SqliteStatement.
class SqliteAssetRows {
 public:
  /// `database` outlives this.
  static Result<SqliteAssetRows> prepare(SqliteDatabase& database);

  Result<void> put(const Asset& asset);
  Result<void> remove(const std::string& id);

 private:
  SqliteAssetRows() = default;

  SqliteStatement put_, remove_;
};

/// All assets by id. Errors: io_error, naming the file and the asset whose row cannot be read.
Result<std::vector<AssetPtr>> load_assets(const std::filesystem::path& file);

}  // namespace kiln::store
