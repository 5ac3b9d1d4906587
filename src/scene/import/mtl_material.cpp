#include "scene/import/mtl_material.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "scene/import/text_lines.h"

namespace kiln::scene {
namespace {

using Texture = std::optional<std::size_t>;

float largest(Vec3 v) { return std::max({v.x, v.y, v.z}); }

Json color(Vec3 v) { return {std::clamp(v.x, 0.0f, 1.0f), std::clamp(v.y, 0.0f, 1.0f), std::clamp(v.z, 0.0f, 1.0f)}; }

class MaterialWriter {
 public:
  MaterialWriter(ModelBuilder& builder, ImportedTextures& textures, const MtlMaterial& material)
      : builder_(builder), textures_(textures), m_(material) {}

  Result<std::size_t> write() {
    if (!m_.name.empty()) json_["name"] = m_.name;
    for (auto step : {&MaterialWriter::write_base, &MaterialWriter::write_surface, &MaterialWriter::write_emission,
                      &MaterialWriter::write_normals})
      if (auto done = (this->*step)(); !done) return done.error();
    write_specular();
    for (const auto& [key, picture] : m_.pictures)
      if (!used_.contains(key)) builder_.warn("material " + in_quotes(m_.name) + ": " + key + " is left out");
    return builder_.add_material(std::move(json_));
  }

 private:
  const MtlPicture* picture(const char* key) {
    used_.insert(key);
    const auto it = m_.pictures.find(key);
    return it == m_.pictures.end() ? nullptr : &it->second;
  }

  static std::string name_of(const MtlPicture* picture) { return picture == nullptr ? "" : picture->name; }

  /// A reference to a texture that lies as the picture's options say; OBJ's v goes up, glTF's down.
  Json reference(std::size_t texture, const MtlPicture& p) {
    Json info = {{"index", texture}};
    if (p.scale.x == 1 && p.scale.y == 1 && p.offset.x == 0 && p.offset.y == 0) return info;
    builder_.use_extension("KHR_texture_transform");
    info["extensions"]["KHR_texture_transform"] = {{"scale", {p.scale.x, p.scale.y}},
                                                   {"offset", {p.offset.x, 1 - p.scale.y - p.offset.y}}};
    return info;
  }

  Result<void> write_base() {
    const MtlPicture *base = picture("map_kd"), *alpha = picture("map_d");
    if (alpha == nullptr) alpha = picture("map_tr");
    float opacity = m_.opacity ? *m_.opacity : m_.transparency ? 1 - *m_.transparency : 1;
    opacity = std::clamp(opacity, 0.0f, 1.0f);
    auto& pbr = json_["pbrMetallicRoughness"];
    const MtlPicture* placed = base != nullptr ? base : alpha;
    Result<Texture> texture = Texture{};
    if (alpha != nullptr) texture = textures_.with_alpha(name_of(base), alpha->name, placed->clamped);
    if (alpha == nullptr && base != nullptr) texture = textures_.texture(base->name, base->clamped);
    if (!texture) return texture.error();
    if (*texture) pbr["baseColorTexture"] = reference(**texture, *placed);
    const bool is_painted = *texture && base != nullptr && textures_.has(base->name);
    pbr["baseColorFactor"] = color(is_painted ? Vec3{1, 1, 1} : m_.diffuse.value_or(Vec3{0.8f, 0.8f, 0.8f}));
    pbr["baseColorFactor"].push_back(opacity);
    if (opacity < 1 || (alpha != nullptr && textures_.has(alpha->name))) json_["alphaMode"] = "BLEND";
    return {};
  }

  Result<void> write_surface() {
    const MtlPicture *rough = picture("map_pr"), *metal = picture("map_pm");
    auto& pbr = json_["pbrMetallicRoughness"];
    const float phong = std::pow(2 / (std::clamp(m_.shininess.value_or(0), 0.0f, 1e6f) + 2), 0.25f);
    const float roughness = rough != nullptr && textures_.has(rough->name) ? 1 : phong;
    const float metallic = metal != nullptr && textures_.has(metal->name) ? 1 : 0;
    pbr["roughnessFactor"] = std::clamp(m_.roughness.value_or(roughness), 0.0f, 1.0f);
    pbr["metallicFactor"] = std::clamp(m_.metallic.value_or(metallic), 0.0f, 1.0f);
    const MtlPicture* placed = rough != nullptr ? rough : metal;
    if (placed == nullptr) return {};
    const auto texture = textures_.packed(name_of(rough), name_of(metal), placed->clamped);
    if (!texture) return texture.error();
    if (*texture) pbr["metallicRoughnessTexture"] = reference(**texture, *placed);
    return {};
  }

  Result<void> write_emission() {
    const MtlPicture* map = picture("map_ke");
    Vec3 emission = m_.emission.value_or(Vec3{});
    if (map != nullptr) {
      const auto texture = textures_.texture(map->name, map->clamped);
      if (!texture) return texture.error();
      if (*texture) json_["emissiveTexture"] = reference(**texture, *map);
      if (*texture && largest(emission) == 0) emission = {1, 1, 1};
    }
    const float strength = largest(emission);
    if (strength > 1) {
      builder_.use_extension("KHR_materials_emissive_strength");
      json_["extensions"]["KHR_materials_emissive_strength"]["emissiveStrength"] = strength;
      emission = emission / strength;
    }
    if (strength > 0) json_["emissiveFactor"] = color(emission);
    return {};
  }

  Result<void> write_normals() {
    for (const char* key : {"norm", "map_norm", "map_bump", "bump"}) {
      const MtlPicture* map = picture(key);
      if (map == nullptr || json_.contains("normalTexture") || !textures_.has(map->name)) continue;
      const bool is_normal = std::string_view(key).find("norm") != std::string_view::npos;
      const auto looks_so = is_normal ? Result<bool>(true) : textures_.is_normal_map(map->name);
      if (!looks_so) return looks_so.error();
      if (!*looks_so) {
        builder_.warn("material " + in_quotes(m_.name) + ": the heights of " + in_quotes(map->name) + " are left out");
        continue;
      }
      const auto texture = textures_.texture(map->name, map->clamped);
      if (!texture) return texture.error();
      if (!*texture) continue;
      json_["normalTexture"] = reference(**texture, *map);
      if (map->bump != 1) json_["normalTexture"]["scale"] = map->bump;
    }
    return {};
  }

  void write_specular() {
    float factor = 1;
    if (m_.specular) factor = std::min(1.0f, (m_.specular->x + m_.specular->y + m_.specular->z) / 3 / 0.5f);
    if (m_.illumination < 2) factor = 0;
    if (factor == 1) return;
    builder_.use_extension("KHR_materials_specular");
    json_["extensions"]["KHR_materials_specular"]["specularFactor"] = factor;
  }

  ModelBuilder& builder_;
  ImportedTextures& textures_;
  const MtlMaterial& m_;
  Json json_;
  std::set<std::string> used_;
};

}  // namespace

Result<std::size_t> add_mtl_material(ModelBuilder& builder, ImportedTextures& textures, const MtlMaterial& material) {
  return MaterialWriter(builder, textures, material).write();
}

}  // namespace kiln::scene
