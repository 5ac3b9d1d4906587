#include "codec/json.h"

#include <array>
#include <charconv>

namespace kiln::codec {

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

double decimal(float value) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  double exact = 0;
  std::from_chars(digits.data(), end, exact);
  return exact;
}

}  // namespace kiln::codec
