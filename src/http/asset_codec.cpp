#include "http/asset_codec.h"

#include "base/clock.h"

namespace kiln::http {
namespace {

Json bounds_or_null(const Bounds& b) {
  if (b.empty()) return nullptr;
  return {{"min", {b.min.x, b.min.y, b.min.z}}, {"max", {b.max.x, b.max.y, b.max.z}}};
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
          {"variants", s.variants},
          {"extensions_used", s.extensions_used},
          {"extensions_unsupported", s.extensions_unsupported},
          {"bounds", bounds_or_null(s.bounds)},
          {"device_bytes", s.device_bytes}};
}

}  // namespace

Json to_json(const Asset& asset) {
  const AssetSummary& s = asset.summary;
  const bool scene = s.kind == AssetKind::scene;
  return {{"id", asset.id},
          {"kind", scene ? "scene" : "environment"},
          {"media_type", asset.media_type},
          {"bytes", asset.bytes},
          {"created_at", rfc3339(asset.created_at)},
          {"summary",
           scene ? scene_json(s) : Json{{"width", s.width}, {"height", s.height}, {"device_bytes", s.device_bytes}}},
          {"links", {{"self", "/assets/" + asset.id}}}};
}

}  // namespace kiln::http
