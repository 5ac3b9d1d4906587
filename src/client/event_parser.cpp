#include "client/event_parser.h"

#include <charconv>
#include <cstdint>

namespace kiln::client {

EventParser::State EventParser::feed(std::string_view bytes, const Sink& sink) {
  for (const char c : bytes) {
    if (state_ != State::open) break;
    const bool second_half = c == '\n' && after_cr_;  // "\r\n" ends one line
    after_cr_ = c == '\r';
    if (second_half) continue;
    if (c == '\r' || c == '\n') {
      if (!end_line(sink)) state_ = State::ended;
    } else {
      line_ += c;
      if (line_.size() + data_.size() > max_event_bytes_) state_ = State::too_large;
    }
  }
  return state_;
}

void EventParser::restart() {
  state_ = State::open;
  line_.clear();
  data_.clear();
  type_.clear();
  id_ = last_id_;
  has_data_ = after_cr_ = false;
  at_start_ = true;
}

bool EventParser::end_line(const Sink& sink) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (at_start_ && line_.starts_with(kByteOrderMark)) line_.erase(0, kByteOrderMark.size());
  at_start_ = false;
  if (line_.empty()) return dispatch(sink);
  const std::size_t colon = line_.find(':');
  const std::string_view line = line_;
  std::string_view value = colon == std::string::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (colon != 0) take_field(line.substr(0, colon), value);  // a line that begins with a colon is a comment
  line_.clear();
  return true;
}

void EventParser::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  } else if (name == "retry") {
    std::uint32_t ms = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), ms);
    if (error == std::errc() && end == value.data() + value.size()) retry_s_ = ms / 1000.0;
  }
}

bool EventParser::dispatch(const Sink& sink) {
  last_id_ = id_;
  const bool complete = has_data_;
  const Event event{type_.empty() ? "message" : type_, std::move(data_), last_id_};
  data_.clear();
  type_.clear();
  has_data_ = false;
  return !complete || sink(event);
}

}  // namespace kiln::client
