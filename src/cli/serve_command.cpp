#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdlib>
#include <filesystem>
#include <fmt/core.h>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <vector>

#include "base/log.h"
#include "cli/backend.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"
#include "cli/run.h"
#include "cli/server_storage.h"
#include "cli/server_webhooks.h"
#include "cli/version.h"
#include "config/config_file.h"
#include "config/serve_config.h"
#include "engine/local_engine.h"
#include "engine/process_engine.h"
#include "engine/process_inspector.h"
#include "http/server.h"
#include "jobs/asset_service.h"
#include "jobs/service.h"
#include "scene/samples.h"

namespace kiln::cli {
namespace {

/// SIGTERM and Ctrl-C end the server in good order; a second one ends it at once.
class Shutdown {
 public:
  Shutdown(boost::asio::io_context& io, http::Server& server, jobs::Service& jobs, webhooks::Outbox& webhooks)
      : signals_(io, SIGTERM, SIGINT), server_(server), jobs_(jobs), webhooks_(webhooks) {
    signals_.async_wait([this](const boost::system::error_code& cancelled, int) {
      if (!cancelled) begin();
    });
  }

 private:
  void begin() {
    spdlog::info("shutting down: answers in flight are finished, the running job is kept for the next start");
    signals_.async_wait([](const boost::system::error_code& cancelled, int) {
      if (!cancelled) std::_Exit(kInterrupted);
    });
    server_.drain([this] { one_is_quiet(); });
    jobs_.drain([this] { one_is_quiet(); });
    webhooks_.drain([this] { one_is_quiet(); });
  }

  void one_is_quiet() {
    if (++quiet_ == 3) signals_.cancel();
  }

  boost::asio::signal_set signals_;
  http::Server& server_;
  jobs::Service& jobs_;
  webhooks::Outbox& webhooks_;
  int quiet_ = 0;
};

jobs::ServiceOptions service_options(const config::ServeConfig& c) {
  jobs::ServiceOptions options;
  options.attempts = c.attempts;
  options.most_finished_jobs = c.max_finished_jobs;
  options.most_queued_jobs = c.queue_limit;
  options.most_queued_s = c.queue_limit_s;
  options.job_limits = {c.max_pixels, c.max_samples_per_pixel, c.max_path_depth, c.max_job_s, c.max_device_bytes};
  options.retention = {c.result_ttl_s, c.result_max_bytes, c.job_ttl_s};
  options.samples.assign(sample_names().begin(), sample_names().end());
  return options;
}

jobs::AssetOptions asset_options(const config::ServeConfig& c) {
  jobs::AssetOptions options;
  options.ttl_s = c.asset_ttl_s;
  options.max_bytes = c.asset_max_bytes;
  return options;
}

EngineFlags engine_flags(const config::ServeConfig& c, const std::filesystem::path& data) {
  return {c.backend, c.threads, c.max_triangles, c.max_texels, c.scene_cache_bytes, c.checkpoint_s, c.log_level, data};
}

/// What renders, and what looks into uploads.
struct Engines {
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Inspector> inspector;
};

Engines in_this_process(const EngineFlags& flags) {
  return {engine::make_local_engine(renderer_factory(flags.backend, flags.threads), options_of(flags)),
          engine::make_local_inspector(limits_of(flags))};
}

/// The link is followed by the child: it leads to this very program, though another may have its name by now.
std::vector<std::string> own_command(const char* name, const EngineFlags& flags) {
  std::vector<std::string> command{"/proc/self/exe", name};
  const auto arguments = arguments_of(flags);
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

Engines in_own_processes(const EngineFlags& flags, const config::ServeConfig& c) {
  engine::ProcessEngineOptions options;
  options.command = own_command("engine", flags);
  options.stall_s = c.engine_stall_s;
  options.max_jobs = c.engine_max_jobs;
  options.max_resident_bytes = c.engine_max_rss_bytes;
  engine::ProcessInspectorOptions inspector;
  inspector.command = own_command("inspect-file", flags);
  return {engine::make_process_engine(std::move(options)), engine::make_process_inspector(std::move(inspector))};
}

http::ServerSettings server_settings(const config::ServeConfig& c) {
  http::ServerSettings settings{c.address,           c.port,          c.max_body_bytes, c.max_connections,
                                c.request_timeout_s, c.idle_timeout_s};
  settings.max_batch_jobs = c.max_batch;
  settings.event_history = c.event_history;
  return settings;
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
  auto storage = open_storage(c.data, io.get_executor());
  if (!storage) return fail(storage.error());
  const EngineFlags flags = engine_flags(c, storage->folder);
  const Engines engines = c.engine == "process" ? in_own_processes(flags, c) : in_this_process(flags);
  jobs::AssetService assets(io.get_executor(), *engines.inspector, *storage->assets, *storage->blobs, asset_options(c));
  jobs::Service service(io.get_executor(), *engines.engine, *storage->jobs, *storage->blobs, assets,
                        service_options(c));
  const auto webhooks = open_webhooks(c, storage->folder, io.get_executor(), service, *storage->deliveries);
  if (!webhooks) return fail(webhooks.error());
  auto server = http::Server::start(io, server_settings(c), service, assets, *storage->blobs, *webhooks->outbox);
  if (!server) return fail(server.error());
  const Shutdown shutdown(io, **server, service, *webhooks->outbox);
  spdlog::info("{} listens on {}, data in {}", version_number(), (*server)->url(), c.data);
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
