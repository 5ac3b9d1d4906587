#include "http/batch_codec.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "codec/job_json.h"
#include "http/contract.h"
#include "http/job_codec.h"
#include "http/render_codec.h"

namespace kiln::http {
namespace {

constexpr double kFrameTolerance = 1e-6;  ///< of one frame: 2 s at 24 frames a second end with frame 48, not 47
constexpr std::size_t kMostMetadataBytes = std::size_t{16} << 20;

Json time_or_null(const std::optional<WallTime>& time) { return time ? Json(rfc3339(*time)) : Json(); }

Error refused(const std::string& message, const std::string& pointer) {
  return {ErrorCode::invalid_request, message, pointer};
}

Result<void> check_count(double jobs, std::size_t most, const char* pointer) {
  if (jobs <= static_cast<double>(most)) return {};
  return Error{ErrorCode::limit_exceeded, "a batch has " + std::to_string(most) + " jobs at most", pointer};
}

/// Each job keeps a copy of its own of what they have in common.
Result<void> check_metadata(const Json& common, std::size_t jobs) {
  if (!common.contains("metadata") || common["metadata"].dump().size() * jobs <= kMostMetadataBytes) return {};
  return Error{ErrorCode::limit_exceeded, "the metadata of a batch's jobs is 16 MiB at most in all", "/metadata"};
}

/// Which of the four it is; the contract has seen to it that it is one.
std::string form_of(const Json& body) {
  for (const char* form : {"variations", "requests", "turntable"}) {
    if (body.contains(form)) return form;
  }
  return "frames";
}

/// Whether the member that the pointer names is there.
bool has(const Json& json, const std::string& pointer) { return json.contains(Json::json_pointer(pointer)); }

}  // namespace

Json to_json(const jobs::BatchView& view, const std::optional<jobs::Eta>& eta) {
  const Batch& batch = *view.batch;
  const std::string id = to_string(batch.id);
  Json counts = Json::object();
  for (std::size_t i = 0; i < view.by_state.size(); ++i) {
    counts[std::string(name_of(static_cast<JobState>(i)))] = view.by_state[i];
  }
  return {{"kind", "batch"},
          {"id", id},
          {"status", name_of(view.state)},
          {"progress", view.progress},
          {"eta", to_json(eta)},
          {"created_at", rfc3339(batch.created_at)},
          {"started_at", time_or_null(view.started_at)},
          {"finished_at", time_or_null(view.finished_at)},
          {"job_count", batch.size},
          {"counts", std::move(counts)},
          {"webhook", batch.webhook ? codec::to_json(*batch.webhook) : Json()},
          {"links",
           {{"status", "/status/" + id},
            {"result", "/result/" + id},
            {"events", "/events/" + id},
            {"cancel", "/cancel/" + id},
            {"jobs", "/jobs?batch=" + id}}}};
}

/// The contract is asked about the first of the requests only, the others are checked one by one as they are made: ten
/// thousand at once would hold up everybody else.
Result<BatchPlan> BatchPlan::from_json(Json body, std::size_t most_jobs, const DurationOf& duration_of) {
  BatchPlan plan;
  if (body.is_object() && body.contains("requests") && body["requests"].is_array() && body["requests"].size() > 1) {
    Json first = Json::array({body["requests"][0]});
    plan.list_ = std::exchange(body["requests"], std::move(first));
  }
  if (auto error = check_against("BatchRequest", body)) return *std::move(error);
  plan.use_cache_ = body.value("cache", true);
  if (body.contains("webhook")) plan.webhook_ = webhook_from_json(body["webhook"]);
  const std::string form = form_of(body);
  Json part = std::move(body[form]);
  for (const std::string& taken : {form, std::string("cache"), std::string("webhook")}) body.erase(taken);
  plan.common_ = std::move(body);
  auto planned = form == "turntable" || form == "frames" ? plan.plan_frames(form, part, most_jobs, duration_of)
                                                         : plan.plan_list(form, std::move(part));
  if (!planned) return planned.error();
  const std::string pointer = form == "turntable" ? "/turntable/frames" : "/" + form;
  if (auto few = check_count(static_cast<double>(plan.size_), most_jobs, pointer.c_str()); !few) return few.error();
  if (auto small = check_metadata(plan.common_, plan.size_); !small) return small.error();
  return plan;
}

Result<void> BatchPlan::plan_list(const std::string& form, Json list) {
  kind_ = form == "requests" ? Kind::requests : Kind::variations;
  if (list_.is_null()) list_ = std::move(list);
  size_ = list_.size();
  if (kind_ == Kind::variations || common_.empty()) return {};
  return refused("whole requests have no settings in common: they stand in each of them",
                 pointer_to("", common_.begin().key()));
}

Result<void> BatchPlan::plan_frames(const std::string& form, const Json& frames, std::size_t most_jobs,
                                    const DurationOf& duration_of) {
  Json common = common_;
  if (form == "frames") {
    if (common.contains("time_s"))
      return refused("the frames say the times: time_s has no place beside them", "/time_s");
    common["time_s"] = 0;  // each frame has its own
  }
  auto base = render_request_from_json(common);
  if (!base) return base.error();
  base_ = std::move(*base);
  if (form == "frames") return plan_times(frames, most_jobs, duration_of);
  kind_ = Kind::turntable;
  size_ = frames.at("frames").get<std::size_t>();
  sweep_deg_ = frames.value("sweep_deg", 360.0);
  return {};
}

Result<void> BatchPlan::plan_times(const Json& frames, std::size_t most_jobs, const DurationOf& duration_of) {
  kind_ = Kind::frames;
  from_s_ = frames.value("from_s", 0.0);
  fps_ = frames.value("fps", 24.0);
  const auto end_s =
      frames.contains("to_s") ? std::optional(frames["to_s"].get<double>()) : duration_of(base_.scene, base_.animation);
  if (!end_s) return refused("how long this animation is, is not known: say to_s", "/frames");
  to_s_ = *end_s;
  if (to_s_ < from_s_) return refused("the frames end before they begin", "/frames");
  const double count = std::floor((to_s_ - from_s_) * fps_ + kFrameTolerance) + 1;
  if (auto few = check_count(count, most_jobs, "/frames"); !few) return few;
  size_ = static_cast<std::size_t>(count);
  return {};
}

Result<RenderRequest> BatchPlan::request(std::size_t index) const {
  const auto i = static_cast<double>(index);
  if (kind_ == Kind::turntable) {
    RenderRequest request = base_;
    request.camera.turn_deg += static_cast<float>(i * sweep_deg_ / static_cast<double>(size_));
    return request;
  }
  if (kind_ == Kind::frames) {
    RenderRequest request = base_;
    request.time_s = static_cast<float>(std::min(from_s_ + i / fps_, to_s_));
    return request;
  }
  Json whole = kind_ == Kind::requests ? list_[index] : common_;
  if (kind_ == Kind::variations) whole.merge_patch(list_[index]);
  auto request = render_request_from_json(whole);
  if (request) return request;
  Error error = request.error();
  error.pointer = pointer_into_body(index, error.pointer);
  return error;
}

/// What a variation does not say itself stands among the common settings; what neither says is missing in the
/// variation.
std::string BatchPlan::pointer_into_body(std::size_t index, const std::string& pointer) const {
  if (kind_ == Kind::turntable || kind_ == Kind::frames) return pointer;
  const std::string own = (kind_ == Kind::requests ? "/requests/" : "/variations/") + std::to_string(index) + pointer;
  const bool is_common = kind_ == Kind::variations && !has(list_[index], pointer) && has(common_, pointer);
  return is_common ? pointer : own;
}

}  // namespace kiln::http
