#include "codec/job_json.h"

namespace kiln::codec {

Json to_json(const Error& error) {
  Json json{{"code", code_name(error.code)}, {"message", error.message}};
  if (!error.pointer.empty()) json["pointer"] = error.pointer;
  return json;
}

Error error_from_json(const Json& json) {
  return {code_from_name(json.at("code").get<std::string>()), json.at("message").get<std::string>(),
          json.value("pointer", std::string())};
}

Json to_json(const RenderReport& report) {
  return {{"bytes", report.result_bytes},  {"sha256", report.result_sha256}, {"samples", report.samples},
          {"prepare_s", report.prepare_s}, {"render_s", report.render_s},    {"encode_s", report.encode_s},
          {"backend", report.backend},     {"renderer", report.renderer},    {"partial", report.partial}};
}

RenderReport render_report_from_json(const Json& json) {
  RenderReport report;
  report.result_bytes = json.at("bytes").get<std::uint64_t>();
  report.result_sha256 = json.at("sha256").get<std::string>();
  report.samples = json.at("samples").get<std::uint64_t>();
  report.prepare_s = json.at("prepare_s").get<double>();
  report.render_s = json.at("render_s").get<double>();
  report.encode_s = json.at("encode_s").get<double>();
  report.backend = json.at("backend").get<std::string>();
  report.renderer = json.value("renderer", std::string());  // those of version 0.1 have neither
  report.partial = json.value("partial", false);
  return report;
}

Json to_json(const WebhookTarget& webhook) { return {{"url", webhook.url}, {"events", webhook.events}}; }

WebhookTarget webhook_target_from_json(const Json& json) {
  return {json.at("url").get<std::string>(), json.at("events").get<std::vector<std::string>>()};
}

}  // namespace kiln::codec
