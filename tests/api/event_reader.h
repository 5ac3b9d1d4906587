#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/api/client.h"

namespace kiln::api_test {

struct StreamEvent {
  std::string id, name;
  nlohmann::json data;

  /// "state queued", "engine lost", "progress 0.5", or the name alone.
  std::string summary() const;
};

/// One client of an event stream, on a connection of its own.
class EventReader {
 public:
  /// Asks for `target` at once; what came is in head().
  EventReader(Client client, const std::string& target, const std::string& last_event_id = "");

  const Reply& head() const { return head_; }

  /// The next event, or nothing once the stream has ended well.
  std::optional<StreamEvent> next();

  /// Reads on until an event of this summary comes, and gives all up to it.
  std::vector<std::string> until(const std::string& summary);

  /// Reads on until a sign of life comes; false when the stream ends before.
  bool until_heartbeat();

  /// Everything up to the end of the stream.
  std::vector<StreamEvent> rest();

  const std::string& last_id() const { return last_id_; }  ///< as a browser would send it
  bool broken() const { return broken_; }                  ///< the connection ended in the middle
  Client& client() { return client_; }

 private:
  std::optional<std::string> block();

  Client client_;
  Reply head_;
  std::string text_, last_id_;
  bool ended_ = false, broken_ = false;
};

/// A gauge in /metrics; -1 where it is not told.
double gauge(Client& client, const std::string& name);

}  // namespace kiln::api_test
