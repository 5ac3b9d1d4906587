#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>

namespace kiln::config {

/// All settings of `kiln serve`; immutable once parsed.
struct ServeConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;       ///< 0: any free one
  std::string data = "kiln-data";  ///< ":memory:" keeps nothing beyond the process
  std::string backend = "auto";    ///< auto, cuda, cpu
  unsigned threads = 0;            ///< of the CPU backend; 0: all cores
  std::uint64_t max_body_bytes = 512ull << 20;
  std::uint64_t max_triangles = 100'000'000;
  std::uint64_t max_texels = 1ull << 29;
  std::string engine = "process";  ///< process, in-process
  double engine_stall_s = 120;
  std::uint32_t engine_max_jobs = 0;  ///< 0: no limit; likewise the next
  std::uint64_t engine_max_rss_bytes = 0;
  std::uint32_t attempts = 2;
  double checkpoint_s = 10;  ///< 0: none
  std::uint64_t scene_cache_bytes = 2ull << 30;
  double result_ttl_s = 7 * 86'400.0;  ///< 0: no limit; likewise the next five
  std::uint64_t result_max_bytes = 50ull << 30;
  double asset_ttl_s = 30 * 86'400.0;
  std::uint64_t asset_max_bytes = 50ull << 30;
  double job_ttl_s = 30 * 86'400.0;
  std::uint32_t max_finished_jobs = 200'000;
  std::uint32_t queue_limit = 200'000;  ///< 0: no limit; likewise the next six
  double queue_limit_s = 0;             ///< estimated
  std::uint64_t max_pixels = 0;         ///< of one job; likewise the next four
  std::uint32_t max_samples_per_pixel = 0;
  std::uint32_t max_path_depth = 0;
  double max_job_s = 0;  ///< estimated
  std::uint64_t max_device_bytes = 0;
  std::string webhook_url;     ///< told of all jobs; empty: nobody is
  std::string webhook_events;  ///< comma separated; empty: all ends
  std::string webhook_secret;  ///< whsec_...; empty: the one kept in the data folder
  std::string webhook_allow;   ///< comma separated networks beside the internet at large
  std::filesystem::path webhook_ca;
  double webhook_retry_s = 5;
  std::uint32_t max_batch = 10'000;  ///< jobs
  std::uint32_t max_connections = 10'000;
  double request_timeout_s = 30;
  double idle_timeout_s = 75;
  std::uint32_t event_history = 20'000;
  std::string log_level = "info";
  std::filesystem::path config_file;
};

/// Defines flag, KILN_* variable, config-file key, default and help text of every setting in one place. A flag wins
/// over the environment, the environment over the file, the file over the default. `config` must outlive the parse.
void add_serve_options(CLI::App& app, ServeConfig& config);

}  // namespace kiln::config
