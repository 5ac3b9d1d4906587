#include "http/render_codec.h"

#include <algorithm>
#include <cmath>

#include "codec/render_request_json.h"
#include "http/contract.h"
#include "http/target.h"

namespace kiln::http {
namespace {

/// Of a picture with AOVs, or denoised, which takes up much more memory than others.
constexpr std::uint64_t kMaxFeaturePixels = std::uint64_t{1} << 25;

constexpr std::ptrdiff_t kMaxQueryDepth = 8;

Error refused(const std::string& message, const char* pointer) {
  return {ErrorCode::invalid_request, message, pointer};
}

/// What a schema cannot say well about a camera.
std::optional<Error> camera_error(const Json& json, const CameraRequest& camera) {
  if (json.contains("orbit") + json.contains("look_at") + json.contains("gltf") > 1) {
    return refused("a camera is one of orbit, look_at and gltf", "/camera");
  }
  const float fov_deg = camera.vertical_fov_deg.value_or(45);  // as a float it may have become a bound
  if (!(fov_deg > 0 && fov_deg < 180)) {
    return refused("vertical_fov_deg must be above 0 and below 180", "/camera/vertical_fov_deg");
  }
  if (auto lens = check_lens(camera); !lens) return lens.error();
  const auto* look_at = std::get_if<LookAtCamera>(&camera.placement);
  if (look_at == nullptr) return std::nullopt;
  const Vec3 view = look_at->target - look_at->eye;
  if (!(length(view) > 0)) return refused("eye and target are the same point", "/camera/look_at/target");
  if (!(length(cross(normalize(view), look_at->up)) > 1e-6f * length(look_at->up))) {
    return refused("up points along the view", "/camera/look_at/up");
  }
  return std::nullopt;
}

std::optional<Error> environment_error(const Json& json) {
  const char* first = nullptr;
  for (const char* source : {"image", "color", "sky"}) {
    if (!json.contains(source)) continue;
    if (first == nullptr) {
      first = source;
    } else {
      return refused("an environment is one of image, color and sky", ("/environment/" + std::string(source)).c_str());
    }
  }
  return std::nullopt;
}

/// The rules between members.
std::optional<Error> rule_broken(const Json& json, const RenderRequest& r) {
  if (json.contains("camera")) {
    if (auto error = camera_error(json["camera"], r.camera)) return error;
  }
  if (json.contains("environment")) {
    if (auto error = environment_error(json["environment"])) return error;
  }
  if (auto film = check_film(r); !film) return film.error();
  if (r.shutter_s > 0 && !r.time_s) {
    return refused("the shutter opens at time_s, which is missing: a file at rest does not move", "/shutter_s");
  }
  if (auto format = check_format(r); !format) return format.error();
  if (r.metadata.size() > kMaxMetadataBytes) {
    return refused("metadata has " + std::to_string(kMaxMetadataBytes) + " bytes at most", "/metadata");
  }
  if (!r.scene.starts_with("sha256:") && !r.scene.starts_with("sample:")) {
    return refused("a scene is sha256:<hex> of an asset or sample:<name>", "/scene");
  }
  return std::nullopt;
}

Result<RenderRequest> request_that_keeps_the_rules(const Json& json) {
  RenderRequest r = codec::render_request_from_json(json);
  if (auto error = rule_broken(json, r)) return *std::move(error);
  return r;
}

/// Percent escapes can make any bytes; JSON texts are UTF-8 (the library throws when it writes others).
bool is_utf8(const std::string& text) {
  try {
    return !Json(text).dump().empty();
  } catch (const Json::exception&) {
    return false;
  }
}

Json value_from_text(const std::string& text) {
  auto json = parse_json(text);
  return json ? *std::move(json) : Json(text);
}

}  // namespace

std::shared_ptr<const WebhookTarget> webhook_from_json(const Json& json) {
  WebhookTarget target;
  target.url = json.at("url").get<std::string>();
  target.events = json.value("events", target.events);
  if (target.events.empty()) target.events = {"job.succeeded", "job.failed", "job.cancelled", "batch.finished"};
  return std::make_shared<const WebhookTarget>(std::move(target));
}

Result<void> check_film(const RenderRequest& r) {
  if (const auto& part = r.region) {
    if (std::uint64_t{part->x} + part->width > r.width) {
      return refused("the region reaches beyond the right edge of the picture", "/region/width");
    }
    if (std::uint64_t{part->y} + part->height > r.height) {
      return refused("the region reaches beyond the lower edge of the picture", "/region/height");
    }
  }
  if (pixels_of(r) <= kMaxPixels) return {};
  const char* pointer = r.region ? "/region/height" : "/height";
  return refused("a picture has " + std::to_string(kMaxPixels) + " pixels at most", pointer);
}

Result<void> check_format(const RenderRequest& r) {
  if (r.format == ImageFormat::jpeg && r.background.kind == BackgroundKind::transparent) {
    return refused("jpeg has no transparency: choose png, webp or exr", "/background");
  }
  if (r.bit_depth != 8 && r.format != ImageFormat::png) {
    return refused("only png has 16 bits a channel", "/bit_depth");
  }
  if (!r.aovs.empty() && r.format != ImageFormat::exr) return refused("only exr has layers for aovs", "/aovs");
  if (pixels_of(r) > kMaxFeaturePixels && (r.denoise || !r.aovs.empty())) {
    return refused("pictures with aovs or denoise have " + std::to_string(kMaxFeaturePixels) + " pixels at most",
                   r.denoise ? "/denoise" : "/aovs");
  }
  return {};
}

Result<void> check_lens(const CameraRequest& camera) {
  if (camera.lens_radius_m && camera.f_stop) {
    return refused("a lens has a lens_radius_m or an f_stop, not both", "/camera/f_stop");
  }
  if (camera.focus_distance_m && !camera.lens_radius_m && !camera.f_stop) {
    return refused("without a lens (lens_radius_m or f_stop) everything is in focus", "/camera/focus_distance_m");
  }
  return {};
}

Result<RenderRequest> render_request_from_json(const Json& json) {
  if (auto error = check_against("RenderRequest", json)) return *std::move(error);
  return request_that_keeps_the_rules(json);
}

Result<Submission> submission_from_json(const Json& json) {
  if (auto error = check_against("RenderSubmission", json)) return *std::move(error);
  auto request = request_that_keeps_the_rules(json);
  if (!request) return request.error();
  Submission submission;
  submission.request = std::move(*request);
  submission.use_cache = json.value("cache", true);
  if (json.contains("webhook")) submission.webhook = webhook_from_json(json["webhook"]);
  return submission;
}

Result<Json> settings_from_query(std::string_view query) {
  const auto parameters = parse_query(query);
  if (!parameters) return refused("the query string has a broken percent escape", "");
  Json settings = Json::object();
  for (const auto& [name, value] : *parameters) {
    if (!is_utf8(name) || !is_utf8(value)) return refused("the query string is not UTF-8", "");
    Json* place = &settings;
    std::string pointer;
    std::string_view rest = name;
    if (std::count(name.begin(), name.end(), '.') > kMaxQueryDepth) return refused("no member lies that deep", "");
    for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      pointer = pointer_to(pointer, rest.substr(0, dot));
      place = &(*place)[std::string(rest.substr(0, dot))];
      if (place->is_null()) *place = Json::object();
      if (!place->is_object()) return refused(name + " lies inside a member that is no object", pointer.c_str());
      rest.remove_prefix(dot + 1);
    }
    pointer = pointer_to(pointer, rest);
    const auto [at, fresh] = place->emplace(std::string(rest), value_from_text(value));
    if (!fresh) return refused(name + " comes twice in the query string", pointer.c_str());
  }
  return {boost::system::in_place_value, std::move(settings)};
}

}  // namespace kiln::http
