#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <string>
#include <vector>

#include "http/router.h"
#include "jobs/service.h"
#include "webhooks/outbox.h"

namespace kiln::http {

/// What only the server knows when it is asked.
struct ServerGauges {
  std::size_t connections = 0;
  std::size_t waiting_requests = 0, event_streams = 0;
  bool engine_ready = false;
  webhooks::OutboxStats webhooks;
  std::optional<std::uint64_t> data_free_bytes;  ///< for this process; unset where the system does not tell
};

/// What GET /metrics tells. Used on the I/O thread.
class Metrics {
 public:
  /// `interrupted`: the jobs that an earlier process left running.
  Metrics(const Router& router, std::size_t interrupted);

  /// `route_index` as Router::find gives it; Router::kNoRoute for requests that found none.
  void request_done(std::size_t route_index, unsigned status, double seconds);
  void job_changed(const jobs::JobEvent& event);

  /// The Prometheus text format, with the gauges as they are now.
  std::string text(const jobs::ServiceStats& stats, const ServerGauges& gauges);

 private:
  static constexpr std::size_t kStatusClasses = 4;  ///< 2xx to 5xx
  using RouteHistograms = std::array<prometheus::Histogram*, kStatusClasses>;

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Histogram>& request_seconds_;
  prometheus::Family<prometheus::Counter>&finished_, &requeued_;
  std::vector<std::string> labels_;             ///< per route, the one for no route last
  std::vector<RouteHistograms> by_route_;       ///< made when first used
  std::array<prometheus::Gauge*, 6> by_state_;  ///< indexed by JobState
  prometheus::Gauge &queue_depth_, &queue_estimate_, &connections_, &waiting_requests_, &event_streams_,
      &samples_per_second_;
  prometheus::Gauge &engine_ready_, &result_bytes_, &asset_bytes_, &data_free_bytes_;
  prometheus::Gauge& webhooks_pending_;
  prometheus::Counter &webhooks_delivered_, &webhooks_failed_, &webhook_attempts_failed_;
  prometheus::Histogram &render_seconds_, &queue_seconds_;
  prometheus::Counter &samples_, &cache_hits_;
};

}  // namespace kiln::http
