#include "http/render_codec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "http/render_schema.h"
#include "http/target.h"

namespace kiln::http {
namespace {

constexpr std::ptrdiff_t kMaxQueryDepth = 8;

Error refused(const std::string& message, const char* pointer) {
  return {ErrorCode::invalid_request, message, pointer};
}

Vec3 vec3_from(const Json& json) { return {json[0].get<float>(), json[1].get<float>(), json[2].get<float>()}; }

OrbitCamera orbit_from(const Json& json) {
  OrbitCamera orbit;
  if (json.contains("target")) orbit.target = vec3_from(json["target"]);
  orbit.theta_deg = json.value("theta_deg", orbit.theta_deg);
  orbit.phi_deg = json.value("phi_deg", orbit.phi_deg);
  orbit.radius = json.value("radius", orbit.radius);
  return orbit;
}

LookAtCamera look_at_from(const Json& json) {
  LookAtCamera camera;
  camera.eye = vec3_from(json["eye"]);
  camera.target = vec3_from(json["target"]);
  if (json.contains("up")) camera.up = vec3_from(json["up"]);
  return camera;
}

GltfCamera gltf_from(const Json& json) {
  if (json.is_string()) return {json.get<std::string>()};
  return {json.get<std::uint32_t>()};
}

CameraRequest camera_from(const Json& json) {
  CameraRequest camera;
  if (json.contains("orbit")) camera.placement = orbit_from(json["orbit"]);
  if (json.contains("look_at")) camera.placement = look_at_from(json["look_at"]);
  if (json.contains("gltf")) camera.placement = gltf_from(json["gltf"]);
  if (json.contains("vertical_fov_deg")) camera.vertical_fov_deg = json["vertical_fov_deg"].get<float>();
  return camera;
}

EnvironmentRequest environment_from(const Json& json) {
  EnvironmentRequest environment;
  if (json.contains("image")) environment.source = json["image"].get<std::string>();
  if (json.contains("color")) environment.source = vec3_from(json["color"]);
  environment.rotation_deg = json.value("rotation_deg", environment.rotation_deg);
  environment.intensity = json.value("intensity", environment.intensity);
  return environment;
}

Background background_from(const Json& json) {
  if (json.is_array()) return {BackgroundKind::color, vec3_from(json)};
  const bool transparent = json == "transparent";
  return {transparent ? BackgroundKind::transparent : BackgroundKind::environment, {}};
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
  const auto* look_at = std::get_if<LookAtCamera>(&camera.placement);
  if (look_at == nullptr) return std::nullopt;
  const Vec3 view = look_at->target - look_at->eye;
  if (!(length(view) > 0)) return refused("eye and target are the same point", "/camera/look_at/target");
  if (!(length(cross(normalize(view), look_at->up)) > 1e-6f * length(look_at->up))) {
    return refused("up points along the view", "/camera/look_at/up");
  }
  return std::nullopt;
}

/// The rules between members.
std::optional<Error> rule_broken(const Json& json, const RenderRequest& r) {
  if (json.contains("camera")) {
    if (auto error = camera_error(json["camera"], r.camera)) return error;
  }
  if (json.contains("environment") && json["environment"].contains("image") && json["environment"].contains("color")) {
    return refused("an environment is an image or a color, not both", "/environment/color");
  }
  if (std::uint64_t{r.width} * r.height > kMaxPixels) {
    return refused("a picture has " + std::to_string(kMaxPixels) + " pixels at most", "/height");
  }
  if (r.format == ImageFormat::jpeg && r.background.kind == BackgroundKind::transparent) {
    return refused("jpeg has no transparency: choose png, webp or exr", "/background");
  }
  if (r.metadata.size() > kMaxMetadataBytes) {
    return refused("metadata has " + std::to_string(kMaxMetadataBytes) + " bytes at most", "/metadata");
  }
  if (!r.scene.starts_with("sha256:") && !r.scene.starts_with("sample:")) {
    return refused("a scene is sha256:<hex> of an asset or sample:<name>", "/scene");
  }
  return std::nullopt;
}

/// The shortest decimal that reads back as this float, as a double: 0.1f is given back as 0.1.
double decimal(float value) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  double exact = 0;
  std::from_chars(digits.data(), end, exact);
  return exact;
}

Json to_json(Vec3 v) { return Json::array({decimal(v.x), decimal(v.y), decimal(v.z)}); }

Json to_json(const CameraRequest& camera) {
  Json json = Json::object();
  if (const auto* orbit = std::get_if<OrbitCamera>(&camera.placement)) {
    json["orbit"] = {{"target", to_json(orbit->target)},
                     {"theta_deg", decimal(orbit->theta_deg)},
                     {"phi_deg", decimal(orbit->phi_deg)},
                     {"radius", decimal(orbit->radius)}};
  } else if (const auto* at = std::get_if<LookAtCamera>(&camera.placement)) {
    json["look_at"] = {{"eye", to_json(at->eye)}, {"target", to_json(at->target)}, {"up", to_json(at->up)}};
  } else if (const auto* gltf = std::get_if<GltfCamera>(&camera.placement)) {
    std::visit([&](const auto& which) { json["gltf"] = which; }, gltf->which);
  }
  if (camera.vertical_fov_deg) json["vertical_fov_deg"] = decimal(*camera.vertical_fov_deg);
  return json;
}

Json to_json(const EnvironmentRequest& environment) {
  Json json = Json::object();
  if (const auto* image = std::get_if<std::string>(&environment.source)) json["image"] = *image;
  if (const auto* color = std::get_if<Vec3>(&environment.source)) json["color"] = to_json(*color);
  json["rotation_deg"] = decimal(environment.rotation_deg);
  json["intensity"] = decimal(environment.intensity);
  return json;
}

Json to_json(const Background& background) {
  if (background.kind == BackgroundKind::color) return to_json(background.color);
  return background.kind == BackgroundKind::transparent ? "transparent" : "environment";
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

Result<RenderRequest> render_request_from_json(const Json& json) {
  if (auto error = check_against_render_schema(json)) return *std::move(error);
  RenderRequest r;
  r.scene = json["scene"].get<std::string>();
  if (json.contains("camera")) r.camera = camera_from(json["camera"]);
  if (json.contains("environment")) r.environment = environment_from(json["environment"]);
  if (json.contains("background")) r.background = background_from(json["background"]);
  r.width = json.value("width", r.width);
  r.height = json.value("height", r.height);
  r.samples_per_pixel = json.value("samples_per_pixel", r.samples_per_pixel);
  r.max_depth = json.value("max_depth", r.max_depth);
  r.seed = json.value("seed", r.seed);
  r.exposure_ev = json.value("exposure_ev", r.exposure_ev);
  r.tone_mapping = *tone_mapping_from_name(json.value("tone_mapping", std::string(name_of(r.tone_mapping))));
  r.format = *image_format_from_name(json.value("format", std::string(name_of(r.format))));
  if (json.contains("metadata")) r.metadata = json["metadata"].dump();
  if (auto error = rule_broken(json, r)) return *std::move(error);
  return r;
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

Json to_json(const RenderRequest& r) {
  return {{"scene", r.scene},
          {"camera", to_json(r.camera)},
          {"environment", to_json(r.environment)},
          {"background", to_json(r.background)},
          {"width", r.width},
          {"height", r.height},
          {"samples_per_pixel", r.samples_per_pixel},
          {"max_depth", r.max_depth},
          {"seed", r.seed},
          {"exposure_ev", decimal(r.exposure_ev)},
          {"tone_mapping", name_of(r.tone_mapping)},
          {"format", name_of(r.format)},
          {"metadata", Json::parse(r.metadata, nullptr, false)}};
}

}  // namespace kiln::http
