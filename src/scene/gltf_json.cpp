#include "scene/gltf_json.h"

#include <cmath>
#include <string>

namespace kiln::scene {
namespace {

/// Walks the text without building anything: counts and nesting first, memory later.
class LimitCheck : public nlohmann::json_sax<Json> {
 public:
  explicit LimitCheck(const Limits& limits) : limits_(limits) {}
  const Error& error() const { return error_; }

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return count(); }
  bool key(string_t&) override { return count(); }
  bool start_object(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& e) override {
    const char* number = e.id == 406 ? "a number that is too large" : "a syntax error";
    error_ = {ErrorCode::invalid_scene,
              "the JSON text has " + std::string(number) + " at byte " + std::to_string(position), ""};
    return false;
  }

 private:
  bool count() {
    if (++values_ <= limits_.max_json_values) return true;
    error_ = {ErrorCode::limit_exceeded,
              "the JSON text has more than " + std::to_string(limits_.max_json_values) + " values", ""};
    return false;
  }
  bool open() {
    if (++depth_ > limits_.max_json_depth) {
      error_ = {ErrorCode::limit_exceeded,
                "the JSON text is nested deeper than " + std::to_string(limits_.max_json_depth), ""};
      return false;
    }
    return count();
  }
  bool close() {
    --depth_;
    return true;
  }

  const Limits& limits_;
  Error error_;
  std::uint64_t values_ = 0;
  std::uint32_t depth_ = 0;
};

/// JSON has one number type, so 3.0 is an integer too; depth is bounded by the check before.
void unify_integers(Json& value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::trunc(number) == number && std::abs(number) < kExact) value = static_cast<std::int64_t>(number);
  } else if (value.is_structured()) {
    for (Json& member : value) unify_integers(member);
  }
}

}  // namespace

Result<Json> parse_gltf_json(std::string_view text, const Limits& limits) {
  if (text.size() > limits.max_json_bytes)
    return Error{ErrorCode::limit_exceeded,
                 "the JSON text is larger than " + std::to_string(limits.max_json_bytes) + " bytes", ""};
  if (text.starts_with("\xef\xbb\xbf"))
    return Error{ErrorCode::invalid_scene, "the JSON text begins with a byte order mark", ""};
  LimitCheck check(limits);
  if (!Json::sax_parse(text.begin(), text.end(), &check)) return check.error();
  Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object()) return Error{ErrorCode::invalid_scene, "the JSON text is not an object", ""};
  unify_integers(json);
  return Result<Json>(boost::system::in_place_value, std::move(json));
}

}  // namespace kiln::scene
