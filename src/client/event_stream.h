#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "client/client_error.h"
#include "client/event_parser.h"
#include "client/server_client.h"

namespace kiln::client {

struct FollowOptions {
  double give_up_s = 60;                              ///< how long the server may be away
  double heartbeat_s = 45;                            ///< a connection without a byte for so long is dead
  std::function<void(const ClientError&)> lost = {};  ///< hears each time that the stream broke and is tried again
};

/// Follows an event stream ("/events/<id>") until the sink returns false. Where the connection ends or breaks it comes
/// back, with Last-Event-ID, so that no event is lost or told twice by a server that remembers. Blocks.
/// Errors: those that the server answers with, but for 502, 503 and 504; unreachable and timed_out once it has been
/// away for give_up_s, or at once when it never answered before; interrupted.
Answer<void> follow_events(ServerClient& client, const std::string& target, const FollowOptions& options,
                           const EventParser::Sink& sink, const std::stop_token& stop);

/// Waits; false when the stop came before. `jitter`: by up to half as long less, so that not all clients of a server
/// that comes back are there in the same instant.
bool wait_for(double seconds, bool jitter, const std::stop_token& stop);

}  // namespace kiln::client
