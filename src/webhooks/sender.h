#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace kiln::webhooks {

/// One HTTP POST of JSON.
struct Message {
  std::string url;
  std::vector<std::string> headers;  ///< "name: value"; without Content-Type, which is application/json
  std::string body;
};

/// What became of it.
struct Outcome {
  std::uint32_t status = 0;             ///< of the answer; 0: there was none
  std::string error;                    ///< why there was none; empty otherwise
  std::optional<double> retry_after_s;  ///< what the answer asks for
  bool aborted = false;                 ///< ended by abort(): it tells nothing of the receiver
};

class Sender {
 public:
  virtual ~Sender() = default;

  /// Sends at once and returns at once. `done` runs on the strand that the sender was made with, never inside the call,
  /// within the sender's timeout whatever the receiver does.
  virtual void send(Message message, std::function<void(Outcome)> done) = 0;

  /// Ends all that is under way, and what is sent later, as aborted.
  virtual void abort() = 0;
};

}  // namespace kiln::webhooks
