#include "http/job_codec.h"

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

Json to_json(const jobs::JobView& view) {
  const Job& job = *view.job;
  const std::string id = to_string(job.id);
  return {{"id", id},
          {"status", name_of(job.state)},
          {"position", job.state == JobState::queued ? Json(view.position) : Json()},
          {"progress", job.progress},
          {"attempt", job.attempt},
          {"created_at", rfc3339(job.created_at)},
          {"started_at", time_or_null(job.started_at)},
          {"finished_at", time_or_null(job.finished_at)},
          {"error", error_or_null(job)},
          {"result", result_or_null(job)},
          {"request", codec::to_json(*job.request)},
          {"links", {{"status", "/status/" + id}, {"result", "/result/" + id}, {"cancel", "/cancel/" + id}}}};
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
  Entry& entry = entry_of(view.job->id);
  if (entry.job != view.job || entry.position != view.position) {
    entry = {view.job, view.position, std::make_shared<const std::string>(to_text(to_json(view)))};
  }
  return entry.text;
}

void JobTexts::forget(const JobId& id) {
  young_.erase(id);
  old_.erase(id);
}

}  // namespace kiln::http
