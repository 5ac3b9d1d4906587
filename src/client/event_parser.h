#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kiln::client {

/// One server-sent event.
struct Event {
  std::string type;  ///< "message" where the stream names none
  std::string data;  ///< its data lines, with '\n' between them
  std::string id;    ///< the last id that the stream gave, with this event or before it
};

/// Reads text/event-stream as the HTML standard says (WHATWG, section 9.2.6), from pieces cut anywhere.
class EventParser {
 public:
  using Sink = std::function<bool(const Event&)>;  ///< false: no more events are wanted

  explicit EventParser(std::size_t max_event_bytes = std::size_t{16} << 20) : max_event_bytes_(max_event_bytes) {}

  enum class State { open, ended, too_large };  ///< ended: the sink wants no more

  /// Gives each event that `bytes` complete to `sink`. What is not `open` stays so.
  State feed(std::string_view bytes, const Sink& sink);

  /// A new connection: what was begun is dropped, the last id stays.
  void restart();

  const std::string& last_id() const { return last_id_; }     ///< for Last-Event-ID; empty: none
  std::optional<double> retry_s() const { return retry_s_; }  ///< how long the server asks to wait before a reconnect

 private:
  bool end_line(const Sink& sink);
  bool dispatch(const Sink& sink);
  void take_field(std::string_view name, std::string_view value);

  std::size_t max_event_bytes_;
  State state_ = State::open;
  std::string line_, data_, type_, id_, last_id_;
  bool has_data_ = false, after_cr_ = false, at_start_ = true;
  std::optional<double> retry_s_;
};

}  // namespace kiln::client
