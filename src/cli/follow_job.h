#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "client/event_stream.h"
#include "client/server_client.h"

namespace kiln::cli {

/// A job or batch as its events tell it, one after the other.
class FollowedJob {
 public:
  explicit FollowedJob(std::string id) : id_(std::move(id)) {}

  enum class News { none, changed, over, removed };

  /// Events of others (the jobs of a batch) and of unknown types are no news.
  News take(const client::Event& event);

  const client::Json& job() const { return job_; }  ///< null until the first state has come

 private:
  std::string id_;
  client::Json job_;
};

/// Blocks until a job or batch is over and gives it back. Meanwhile a bar on stderr, where that is a terminal, shows
/// how it stands; elsewhere a line tells each new state; nothing when `quiet`. A server that goes away may be away for
/// `patience_s`. Errors: those of client::follow_events(); unknown_job when it is deleted under way.
client::Answer<client::Json> follow_job(client::ServerClient& client, const std::string& id, double patience_s,
                                        bool quiet, const std::stop_token& stop);

}  // namespace kiln::cli
