// Jobs whose picture is there already: they take it over from the job that it was rendered for.
#include <utility>

#include "base/log.h"
#include "jobs/service_core.h"

namespace kiln::jobs {

void Service::Core::find_hits(Arrival& arrival) const {
  if (!arrival.use_cache) return;
  const std::string renderer = engine_.status().renderer;
  for (const auto& job : arrival.jobs) {
    const auto source = cache_.find(job->request, renderer);
    if (source) arrival.hits.push_back({job, table_.find(*source)});
  }
}

/// The pictures get their further names on the file thread, where a removal of the same picture comes before or after.
void Service::Core::link_pictures(const ArrivalPtr& arrival) {
  ++linking_;
  std::vector<store::BlobLink> links;
  links.reserve(arrival->hits.size());
  for (const Arrival::Hit& hit : arrival->hits) links.push_back({to_string(hit.source->id), to_string(hit.job->id)});
  auto back = guarded([this, arrival](const Result<std::vector<bool>>& made) { linked(arrival, made); });
  boost::asio::post(file_thread_, [&blobs = blobs_, strand = strand_, links = std::move(links), back] {
    auto made = blobs.link(store::BlobFolder::results, links);
    boost::asio::post(strand, [back, made = std::move(made)] { back(made); });
  });
}

/// A picture that was removed in between, or that cannot be linked, is rendered like any other.
void Service::Core::linked(const ArrivalPtr& arrival, const Result<std::vector<bool>>& made) {
  --linking_;
  if (!made) spdlog::warn("pictures that are there are rendered again: {}", made.error().message);
  std::vector<Arrival::Hit> good;
  for (std::size_t i = 0; i < arrival->hits.size(); ++i) {
    const auto& [job, source] = arrival->hits[i];
    if (!made || !(*made)[i]) {
      forecast_.wait(*job);
      continue;
    }
    job->state = JobState::succeeded;
    job->cached = true;
    job->progress = 1;
    job->report = source->report;
    job->started_at = job->finished_at = now();
    good.push_back(arrival->hits[i]);
  }
  submitted_ += arrival->hits.size() - good.size();
  arrival->hits = std::move(good);
  keep(arrival);
}

}  // namespace kiln::jobs
