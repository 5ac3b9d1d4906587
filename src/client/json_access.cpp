#include "client/json_access.h"

namespace kiln::client {

const Json& member(const Json& json, const char* name) {
  static const Json kNull;
  if (!json.is_object()) return kNull;
  const auto found = json.find(name);
  return found == json.end() ? kNull : *found;
}

std::string text_at(const Json& json, const char* name) {
  const Json& value = member(json, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<double> number_at(const Json& json, const char* name) {
  const Json& value = member(json, name);
  return value.is_number() ? std::optional<double>(value.get<double>()) : std::nullopt;
}

}  // namespace kiln::client
