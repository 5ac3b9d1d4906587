#include "config/serve_config.h"

#include <arpa/inet.h>
#include <cctype>
#include <map>
#include <string_view>

namespace kiln::config {
namespace {

/// "--max-body" -> "KILN_MAX_BODY"
std::string variable_of(std::string_view flag) {
  std::string name = "KILN_";
  for (const char c : flag.substr(2)) name += c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

CLI::Validator numeric_address() {
  return CLI::Validator(
      [](std::string& text) {
        in6_addr parsed;  // large enough for both
        const bool known =
            ::inet_pton(AF_INET, text.c_str(), &parsed) == 1 || ::inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
        return known ? std::string() : "'" + text + "' is not a numeric IPv4 or IPv6 address";
      },
      "ADDRESS", "address");
}

/// Seconds, or with a unit: 90, 30m, 12h, 7d.
CLI::AsNumberWithUnit duration() {
  const std::map<std::string, double> units{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86'400}};
  return CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::CASE_INSENSITIVE, "DURATION");
}

CLI::Validator not_empty() {
  return CLI::Validator([](std::string& text) { return text.empty() ? std::string("it is empty") : std::string(); },
                        "PATH", "path");
}

template <class T>
CLI::Option* add(CLI::App& app, const std::string& flag, T& value, const std::string& help) {
  return app.add_option(flag, value, help)->envname(variable_of(flag))->capture_default_str();
}

void add_size(CLI::App& app, const std::string& flag, std::uint64_t& bytes, const std::string& help,
              const std::string& default_text) {
  add(app, flag, bytes, help)->transform(CLI::AsSizeValue(false))->type_name("SIZE")->default_str(default_text);
}

void add_duration(CLI::App& app, const std::string& flag, double& seconds, const std::string& help,
                  const std::string& default_text) {
  add(app, flag, seconds, help)
      ->transform(duration())
      ->check(CLI::Range(0.0, 1e10))
      ->type_name("DURATION")
      ->default_str(default_text);
}

void add_network_options(CLI::App& app, ServeConfig& c) {
  add(app, "--address", c.address, "Address to listen on")->check(numeric_address());
  add(app, "--port", c.port, "Port to listen on; 0 takes any free one");
  add_size(app, "--max-body", c.max_body_bytes, "Largest request body, bytes or with a unit", "512MiB");
  add(app, "--max-connections", c.max_connections, "Most connections at once")->check(CLI::Range(1u, 1'000'000u));
  add(app, "--request-timeout-s", c.request_timeout_s,
      "Seconds for a request's header and for each further 64 KiB either way")
      ->check(CLI::Range(0.1, 86'400.0));
  add(app, "--idle-timeout-s", c.idle_timeout_s, "Seconds a connection may lie idle between requests")
      ->check(CLI::Range(0.1, 86'400.0));
  add(app, "--event-history", c.event_history, "Events kept for streams that lag behind or come back")
      ->check(CLI::Range(1u, 10'000'000u));
}

void add_engine_options(CLI::App& app, ServeConfig& c) {
  add(app, "--engine", c.engine, "Where renders happen: in a process that may crash alone, or in this one")
      ->check(CLI::IsMember({"process", "in-process"}));
  add(app, "--backend", c.backend, "What renders: auto takes CUDA where it works, else the CPU")
      ->check(CLI::IsMember({"auto", "cuda", "cpu"}));
  add(app, "--threads", c.threads, "Threads of the CPU backend; 0 takes all cores")->check(CLI::Range(0u, 4096u));
  add(app, "--engine-stall-s", c.engine_stall_s, "Seconds without a finished pass until the engine counts as hung")
      ->check(CLI::Range(1.0, 86'400.0));
  add(app, "--engine-max-jobs", c.engine_max_jobs, "Jobs after which the engine is started afresh; 0: never");
  add_size(app, "--engine-max-rss", c.engine_max_rss_bytes,
           "Resident memory at which the engine is started afresh between two jobs; 0: never", "0");
  add(app, "--attempts", c.attempts, "How often a job is begun when the engine is lost under it")
      ->check(CLI::Range(1u, 100u));
  add(app, "--checkpoint-s", c.checkpoint_s, "Seconds between two checkpoints of a running job; 0: none")
      ->check(CLI::Range(0.0, 86'400.0));
  add_size(app, "--scene-cache-bytes", c.scene_cache_bytes, "Memory for scenes kept ready for the next job", "2GiB");
  add(app, "--max-triangles", c.max_triangles, "Most triangles in one scene");
  add(app, "--max-texels", c.max_texels, "Most texels of all textures in one scene, coarser levels counted");
}

void add_storage_options(CLI::App& app, ServeConfig& c) {
  add(app, "--data", c.data, "Folder for jobs, assets and results, made if missing; :memory: keeps nothing")
      ->check(not_empty());
  add_duration(app, "--result-ttl", c.result_ttl_s, "Age at which a picture is deleted; 0: never", "7d");
  add_size(app, "--result-max-bytes", c.result_max_bytes, "Disk for pictures, the oldest go first; 0: no limit",
           "50GiB");
  add_duration(app, "--asset-ttl", c.asset_ttl_s, "Time unused at which an asset is deleted; 0: never", "30d");
  add_size(app, "--asset-max-bytes", c.asset_max_bytes, "Disk for assets, the longest unused go first; 0: no limit",
           "50GiB");
  add_duration(app, "--job-ttl", c.job_ttl_s, "Age at which a finished job is forgotten; 0: never", "30d");
  add(app, "--max-finished-jobs", c.max_finished_jobs,
      "Finished jobs that are remembered, the oldest go first; 0: all");
}

/// What is refused before it is queued.
void add_job_limits(CLI::App& app, ServeConfig& c) {
  add(app, "--queue-limit", c.queue_limit, "Jobs that may wait; more are refused with 503; 0: any number");
  add_duration(app, "--queue-limit-seconds", c.queue_limit_s,
               "Estimated time of all waiting jobs beyond which more are refused with 503; 0: any", "0");
  add(app, "--max-batch", c.max_batch, "Most jobs of one batch")->check(CLI::Range(1, 10'000));
  add(app, "--max-pixels", c.max_pixels, "Most pixels of one picture; 0: as many as the contract allows");
  add(app, "--max-samples-per-pixel", c.max_samples_per_pixel, "Most samples per pixel of one job; 0: likewise");
  add(app, "--max-path-depth", c.max_path_depth, "Most bounces of a path (max_depth) of one job; 0: likewise");
  add_duration(app, "--max-job-seconds", c.max_job_s, "Estimated time beyond which a job is refused with 422; 0: any",
               "0");
  add_size(app, "--max-device-bytes", c.max_device_bytes,
           "Most device memory that a job's scene and environment may need, by their inspection; 0: any", "0");
}

void add_webhook_options(CLI::App& app, ServeConfig& c) {
  add(app, "--webhook-url", c.webhook_url, "Whom to tell of all jobs, beside those that a job names; http or https");
  add(app, "--webhook-events", c.webhook_events, "Of what, with commas between; else of all ends")
      ->default_str("job.succeeded,job.failed,job.cancelled,batch.finished");
  app.add_option("--webhook-secret", c.webhook_secret,
                 "Key of the signatures, whsec_ and base64, several with commas between; else one is made and kept in "
                 "the data folder")
      ->envname("KILN_WEBHOOK_SECRET");  // without a default that the help would show
  add(app, "--webhook-allow", c.webhook_allow,
      "Networks beside the internet at large that webhooks may go to, e.g. 10.0.0.0/8,fd00::/8");
  add(app, "--webhook-ca", c.webhook_ca, "File of certificates (PEM) that webhooks trust beside the system's")
      ->check(CLI::ExistingFile);
  add(app, "--webhook-retry-s", c.webhook_retry_s,
      "Longest wait before a webhook's second attempt; it doubles with each, up to an hour")
      ->check(CLI::Range(0.001, 3600.0));
}

}  // namespace

void add_serve_options(CLI::App& app, ServeConfig& c) {
  add_network_options(app, c);
  add_storage_options(app, c);
  add_job_limits(app, c);
  add_engine_options(app, c);
  add_webhook_options(app, c);
  add(app, "--log-level", c.log_level, "What is worth a line on stderr")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  app.add_option("--config", c.config_file, "File with `key = value` lines, the keys being these flags without dashes")
      ->envname("KILN_CONFIG")
      ->check(CLI::ExistingFile);
}

}  // namespace kiln::config
