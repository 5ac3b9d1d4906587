#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "store/delivery_store.h"

namespace kiln::store {

/// Keeps deliveries in memory, for as long as the process lives. Completions are posted to `strand`.
class MemoryDeliveryStore final : public DeliveryStore {
 public:
  explicit MemoryDeliveryStore(boost::asio::any_io_executor strand) : strand_(std::move(strand)) {}

  void insert(std::shared_ptr<const StoredDelivery> delivery, StoreDone done) override;
  void update(Delivery delivery, StoreDone done) override;
  void find(const std::string& id, FindDone done) override;
  void list(DeliveryQuery query, ListDone done) override;
  void trim(WallTime before, std::size_t most, StoreDone done) override;
  Result<DeliveryIndex> load_index() override;

 private:
  void erase(std::int64_t sequence);

  boost::asio::any_io_executor strand_;
  std::map<std::int64_t, StoredDelivery> rows_;  ///< by sequence
  std::map<std::string, std::int64_t> by_id_;
  std::int64_t next_sequence_ = 1;
};

}  // namespace kiln::store
