#include "codec/asset_json.h"

namespace kiln::codec {
namespace {

Json to_json(Vec3 v) { return Json::array({decimal(v.x), decimal(v.y), decimal(v.z)}); }

Vec3 vec3_from_json(const Json& json) {
  return {json.at(0).get<float>(), json.at(1).get<float>(), json.at(2).get<float>()};
}

Json decimals(const std::vector<float>& values) {
  Json json = Json::array();
  for (const float value : values) json.push_back(decimal(value));
  return json;
}

Json bounds_or_null(const Bounds& b) {
  if (b.empty()) return nullptr;
  return {{"min", to_json(b.min)}, {"max", to_json(b.max)}};
}

Json scene_json(const AssetSummary& s) {
  return {{"triangles", s.triangles},
          {"unique_triangles", s.unique_triangles},
          {"meshes", s.meshes},
          {"instances", s.instances},
          {"materials", s.materials},
          {"textures", s.textures},
          {"lights", s.lights},
          {"cameras", s.cameras},
          {"animations", s.animations},
          {"animation_durations_s", decimals(s.animation_durations_s)},
          {"variants", s.variants},
          {"extensions_used", s.extensions_used},
          {"extensions_unsupported", s.extensions_unsupported},
          {"warnings", s.warnings},
          {"bounds", bounds_or_null(s.bounds)},
          {"device_bytes", s.device_bytes}};
}

void read_scene(const Json& json, AssetSummary& s) {
  json.at("triangles").get_to(s.triangles);
  json.at("unique_triangles").get_to(s.unique_triangles);
  json.at("meshes").get_to(s.meshes);
  json.at("instances").get_to(s.instances);
  json.at("materials").get_to(s.materials);
  json.at("textures").get_to(s.textures);
  json.at("lights").get_to(s.lights);
  json.at("cameras").get_to(s.cameras);
  json.at("animations").get_to(s.animations);
  s.animation_durations_s = json.value("animation_durations_s", std::vector<float>{});  // older summaries have none
  json.at("variants").get_to(s.variants);
  json.at("extensions_used").get_to(s.extensions_used);
  json.at("extensions_unsupported").get_to(s.extensions_unsupported);
  s.warnings = json.value("warnings", std::vector<std::string>{});  // older summaries have none
  const Json& bounds = json.at("bounds");
  if (!bounds.is_null()) s.bounds = {vec3_from_json(bounds.at("min")), vec3_from_json(bounds.at("max"))};
}

}  // namespace

std::string_view name_of(AssetKind kind) { return kind == AssetKind::scene ? "scene" : "environment"; }

Json to_json(const AssetSummary& s) {
  if (s.kind == AssetKind::scene) return scene_json(s);
  return {{"width", s.width}, {"height", s.height}, {"device_bytes", s.device_bytes}};
}

AssetSummary asset_summary_from_json(std::string_view kind, const Json& json) {
  AssetSummary s;
  s.kind = kind == name_of(AssetKind::scene) ? AssetKind::scene : AssetKind::environment;
  json.at("device_bytes").get_to(s.device_bytes);
  if (s.kind == AssetKind::scene) {
    read_scene(json, s);
  } else {
    json.at("width").get_to(s.width);
    json.at("height").get_to(s.height);
  }
  return s;
}

}  // namespace kiln::codec
