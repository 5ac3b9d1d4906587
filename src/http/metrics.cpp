#include "http/metrics.h"

#include <algorithm>
#include <prometheus/text_serializer.h>

namespace kiln::http {
namespace {

using prometheus::Histogram;

const Histogram::BucketBoundaries kRequestSeconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                  0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
const Histogram::BucketBoundaries kJobSeconds{0.05, 0.1, 0.25, 0.5, 1,   2.5,  5,    10,
                                              25,   50,  100,  250, 500, 1000, 2500, 5000};

prometheus::Gauge& gauge(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Counter& counter(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

/// Brings a counter to a total that is counted elsewhere.
void raise(prometheus::Counter& counter, std::uint64_t total) {
  counter.Increment(static_cast<double>(total) - counter.Value());
}

Histogram& histogram(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, kJobSeconds);
}

/// Not negative, though the wall clock may have been set back in between.
double seconds_between(WallTime from, WallTime to) {
  return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

}  // namespace

Metrics::Metrics(const Router& router, std::size_t interrupted)
    : request_seconds_(prometheus::BuildHistogram()
                           .Name("kiln_http_request_seconds")
                           .Help("Time from a request's complete header to its answer, by route and status class.")
                           .Register(registry_)),
      finished_(prometheus::BuildCounter()
                    .Name("kiln_jobs_finished_total")
                    .Help("Jobs that ended, by their last state.")
                    .Register(registry_)),
      requeued_(prometheus::BuildCounter()
                    .Name("kiln_jobs_requeued_total")
                    .Help("Attempts that ended without a picture and whose jobs are begun again, by reason.")
                    .Register(registry_)),
      queue_depth_(gauge(registry_, "kiln_queue_depth", "Jobs that wait for their turn.")),
      queue_estimate_(gauge(registry_, "kiln_queue_estimate_seconds",
                            "Rendering time that the waiting jobs will take, as estimated from the jobs before them.")),
      connections_(gauge(registry_, "kiln_http_connections", "Open HTTP connections.")),
      waiting_requests_(gauge(registry_, "kiln_http_waiting_requests",
                              "Requests that are held until a job changes or their time is up.")),
      event_streams_(gauge(registry_, "kiln_http_event_streams", "Open event streams.")),
      samples_per_second_(gauge(registry_, "kiln_render_samples_per_second",
                                "Camera paths per second of the last finished job, while it rendered.")),
      engine_ready_(gauge(registry_, "kiln_engine_ready", "1 while the engine can render, else 0.")),
      result_bytes_(gauge(registry_, "kiln_result_bytes", "Bytes of the pictures that are kept.")),
      asset_bytes_(gauge(registry_, "kiln_asset_bytes", "Bytes of the assets that are kept.")),
      data_free_bytes_(gauge(registry_, "kiln_data_free_bytes", "Free bytes on the file system of the data folder.")),
      webhooks_pending_(gauge(registry_, "kiln_webhooks_pending", "Webhook deliveries that are still to be made.")),
      webhooks_delivered_(counter(registry_, "kiln_webhooks_delivered_total", "Webhook deliveries that arrived.")),
      webhooks_failed_(counter(registry_, "kiln_webhooks_failed_total", "Webhook deliveries that were given up.")),
      webhook_attempts_failed_(counter(registry_, "kiln_webhook_attempts_failed_total",
                                       "Attempts at a webhook delivery that the receiver did not take.")),
      render_seconds_(histogram(registry_, "kiln_render_seconds", "Rendering time of jobs that succeeded.")),
      queue_seconds_(histogram(registry_, "kiln_queue_seconds", "Time from acceptance to start.")),
      samples_(prometheus::BuildCounter()
                   .Name("kiln_render_samples_total")
                   .Help("Camera paths traced for jobs that succeeded.")
                   .Register(registry_)
                   .Add({})),
      cache_hits_(prometheus::BuildCounter()
                      .Name("kiln_cache_hits_total")
                      .Help("Jobs whose picture was there already.")
                      .Register(registry_)
                      .Add({})) {
  auto& states = prometheus::BuildGauge().Name("kiln_jobs").Help("Known jobs, by state.").Register(registry_);
  for (std::size_t i = 0; i < by_state_.size(); ++i) {
    by_state_[i] = &states.Add({{"state", std::string(name_of(static_cast<JobState>(i)))}});
  }
  for (const Route& route : router.routes()) {
    labels_.push_back(std::string(name_of(route.method)) + " " + route.pattern);
  }
  labels_.emplace_back("none");
  by_route_.resize(labels_.size());
  requeued_.Add({{"reason", "restart"}}).Increment(static_cast<double>(interrupted));
}

void Metrics::request_done(std::size_t route_index, unsigned status, double seconds) {
  const std::size_t route = route_index < labels_.size() ? route_index : labels_.size() - 1;
  const std::size_t status_class = std::min<std::size_t>(status / 100 - 2, kStatusClasses - 1);
  Histogram*& found = by_route_[route][status_class];
  if (found == nullptr) {
    const std::string code = std::to_string(status_class + 2) + "xx";
    found = &request_seconds_.Add({{"route", labels_[route]}, {"code", code}}, kRequestSeconds);
  }
  found->Observe(seconds);
}

void Metrics::job_changed(const jobs::JobEvent& event) {
  const Job& job = *event.job;
  if (event.kind == jobs::JobEventKind::started && job.started_at) {
    queue_seconds_.Observe(seconds_between(job.created_at, *job.started_at));
  }
  if (event.kind == jobs::JobEventKind::requeued && event.reason) {
    requeued_.Add({{"reason", std::string(code_name(*event.reason))}}).Increment();
  }
  if (event.kind != jobs::JobEventKind::finished) return;
  finished_.Add({{"state", std::string(name_of(job.state))}}).Increment();
  if (job.cached) cache_hits_.Increment();
  if (!job.report || job.cached) return;
  const auto samples = static_cast<double>(job.report->samples);
  render_seconds_.Observe(job.report->render_s);
  samples_.Increment(samples);
  if (job.report->render_s > 0) samples_per_second_.Set(samples / job.report->render_s);
}

std::string Metrics::text(const jobs::ServiceStats& stats, const ServerGauges& gauges) {
  for (std::size_t i = 0; i < by_state_.size(); ++i) by_state_[i]->Set(static_cast<double>(stats.by_state[i]));
  queue_depth_.Set(static_cast<double>(stats.queue_depth));
  queue_estimate_.Set(stats.queue_s);
  connections_.Set(static_cast<double>(gauges.connections));
  waiting_requests_.Set(static_cast<double>(gauges.waiting_requests));
  event_streams_.Set(static_cast<double>(gauges.event_streams));
  engine_ready_.Set(gauges.engine_ready ? 1 : 0);
  result_bytes_.Set(static_cast<double>(stats.result_bytes));
  asset_bytes_.Set(static_cast<double>(stats.asset_bytes));
  webhooks_pending_.Set(static_cast<double>(gauges.webhooks.pending));
  raise(webhooks_delivered_, gauges.webhooks.delivered);
  raise(webhooks_failed_, gauges.webhooks.failed);
  raise(webhook_attempts_failed_, gauges.webhooks.failed_attempts);
  if (gauges.data_free_bytes) data_free_bytes_.Set(static_cast<double>(*gauges.data_free_bytes));
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace kiln::http
