#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "store/delivery_store.h"
#include "store/sqlite_database.h"

namespace kiln::store {

/// The tables of webhook deliveries and their bodies. Used by one thread, inside the transactions of whoever calls. See
/// DeliveryStore for the calls. Errors: those of SqliteStatement.
class SqliteDeliveryRows {
 public:
  /// `database` outlives this.
  static Result<SqliteDeliveryRows> prepare(SqliteDatabase& database);

  Result<void> insert(const StoredDelivery& stored);
  Result<void> update(const Delivery& d);
  Result<std::optional<StoredDelivery>> find(const std::string& id);
  Result<DeliveryPage> list(const DeliveryQuery& query);
  Result<void> trim(WallTime before, std::size_t most);

 private:
  SqliteDeliveryRows() = default;

  SqliteStatement insert_, insert_body_, update_, find_, find_body_;
  SqliteStatement list_, list_of_subject_, list_in_state_, list_of_both_;
  SqliteStatement trim_bodies_, trim_;
};

/// See DeliveryStore::load_index. Errors: io_error, naming the file and the delivery whose row cannot be read.
Result<DeliveryIndex> load_delivery_index(const std::filesystem::path& file);

}  // namespace kiln::store
