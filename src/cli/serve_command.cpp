#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdlib>
#include <fmt/core.h>
#include <memory>
#include <sys/resource.h>

#include "base/log.h"
#include "cli/backend.h"
#include "cli/commands.h"
#include "cli/run.h"
#include "cli/version.h"
#include "config/config_file.h"
#include "config/serve_config.h"
#include "engine/local_engine.h"
#include "http/server.h"
#include "jobs/asset_service.h"
#include "jobs/service.h"
#include "scene/samples.h"
#include "store/file_blob_store.h"
#include "store/memory_job_store.h"

namespace kiln::cli {
namespace {

/// SIGTERM and Ctrl-C end the server in good order; a second one ends it at once.
class Shutdown {
 public:
  Shutdown(boost::asio::io_context& io, http::Server& server, jobs::Service& jobs)
      : signals_(io, SIGTERM, SIGINT), server_(server), jobs_(jobs) {
    signals_.async_wait([this](const boost::system::error_code& cancelled, int) {
      if (!cancelled) begin();
    });
  }

 private:
  void begin() {
    spdlog::info("shutting down: answers in flight are finished, the running job is stopped");
    signals_.async_wait([](const boost::system::error_code& cancelled, int) {
      if (!cancelled) std::_Exit(kInterrupted);
    });
    server_.drain([this] { one_is_quiet(); });
    jobs_.drain([this] { one_is_quiet(); });
  }

  void one_is_quiet() {
    if (++quiet_ == 2) signals_.cancel();
  }

  boost::asio::signal_set signals_;
  http::Server& server_;
  jobs::Service& jobs_;
  int quiet_ = 0;
};

jobs::ServiceOptions service_options() {
  jobs::ServiceOptions options;
  options.samples.assign(sample_names().begin(), sample_names().end());
  return options;
}

http::ServerSettings server_settings(const config::ServeConfig& c) {
  return {c.address, c.port, c.max_body_bytes, c.max_connections, c.request_timeout_s, c.idle_timeout_s};
}

int fail(const Error& error) {
  fmt::print(stderr, "kiln: {}\n", error.message);
  return kFailure;
}

/// Each connection is a descriptor, and the usual soft limit of 1024 is far below --max-connections.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const config::ServeConfig& c) {
  start_logging(c.log_level);
  raise_descriptor_limit();
  boost::asio::io_context io(1);
  auto blobs = store::FileBlobStore::open(c.data);
  if (!blobs) return fail(blobs.error());
  store::MemoryJobStore job_store(io.get_executor());
  const scene::Limits limits = scene_limits(c.max_triangles, c.max_texels);
  const auto engine = engine::make_local_engine(renderer_factory(c.backend, c.threads), {.limits = limits});
  const auto inspector = engine::make_local_inspector(limits);
  jobs::AssetService assets(io.get_executor(), *inspector, **blobs, 2);
  jobs::Service service(io.get_executor(), *engine, job_store, **blobs, assets, service_options());
  auto server = http::Server::start(io, server_settings(c), service, assets, **blobs);
  if (!server) return fail(server.error());
  const Shutdown shutdown(io, **server, service);
  spdlog::info("{} listens on {}, data in {}", version_number(), (*server)->url(), c.data.string());
  io.run();
  spdlog::info("stopped");
  return kSuccess;
}

}  // namespace

void add_serve_command(CLI::App& app, Action& chosen) {
  CLI::App* command = app.add_subcommand("serve", "Run the render server");
  auto config = std::make_shared<config::ServeConfig>();
  config::add_serve_options(*command, *config);
  command->callback([command, config, &chosen] {
    if (!config->config_file.empty()) config::apply_config_file(*command, config->config_file);
    chosen = [config] { return serve(*config); };
  });
}

}  // namespace kiln::cli
