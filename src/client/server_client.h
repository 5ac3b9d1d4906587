#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "client/curl_exchange.h"
#include "client/json_access.h"
#include "client/server_url.h"

namespace kiln::client {

struct ClientOptions {
  double timeout_s = 60;               ///< the longest silence of the server
  std::filesystem::path certificates;  ///< PEM, instead of the system's; empty: those
};

/// Speaks with one Kiln server (docs/http-api.md). One thread; every call blocks until it has its answer, and ends at
/// once when it is told to stop. Targets are routes with their query: "/status/<id>".
class ServerClient {
 public:
  ServerClient(ServerUrl url, const ClientOptions& options);

  const ServerUrl& url() const { return url_; }

  /// Whether it has answered anything so far: then it is worth waiting for when it goes away.
  bool has_answered() const { return has_answered_; }

  Answer<Json> get(const std::string& target, const std::stop_token& stop = {});

  /// `headers`: "Name: value". A null `body` sends none.
  Answer<Json> post(const std::string& target, const Json& body, std::vector<std::string> headers = {},
                    const std::stop_token& stop = {});

  /// The file is read while it is sent; `sent` hears from 0 to 1 how much of it has gone.
  Answer<Json> upload(const std::string& target, const std::filesystem::path& file,
                      const std::function<void(double)>& sent, const std::stop_token& stop = {});

  /// Gives the pieces of the answer's body to `sink`, of which there may be none.
  Answer<ReplyHead> fetch(const std::string& target, const BodySink& sink, const std::stop_token& stop = {});

  /// Like fetch() for a stream of events, which has no end, with a heartbeat more often than each `silence_s`. Errors
  /// also: not_a_kiln_server for an answer that is none.
  Answer<ReplyHead> follow(const std::string& target, std::vector<std::string> headers, double silence_s,
                           const BodySink& sink, const std::stop_token& stop);

 private:
  ClientError not_a_kiln_server(unsigned status) const;
  Answer<Json> json_of(Exchange exchange, const std::stop_token& stop);
  Answer<ReplyHead> run(Exchange exchange, const BodySink& sink, const std::stop_token& stop);

  ServerUrl url_;
  ClientOptions options_;
  CurlExchange exchange_;
  bool has_answered_ = false;
};

}  // namespace kiln::client
