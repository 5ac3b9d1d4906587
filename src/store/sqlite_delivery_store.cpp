#include "store/sqlite_delivery_store.h"

#include <utility>

namespace kiln::store {

SqliteDeliveryStore::SqliteDeliveryStore(std::filesystem::path file, SqliteDeliveryRows& rows, SqliteWriter& writer)
    : file_(std::move(file)), rows_(rows), writer_(writer) {}

/// A question that fails must not undo the changes that share its transaction: to the writer it always succeeds.
template <class Value, class Read>
void SqliteDeliveryStore::read(Read read, std::function<void(Result<Value>)> done) {
  const auto answer = std::make_shared<Result<Value>>(Value());
  writer_.write(
      [&rows = rows_, read = std::move(read), answer]() -> Result<void> {
        *answer = read(rows);
        return {};
      },
      [answer, done = std::move(done)](const Result<void>& made) {
        done(made ? std::move(*answer) : Result<Value>(made.error()));
      });
}

void SqliteDeliveryStore::insert(std::shared_ptr<const StoredDelivery> delivery, StoreDone done) {
  writer_.write([&rows = rows_, delivery = std::move(delivery)] { return rows.insert(*delivery); }, std::move(done));
}

void SqliteDeliveryStore::update(Delivery delivery, StoreDone done) {
  writer_.write([&rows = rows_, delivery = std::move(delivery)] { return rows.update(delivery); }, std::move(done));
}

void SqliteDeliveryStore::find(const std::string& id, FindDone done) {
  read<std::optional<StoredDelivery>>([id](SqliteDeliveryRows& rows) { return rows.find(id); }, std::move(done));
}

void SqliteDeliveryStore::list(DeliveryQuery query, ListDone done) {
  read<DeliveryPage>([query = std::move(query)](SqliteDeliveryRows& rows) { return rows.list(query); },
                     std::move(done));
}

void SqliteDeliveryStore::trim(WallTime before, std::size_t most, StoreDone done) {
  writer_.write([&rows = rows_, before, most] { return rows.trim(before, most); }, std::move(done));
}

Result<DeliveryIndex> SqliteDeliveryStore::load_index() { return load_delivery_index(file_); }

}  // namespace kiln::store
