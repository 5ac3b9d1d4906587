#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "store/delivery_store.h"
#include "store/sqlite_delivery_rows.h"
#include "store/sqlite_writer.h"

namespace kiln::store {

/// The webhook deliveries of a SqliteStore: changes and questions alike wait their turn on the writer's thread.
class SqliteDeliveryStore final : public DeliveryStore {
 public:
  /// `rows` and `writer` outlive this.
  SqliteDeliveryStore(std::filesystem::path file, SqliteDeliveryRows& rows, SqliteWriter& writer);

  void insert(std::shared_ptr<const StoredDelivery> delivery, StoreDone done) override;
  void update(Delivery delivery, StoreDone done) override;
  void find(const std::string& id, FindDone done) override;
  void list(DeliveryQuery query, ListDone done) override;
  void trim(WallTime before, std::size_t most, StoreDone done) override;
  Result<DeliveryIndex> load_index() override;

 private:
  template <class Value, class Read>
  void read(Read read, std::function<void(Result<Value>)> done);

  const std::filesystem::path file_;
  SqliteDeliveryRows& rows_;
  SqliteWriter& writer_;
};

}  // namespace kiln::store
