#include "codec/render_request_json.h"

namespace kiln::codec {
namespace {

Vec3 vec3_from(const Json& json) { return {json.at(0).get<float>(), json.at(1).get<float>(), json.at(2).get<float>()}; }

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
  camera.eye = vec3_from(json.at("eye"));
  camera.target = vec3_from(json.at("target"));
  if (json.contains("up")) camera.up = vec3_from(json["up"]);
  return camera;
}

GltfCamera gltf_from(const Json& json) {
  if (json.is_string()) return {json.get<std::string>()};
  return {json.get<std::uint32_t>()};
}

void read_lens(const Json& json, CameraRequest& camera) {
  if (json.contains("lens_radius_m")) camera.lens_radius_m = json["lens_radius_m"].get<float>();
  if (json.contains("f_stop")) camera.f_stop = json["f_stop"].get<float>();
  if (json.contains("focus_distance_m")) camera.focus_distance_m = json["focus_distance_m"].get<float>();
}

void write_lens(const CameraRequest& camera, Json& json) {
  if (camera.lens_radius_m) json["lens_radius_m"] = decimal(*camera.lens_radius_m);
  if (camera.f_stop) json["f_stop"] = decimal(*camera.f_stop);
  if (camera.focus_distance_m) json["focus_distance_m"] = decimal(*camera.focus_distance_m);
}

CameraRequest camera_from(const Json& json) {
  CameraRequest camera;
  if (json.contains("orbit")) camera.placement = orbit_from(json["orbit"]);
  if (json.contains("look_at")) camera.placement = look_at_from(json["look_at"]);
  if (json.contains("gltf")) camera.placement = gltf_from(json["gltf"]);
  if (json.contains("vertical_fov_deg")) camera.vertical_fov_deg = json["vertical_fov_deg"].get<float>();
  camera.turn_deg = json.value("turn_deg", camera.turn_deg);
  read_lens(json, camera);
  return camera;
}

SkyRequest sky_from(const Json& json) {
  SkyRequest sky;
  sky.sun_elevation_deg = json.value("sun_elevation_deg", sky.sun_elevation_deg);
  sky.sun_azimuth_deg = json.value("sun_azimuth_deg", sky.sun_azimuth_deg);
  sky.turbidity = json.value("turbidity", sky.turbidity);
  sky.ground_albedo = json.value("ground_albedo", sky.ground_albedo);
  return sky;
}

EnvironmentRequest environment_from(const Json& json) {
  EnvironmentRequest environment;
  if (json.contains("image")) environment.source = json["image"].get<std::string>();
  if (json.contains("color")) environment.source = vec3_from(json["color"]);
  if (json.contains("sky")) environment.source = sky_from(json["sky"]);
  environment.rotation_deg = json.value("rotation_deg", environment.rotation_deg);
  environment.intensity = json.value("intensity", environment.intensity);
  return environment;
}

Background background_from(const Json& json) {
  if (json.is_array()) return {BackgroundKind::color, vec3_from(json)};
  const bool transparent = json == "transparent";
  return {transparent ? BackgroundKind::transparent : BackgroundKind::environment, {}};
}

Region region_from(const Json& json) {
  return {json.at("x").get<std::uint32_t>(), json.at("y").get<std::uint32_t>(), json.at("width").get<std::uint32_t>(),
          json.at("height").get<std::uint32_t>()};
}

void read_film(const Json& json, RenderRequest& r) {
  r.width = json.value("width", r.width);
  r.height = json.value("height", r.height);
  if (json.contains("region")) r.region = region_from(json["region"]);
  r.filter_width_px = json.value("filter_width_px", r.filter_width_px);
}

void write_film(const RenderRequest& r, Json& json) {
  json["width"] = r.width;
  json["height"] = r.height;
  if (const auto& part = r.region) {
    json["region"] = {{"x", part->x}, {"y", part->y}, {"width", part->width}, {"height", part->height}};
  }
  if (r.filter_width_px != RenderRequest().filter_width_px) json["filter_width_px"] = decimal(r.filter_width_px);
}

/// When a render ends before its last sample, and what is given up for less noise.
void read_limits(const Json& json, RenderRequest& r) {
  if (json.contains("time_limit_s")) r.time_limit_s = json["time_limit_s"].get<float>();
  if (json.contains("time_budget_s")) r.time_budget_s = json["time_budget_s"].get<float>();
  if (json.contains("noise_threshold")) r.noise_threshold = json["noise_threshold"].get<float>();
  if (json.contains("firefly_clamp")) r.firefly_clamp = json["firefly_clamp"].get<float>();
  r.keep_partial = json.value("keep_partial", r.keep_partial);
}

void write_limits(const RenderRequest& r, Json& json) {
  if (r.time_limit_s) json["time_limit_s"] = decimal(*r.time_limit_s);
  if (r.time_budget_s) json["time_budget_s"] = decimal(*r.time_budget_s);
  if (r.noise_threshold) json["noise_threshold"] = decimal(*r.noise_threshold);
  if (r.firefly_clamp) json["firefly_clamp"] = decimal(*r.firefly_clamp);
  if (r.keep_partial) json["keep_partial"] = true;
}

/// How the finished picture is treated, in what the first version did not know.
void read_finish(const Json& json, RenderRequest& r) {
  if (json.contains("white_balance_k")) r.white_balance_k = json["white_balance_k"].get<float>();
  r.bit_depth = json.value("bit_depth", r.bit_depth);
  r.denoise = json.value("denoise", r.denoise);
  for (const auto& name : json.value("aovs", Json::array())) {
    if (const auto aov = aov_from_name(name.get<std::string>())) r.aovs.insert(*aov);
  }
}

void write_finish(const RenderRequest& r, Json& json) {
  if (r.white_balance_k) json["white_balance_k"] = decimal(*r.white_balance_k);
  if (r.bit_depth != RenderRequest().bit_depth) json["bit_depth"] = r.bit_depth;
  if (r.denoise) json["denoise"] = true;
  for (const Aov aov : r.aovs) json["aovs"].push_back(name_of(aov));
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
  if (camera.turn_deg != 0) json["turn_deg"] = decimal(camera.turn_deg);
  write_lens(camera, json);
  return json;
}

Json to_json(const EnvironmentRequest& environment) {
  Json json = Json::object();
  if (const auto* image = std::get_if<std::string>(&environment.source)) json["image"] = *image;
  if (const auto* color = std::get_if<Vec3>(&environment.source)) json["color"] = to_json(*color);
  if (const auto* sky = std::get_if<SkyRequest>(&environment.source)) {
    json["sky"] = {{"sun_elevation_deg", decimal(sky->sun_elevation_deg)},
                   {"sun_azimuth_deg", decimal(sky->sun_azimuth_deg)},
                   {"turbidity", decimal(sky->turbidity)},
                   {"ground_albedo", decimal(sky->ground_albedo)}};
  }
  json["rotation_deg"] = decimal(environment.rotation_deg);
  json["intensity"] = decimal(environment.intensity);
  return json;
}

Json to_json(const Background& background) {
  if (background.kind == BackgroundKind::color) return to_json(background.color);
  return background.kind == BackgroundKind::transparent ? "transparent" : "environment";
}

}  // namespace

