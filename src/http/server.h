#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "kiln/error.h"

namespace kiln::jobs {
class AssetService;
class Service;
}  // namespace kiln::jobs
namespace kiln::store {
class BlobStore;
}
namespace kiln::webhooks {
class Outbox;
}

namespace kiln::http {

struct ServerSettings {
  std::string address = "127.0.0.1";  ///< a numeric IPv4 or IPv6 address
  std::uint16_t port = 8080;          ///< 0: any free one
  std::uint64_t max_body_bytes = 512ull << 20;
  std::uint32_t max_connections = 10'000;  ///< more are answered 503 and closed
  double request_timeout_s = 30;           ///< for a header to arrive, and for each further 64 KiB either way
  double idle_timeout_s = 75;              ///< of a kept connection between two requests
  std::uint32_t event_history = 20'000;    ///< events kept for streams that lag behind or come back; at least 1
  double heartbeat_s = 15;                 ///< between two signs of life on an event stream
  std::uint32_t max_batch_jobs = 10'000;   ///< of one POST /batch; 10,000 at most
};

/// The HTTP front: accepts connections, and turns requests into calls of the services. Lives on the one thread that
/// runs `io`, which is also the strand of the services; every call of it is made there (or before `io` runs).
class Server {
 public:
  /// Binds, listens and begins to accept as soon as `io` runs. What is passed by reference must outlive the server.
  /// From then on the process ignores SIGPIPE: a client that leaves in the middle of a file must not end it.
  /// Errors: io_error, naming address and port.
  static Result<std::unique_ptr<Server>> start(boost::asio::io_context& io, const ServerSettings& settings,
                                               jobs::Service& jobs, jobs::AssetService& assets, store::BlobStore& blobs,
                                               webhooks::Outbox& webhooks);

  /// Closes every connection where it stands; after drain() there is none.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;  ///< the bound one
  std::string url() const;     ///< e.g. "http://127.0.0.1:8080"

  /// From now on /readyz answers 503 and new work is refused (503, code draining). Answers in flight are finished, idle
  /// connections are closed, new ones are not accepted. `quiet` runs once, when the last connection has closed, at the
  /// latest after the timeouts of slow clients. Call once. Jobs are drained apart (jobs::Service::drain), beside it.
  void drain(std::function<void()> quiet);

 private:
  class Core;
  explicit Server(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;  ///< sessions that outlive the server find it closed
};

}  // namespace kiln::http
