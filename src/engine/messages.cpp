#include "engine/messages.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "codec/asset_json.h"
#include "codec/engine_json.h"
#include "codec/job_json.h"

namespace kiln::engine {
namespace {

using codec::Json;

/// Becomes the same kind of error as a member that is missing.
[[noreturn]] void refuse(const std::string& what) { throw Json::other_error::create(501, what, nullptr); }

Json message(std::string_view type, const AttemptKey& key) {
  return {{"type", type}, {"job", to_string(key.job)}, {"attempt", key.attempt}};
}

AttemptKey key_from_json(const Json& json) {
  const auto job = job_id_from_string(json.at("job").get<std::string>());
  if (!job) refuse("the job's id is none");
  return {*job, json.at("attempt").get<std::uint32_t>()};
}

Json json_of(const RenderMessage& m) { return {{"type", "render"}, {"task", codec::to_json(m.task)}}; }

Json json_of(const PrefetchMessage& m) { return {{"type", "prefetch"}, {"task", codec::to_json(m.task)}}; }

constexpr std::array<std::pair<std::string_view, StopKind>, 3> kStopKinds{
    {{"cancel", StopKind::cancel}, {"suspend", StopKind::suspend}, {"drop", StopKind::drop}}};

Json json_of(const StopMessage& m) {
  Json json = message("stop", m.key);
  for (const auto& [name, kind] : kStopKinds) {
    if (kind == m.how) json["how"] = name;
  }
  return json;
}

Json json_of(const PreviewMessage& m) {
  Json json = message("preview", m.key);
  json["number"] = m.number;
  json["file"] = m.file.string();
  return json;
}

Json json_of(const HelloMessage& m) { return {{"type", "hello"}, {"version", m.version}}; }

Json json_of(const StatusMessage& m) { return {{"type", "status"}, {"status", codec::to_json(m.status)}}; }

Json json_of(const ProgressMessage& m) {
  Json json = message("progress", m.key);
  json["value"] = m.value;
  return json;
}

Json json_of(const RenderedMessage& m) {
  Json json = message("rendered", m.key);
  if (m.stopped_by) json["stopped_by"] = codec::to_json(*m.stopped_by);
  return json;
}

Json json_of(const FinishedMessage& m) {
  Json json = message("finished", m.key);
  if (m.outcome) {
    json["report"] = codec::to_json(*m.outcome);
  } else {
    json["error"] = codec::to_json(m.outcome.error());
  }
  return json;
}

Json json_of(const PreviewedMessage& m) {
  Json json{{"type", "previewed"}, {"number", m.number}};
  if (m.outcome) {
    json["samples"] = m.outcome->samples;
    json["newest_for_s"] = m.outcome->newest_for_s;
  } else {
    json["error"] = codec::to_json(m.outcome.error());
  }
  return json;
}

StopMessage stop_from_json(const Json& json) {
  const auto how = json.at("how").get<std::string>();
  for (const auto& [name, kind] : kStopKinds) {
    if (name == how) return {key_from_json(json), kind};
  }
  refuse("nobody knows how to stop by '" + how + "'");
}

PreviewMessage preview_from_json(const Json& json) {
  return {json.at("number").get<std::uint64_t>(), key_from_json(json), json.at("file").get<std::string>()};
}

RenderedMessage rendered_from_json(const Json& json) {
  RenderedMessage message{key_from_json(json), {}};
  if (json.contains("stopped_by")) message.stopped_by = codec::error_from_json(json.at("stopped_by"));
  return message;
}

PreviewedMessage previewed_from_json(const Json& json) {
  const auto number = json.at("number").get<std::uint64_t>();
  if (json.contains("error")) return {number, codec::error_from_json(json.at("error"))};
  return {number, Preview{json.at("samples").get<std::uint64_t>(), json.at("newest_for_s").get<double>()}};
}

FinishedMessage finished_from_json(const Json& json) {
  if (json.contains("error")) return {key_from_json(json), codec::error_from_json(json.at("error"))};
  return {key_from_json(json), codec::render_report_from_json(json.at("report"))};
}

ToEngine read_to_engine(const Json& json) {
  const auto type = json.at("type").get<std::string>();
  if (type == "render") return RenderMessage{codec::engine_task_from_json(json.at("task"))};
  if (type == "prefetch") return PrefetchMessage{codec::engine_task_from_json(json.at("task"))};
  if (type == "stop") return stop_from_json(json);
  if (type == "preview") return preview_from_json(json);
  refuse("messages of type '" + type + "' are unknown");
}

FromEngine read_from_engine(const Json& json) {
  const auto type = json.at("type").get<std::string>();
  if (type == "hello") return HelloMessage{json.at("version").get<std::string>()};
  if (type == "status") return StatusMessage{codec::engine_status_from_json(json.at("status"))};
  if (type == "progress")
    return ProgressMessage{key_from_json(json), std::clamp(json.at("value").get<double>(), 0., 1.)};
  if (type == "rendered") return rendered_from_json(json);
  if (type == "finished") return finished_from_json(json);
  if (type == "previewed") return previewed_from_json(json);
  refuse("messages of type '" + type + "' are unknown");
}

}  // namespace

std::string to_text(const ToEngine& message) {
  return codec::to_text(std::visit([](const auto& m) { return json_of(m); }, message));
}

std::string to_text(const FromEngine& message) {
  return codec::to_text(std::visit([](const auto& m) { return json_of(m); }, message));
}

Result<ToEngine> to_engine_from_text(std::string_view text) {
  return codec::from_text(text, "a message to the engine", read_to_engine);
}

Result<FromEngine> from_engine_from_text(std::string_view text) {
  return codec::from_text(text, "a message from the engine", read_from_engine);
}

std::string to_text(const Result<AssetSummary>& inspection) {
  if (!inspection) return codec::to_text({{"error", codec::to_json(inspection.error())}});
  return codec::to_text({{"kind", codec::name_of(inspection->kind)}, {"summary", codec::to_json(*inspection)}});
}

Result<AssetSummary> inspection_from_text(std::string_view text) {
  std::optional<Error> told;
  auto summary = codec::from_text(text, "an inspection", [&](const Json& json) {
    if (json.contains("error")) told = codec::error_from_json(json.at("error"));
    return told ? AssetSummary()
                : codec::asset_summary_from_json(json.at("kind").get<std::string>(), json.at("summary"));
  });
  if (told) return *told;
  return summary;
}

}  // namespace kiln::engine