RenderRequest render_request_from_json(const Json& json) {
  RenderRequest r;
  r.scene = json.at("scene").get<std::string>();
  if (json.contains("camera")) r.camera = camera_from(json["camera"]);
  if (json.contains("environment")) r.environment = environment_from(json["environment"]);
  if (json.contains("background")) r.background = background_from(json["background"]);
  read_film(json, r);
  if (json.value("ground", std::string()) == "shadow") r.ground = Ground::shadow;
  r.samples_per_pixel = json.value("samples_per_pixel", r.samples_per_pixel);
  r.max_depth = json.value("max_depth", r.max_depth);
  r.seed = json.value("seed", r.seed);
  read_limits(json, r);
  if (json.contains("animation")) r.animation = json["animation"].get<std::uint32_t>();
  if (json.contains("time_s")) r.time_s = json["time_s"].get<float>();
  r.shutter_s = json.value("shutter_s", r.shutter_s);
  if (json.contains("variant")) r.variant = json["variant"].get<std::string>();
  r.exposure_ev = json.value("exposure_ev", r.exposure_ev);
  const auto tone_mapping = tone_mapping_from_name(json.value("tone_mapping", std::string()));
  r.tone_mapping = tone_mapping.value_or(r.tone_mapping);
  r.format = image_format_from_name(json.value("format", std::string())).value_or(r.format);
  read_finish(json, r);
  if (json.contains("metadata")) r.metadata = json["metadata"].dump();
  return r;
}

Json to_json(const RenderRequest& r) {
  Json json{{"scene", r.scene},
            {"camera", to_json(r.camera)},
            {"environment", to_json(r.environment)},
            {"background", to_json(r.background)},
            {"samples_per_pixel", r.samples_per_pixel},
            {"max_depth", r.max_depth},
            {"seed", r.seed},
            {"exposure_ev", decimal(r.exposure_ev)},
            {"tone_mapping", name_of(r.tone_mapping)},
            {"format", name_of(r.format)},
            {"metadata", Json::parse(r.metadata, nullptr, false)}};
  write_film(r, json);
  if (r.ground == Ground::shadow) json["ground"] = "shadow";
  write_limits(r, json);
  if (r.animation != 0) json["animation"] = r.animation;
  if (r.time_s) json["time_s"] = decimal(*r.time_s);
  if (r.shutter_s != 0) json["shutter_s"] = decimal(r.shutter_s);
  if (r.variant) json["variant"] = *r.variant;
  write_finish(r, json);
  return json;
}

}  // namespace kiln::codec
