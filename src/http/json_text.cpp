#include "http/json_text.h"

#include <set>
#include <vector>

namespace kiln::http {
namespace {

/// Watches a parse: how deep it goes and which members an object has already.
class Guard {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& value) {
    using Event = Json::parse_event_t;
    const auto level = static_cast<std::size_t>(depth);
    if (event == Event::object_start || event == Event::array_start) {
      if (level >= kMaxJsonDepth) problem_ = "it is nested more than " + std::to_string(kMaxJsonDepth) + " deep";
      if (level >= kMaxJsonDepth) return false;
      members_.resize(level + 2);
      members_[level + 1].clear();
    }
    if (event == Event::key && level < members_.size() && !members_[level].insert(value.get<std::string>()).second) {
      problem_ = "the member \"" + value.get<std::string>() + "\" comes twice";
    }
    return true;
  }
  const std::string& problem() const { return problem_; }

 private:
  std::vector<std::set<std::string>> members_;  ///< by depth
  std::string problem_;
};

Error invalid_json(const std::string& why) { return {ErrorCode::invalid_json, "the body is not JSON: " + why, ""}; }

}  // namespace

Result<Json> parse_json(std::string_view text) {
  Guard guard;
  try {
    Json json = Json::parse(text, std::ref(guard));
    if (!guard.problem().empty()) return invalid_json(guard.problem());
    return {boost::system::in_place_value, std::move(json)};
  } catch (const Json::parse_error& e) {
    return invalid_json("syntax error at byte " + std::to_string(e.byte));
  } catch (const Json::exception&) {
    return invalid_json("a number is out of range");
  }
}

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

std::string pointer_to(std::string_view parent, std::string_view token) {
  std::string pointer(parent);
  pointer += '/';
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

}  // namespace kiln::http
