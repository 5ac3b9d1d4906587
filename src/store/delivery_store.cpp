#include "store/delivery_store.h"

namespace kiln::store {

std::string_view name_of(DeliveryState s) {
  switch (s) {
    case DeliveryState::pending:
      return "pending";
    case DeliveryState::delivered:
      return "delivered";
    case DeliveryState::failed:
      return "failed";
  }
  return "";
}

std::optional<DeliveryState> delivery_state_from_name(std::string_view name) {
  for (const auto state : {DeliveryState::pending, DeliveryState::delivered, DeliveryState::failed}) {
    if (name_of(state) == name) return state;
  }
  return std::nullopt;
}

}  // namespace kiln::store
