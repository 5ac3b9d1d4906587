#include "store/memory_delivery_store.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

namespace kiln::store {
namespace {

template <class Done, class Value>
void complete(const boost::asio::any_io_executor& strand, Done done, Value value) {
  boost::asio::post(strand, [done = std::move(done), value = std::move(value)]() mutable { done(std::move(value)); });
}

bool matches(const Delivery& delivery, const DeliveryQuery& query) {
  return (query.subject.empty() || delivery.subject == query.subject) &&
         (!query.state || delivery.state == *query.state);
}

}  // namespace

void MemoryDeliveryStore::insert(std::shared_ptr<const StoredDelivery> delivery, StoreDone done) {
  Result<void> result;
  const auto [at, fresh] = by_id_.try_emplace(delivery->delivery.id, next_sequence_);
  if (fresh) {
    rows_.emplace(next_sequence_++, *delivery);
  } else {
    result = Error{ErrorCode::internal, "there is a delivery " + at->first + " already", ""};
  }
  complete(strand_, std::move(done), std::move(result));
}

void MemoryDeliveryStore::update(Delivery delivery, StoreDone done) {
  if (const auto at = by_id_.find(delivery.id); at != by_id_.end()) rows_[at->second].delivery = std::move(delivery);
  complete(strand_, std::move(done), Result<void>());
}

void MemoryDeliveryStore::find(const std::string& id, FindDone done) {
  const auto at = by_id_.find(id);
  std::optional<StoredDelivery> found;
  if (at != by_id_.end()) found = rows_.at(at->second);
  complete(strand_, std::move(done), Result<std::optional<StoredDelivery>>(std::move(found)));
}

void MemoryDeliveryStore::list(DeliveryQuery query, ListDone done) {
  DeliveryPage page;
  std::int64_t last = 0;
  auto end = query.before ? rows_.lower_bound(*query.before) : rows_.end();
  while (end != rows_.begin()) {
    --end;
    if (!matches(end->second.delivery, query)) continue;
    if (page.deliveries.size() == query.limit) {
      page.next = last;
      break;
    }
    page.deliveries.push_back(end->second.delivery);
    last = end->first;
  }
  complete(strand_, std::move(done), Result<DeliveryPage>(std::move(page)));
}

void MemoryDeliveryStore::erase(std::int64_t sequence) {
  const auto at = rows_.find(sequence);
  by_id_.erase(at->second.delivery.id);
  rows_.erase(at);
}

void MemoryDeliveryStore::trim(WallTime before, std::size_t most, StoreDone done) {
  const auto has_ended = [](const auto& row) { return row.second.delivery.state != DeliveryState::pending; };
  auto left = static_cast<std::size_t>(std::count_if(rows_.begin(), rows_.end(), has_ended));
  std::vector<std::int64_t> gone;
  for (const auto& row : rows_) {
    if (!has_ended(row)) continue;
    if (left-- > most || row.second.delivery.finished_at < before) gone.push_back(row.first);
  }
  for (const std::int64_t sequence : gone) erase(sequence);
  complete(strand_, std::move(done), Result<void>());
}

Result<DeliveryIndex> MemoryDeliveryStore::load_index() {
  DeliveryIndex index;
  for (const auto& [sequence, row] : rows_) {
    const Delivery& delivery = row.delivery;
    const bool pending = delivery.state == DeliveryState::pending;
    if (!pending && index.ended++ == 0) index.oldest_ended = delivery.created_at;
    index.entries.push_back({delivery.id, pending ? delivery.url : std::string(), delivery.next_at});
  }
  return {boost::system::in_place_value, std::move(index)};
}

}  // namespace kiln::store
