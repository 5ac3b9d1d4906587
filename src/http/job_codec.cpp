#include "http/job_codec.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "codec/job_json.h"
#include "codec/render_request_json.h"

namespace kiln::http {
namespace {

Json time_or_null(const std::optional<WallTime>& time) { return time ? Json(rfc3339(*time)) : Json(); }

Json error_or_null(const Job& job) { return job.error ? codec::to_json(*job.error) : Json(); }

Json result_or_null(const Job& job) {
  if (!job.report) return nullptr;
  Json json{{"content_type", media_type_of(job.request->format)}};
  json.update(codec::to_json(*job.report));
  json["expired_at"] = time_or_null(job.expired_at);
  return json;
}

}  // namespace

Json to_json(const std::optional<jobs::Eta>& eta) {
  if (!eta) return nullptr;
  const auto rounded = [](double seconds) { return std::round(seconds * 1e3) / 1e3; };
  return {{"start_s", rounded(eta->start_s)},
          {"finish_s", rounded(eta->finish_s)},
          {"low_s", rounded(eta->low_s)},
          {"high_s", rounded(eta->high_s)}};
}

Json to_json(const jobs::JobView& view, const std::optional<jobs::Eta>& eta) {
  const Job& job = *view.job;
  const std::string id = to_string(job.id);
  return {{"kind", "job"},
          {"id", id},
          {"status", name_of(job.state)},
          {"position", job.state == JobState::queued ? Json(view.position) : Json()},
          {"progress", job.progress},
          {"eta", to_json(eta)},
          {"attempt", job.attempt},
          {"cached", job.cached},
          {"batch", job.batch ? Json(to_string(*job.batch)) : Json()},
          {"batch_index", job.batch ? Json(job.batch_index) : Json()},
          {"created_at", rfc3339(job.created_at)},
          {"started_at", time_or_null(job.started_at)},
          {"finished_at", time_or_null(job.finished_at)},
          {"error", error_or_null(job)},
          {"result", result_or_null(job)},
          {"webhook", job.webhook ? codec::to_json(*job.webhook) : Json()},
          {"request", codec::to_json(*job.request)},
          {"links",
           {{"status", "/status/" + id},
            {"result", "/result/" + id},
            {"events", "/events/" + id},
            {"cancel", "/cancel/" + id},
            {"preview", "/preview/" + id}}}};
}

std::size_t JobTexts::HashOfRandomId::operator()(const JobId& id) const {
  std::size_t hash;
  std::memcpy(&hash, id.bytes.data(), sizeof hash);
  return hash;
}

JobTexts::Entry& JobTexts::entry_of(const JobId& id) {
  if (const auto found = young_.find(id); found != young_.end()) return found->second;
  if (young_.size() >= capacity_ / 2) old_ = std::exchange(young_, {});
  if (auto again = old_.extract(id)) return young_.insert(std::move(again)).position->second;
  return young_[id];
}

SharedText JobTexts::text_of(const jobs::JobView& view) {
  const JobId& id = view.job->id;
  const bool ages = !is_final(view.job->state);
  const auto now = ages ? clock_() : std::chrono::steady_clock::time_point();
  Entry& entry = entry_of(id);
  if (entry.job != view.job || entry.position != view.position || (ages && now - entry.made > kEtaAge)) {
    const Json json = to_json(view, ages ? eta_of_(id) : std::nullopt);
    entry = {view.job, view.position, std::make_shared<const std::string>(to_text(json)), now};
  }
  return entry.text;
}

void JobTexts::forget(const JobId& id) {
  young_.erase(id);
  old_.erase(id);
}

}  // namespace kiln::http
