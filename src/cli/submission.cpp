#include "cli/submission.h"

#include <algorithm>

#include "codec/render_request_json.h"

namespace kiln::cli {

using client::Json;

namespace {

/// What HTTP takes as a key: anything else could end the header.
std::string key_trouble(const std::string& key) {
  const bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return printable && !key.empty() && key.size() <= 255 ? "" : "a key is 1 to 255 printable ASCII characters";
}

std::string metadata_trouble(const std::string& text) {
  return Json::parse(text, nullptr, false).is_object() ? "" : "'" + text + "' is not a JSON object";
}

}  // namespace

void add_submission_options(CLI::App& app, SubmissionOptions& o) {
  add_render_options(app, o.picture);
  app.get_option("scene")->description(
      "A .glb, self-contained .gltf, .obj, .ply, .stl or .zip file, sample:NAME or sha256:ID of an asset");
  app.get_option("--environment")->description("An .hdr or .exr file, sha256:ID of an asset, or a constant R,G,B");
  app.add_flag("--keep-partial", o.keep_partial, "Cancelled or out of time, it keeps its picture so far");
  app.add_option("--metadata", o.metadata, "A JSON object, given back with the job")
      ->check(CLI::Validator([](std::string& text) { return metadata_trouble(text); }, "", "object"))
      ->type_name("JSON");
  app.add_flag("--no-cache", o.no_cache, "Render even if the server has this very picture");
  auto* webhook = app.add_option("--webhook", o.webhook, "URL to tell of the job's end")->type_name("URL");
  app.add_option("--webhook-events", o.webhook_events, "What it is told: job.started, job.succeeded, job.failed, …")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("EVENT,...")
      ->needs(webhook);
  app.add_option("--idempotency-key", o.idempotency_key, "Name of this request: repeated, it gives the same job")
      ->check(CLI::Validator([](std::string& text) { return key_trouble(text); }, "", "key"))
      ->type_name("TEXT");
}

client::Answer<Json> render_body(const SubmissionOptions& o, const std::string& scene, const std::string& environment) {
  const bool format_is_told = !o.output.empty() && o.output != "-";
  auto request = to_request(o.picture, format_is_told || !o.picture.format.empty() ? o.output : "picture.png");
  if (!request) return client::local_error(request.error());
  request->scene = scene;
  request->keep_partial = o.keep_partial;
  if (!o.metadata.empty()) request->metadata = o.metadata;
  if (!environment.empty()) {
    request->environment.source = environment;
  } else if (!o.picture.environment.empty()) {
    const auto color = parse_color(o.picture.environment);
    if (!color) return client::local_error(color.error());
    request->environment.source = *color;
  }
  Json body = codec::to_json(*request);
  if (o.no_cache) body["cache"] = false;
  if (!o.webhook.empty()) {
    body["webhook"]["url"] = o.webhook;
    if (!o.webhook_events.empty()) body["webhook"]["events"] = o.webhook_events;
  }
  return {boost::system::in_place_value, std::move(body)};
}

bool is_on_server(const std::string& name) { return name.starts_with("sample:") || name.starts_with("sha256:"); }

}  // namespace kiln::cli
