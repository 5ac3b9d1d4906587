#include "scene/gltf_material_layers.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace kiln::scene {
namespace {

/// One extension object of a material; reads into members of MaterialLayers what is there.
class LayerReader {
 public:
  LayerReader(const tinygltf::Value& extension, const SlotReader& read_slot, Result<void>& done)
      : extension_(extension), read_slot_(read_slot), done_(done) {}

  void number(const char* name, float& target) const {
    if (extension_.Has(name)) target = static_cast<float>(extension_.Get(name).GetNumberAsDouble());
  }

  void color(const char* name, Vec3& target) const {
    if (!extension_.Has(name)) return;
    const tinygltf::Value& c = extension_.Get(name);
    const auto channel = [&](int i) { return static_cast<float>(c.Get(i).GetNumberAsDouble()); };
    target = {channel(0), channel(1), channel(2)};
  }

  void alpha(const char* name, float& target) const {
    if (extension_.Has(name)) target = static_cast<float>(extension_.Get(name).Get(3).GetNumberAsDouble());
  }

  void texture(const char* name, bool srgb, TextureSlot& target) const {
    if (!done_ || !read_slot_ || !extension_.Has(name)) return;
    const tinygltf::Value& value = extension_.Get(name);
    tinygltf::TextureInfo info;
    info.index = value.Get("index").GetNumberAsInt();
    if (value.Has("texCoord")) info.texCoord = value.Get("texCoord").GetNumberAsInt();
    if (value.Has("extensions")) {
      for (const std::string& key : value.Get("extensions").Keys()) {
        info.extensions.emplace(key, value.Get("extensions").Get(key));
      }
    }
    const auto slot = read_slot_(info, srgb);
    if (slot) {
      target = *slot;
    } else {
      done_ = slot.error();
    }
  }

  /// The scale of a normal texture stands in its texture info.
  void scale(const char* texture_name, float& target) const {
    if (!extension_.Has(texture_name)) return;
    const tinygltf::Value& info = extension_.Get(texture_name);
    if (info.Has("scale")) target = static_cast<float>(info.Get("scale").GetNumberAsDouble());
  }

 private:
  const tinygltf::Value& extension_;
  const SlotReader& read_slot_;
  Result<void>& done_;
};

void read_specular(const LayerReader& in, MaterialLayers& layers) {
  in.number("specularFactor", layers.specular);
  in.color("specularColorFactor", layers.specular_color);
  in.texture("specularTexture", false, layers.specular_texture);
  in.texture("specularColorTexture", true, layers.specular_color_texture);
}

void read_clearcoat(const LayerReader& in, MaterialLayers& layers) {
  in.number("clearcoatFactor", layers.clearcoat);
  in.number("clearcoatRoughnessFactor", layers.clearcoat_roughness);
  in.scale("clearcoatNormalTexture", layers.clearcoat_normal_scale);
  in.texture("clearcoatTexture", false, layers.clearcoat_texture);
  in.texture("clearcoatRoughnessTexture", false, layers.clearcoat_roughness_texture);
  in.texture("clearcoatNormalTexture", false, layers.clearcoat_normal_texture);
}

void read_sheen(const LayerReader& in, MaterialLayers& layers) {
  in.color("sheenColorFactor", layers.sheen_color);
  in.number("sheenRoughnessFactor", layers.sheen_roughness);
  in.texture("sheenColorTexture", true, layers.sheen_color_texture);
  in.texture("sheenRoughnessTexture", false, layers.sheen_roughness_texture);
}

void read_anisotropy(const LayerReader& in, MaterialLayers& layers) {
  float rotation_rad = 0;
  in.number("anisotropyStrength", layers.anisotropy);
  in.number("anisotropyRotation", rotation_rad);
  layers.anisotropy_direction = {std::cos(rotation_rad), std::sin(rotation_rad)};
  in.texture("anisotropyTexture", false, layers.anisotropy_texture);
}

void read_iridescence(const LayerReader& in, MaterialLayers& layers) {
  in.number("iridescenceFactor", layers.iridescence);
  in.number("iridescenceIor", layers.iridescence_ior);
  in.number("iridescenceThicknessMinimum", layers.film_thinnest_nm);
  in.number("iridescenceThicknessMaximum", layers.film_thickest_nm);
  in.texture("iridescenceTexture", false, layers.iridescence_texture);
  in.texture("iridescenceThicknessTexture", false, layers.film_thickness_texture);
}

void read_transmission(const LayerReader& in, MaterialLayers& layers) {
  in.number("transmissionFactor", layers.transmission);
  in.texture("transmissionTexture", false, layers.transmission_texture);
}

/// The thickness itself is for renderers that do not see the body's other side; its texture likewise.
void read_volume(const LayerReader& in, MaterialLayers& layers) {
  float thickness_m = 0, distance_m = 0;
  Vec3 color{1, 1, 1};
  in.number("thicknessFactor", thickness_m);
  in.number("attenuationDistance", distance_m);
  in.color("attenuationColor", color);
  layers.has_volume = thickness_m > 0;
  if (!(distance_m > 0)) return;
  constexpr float kDarkest = 1e-4f;  // black would absorb without bounds
  const auto per_m = [&](float c) { return -std::log(std::max(c, kDarkest)) / distance_m; };
  layers.absorption_per_m = {per_m(color.x), per_m(color.y), per_m(color.z)};
}

void read_dispersion(const LayerReader& in, MaterialLayers& layers) { in.number("dispersion", layers.dispersion); }

void read_diffuse_transmission(const LayerReader& in, MaterialLayers& layers) {
  in.number("diffuseTransmissionFactor", layers.diffuse_transmission);
  in.color("diffuseTransmissionColorFactor", layers.diffuse_transmission_color);
  in.texture("diffuseTransmissionTexture", false, layers.diffuse_transmission_texture);
  in.texture("diffuseTransmissionColorTexture", true, layers.diffuse_transmission_color_texture);
}

/// The coat of the archived model reflects specularFactor at normal incidence and white edge-on: Schlick's term over an
/// index of which nothing is left to reflect. It knows no light that gets through.
void read_glossy_coat(const LayerReader& in, MaterialLayers& layers) {
  layers.specular = 1, layers.specular_color = {1, 1, 1};
  layers.specular_texture = {};
  layers.transmission = layers.diffuse_transmission = 0;
  in.color("specularFactor", layers.specular_color);
  in.texture("specularGlossinessTexture", true, layers.specular_color_texture);
}

struct LayerExtension {
  const char* name;
  void (*read)(const LayerReader& in, MaterialLayers& layers);
};

constexpr const char* kSpecularGlossiness = "KHR_materials_pbrSpecularGlossiness";

constexpr LayerExtension kExtensions[] = {{"KHR_materials_specular", read_specular},
                                          {"KHR_materials_clearcoat", read_clearcoat},
                                          {"KHR_materials_sheen", read_sheen},
                                          {"KHR_materials_anisotropy", read_anisotropy},
                                          {"KHR_materials_iridescence", read_iridescence},
                                          {"KHR_materials_transmission", read_transmission},
                                          {"KHR_materials_volume", read_volume},
                                          {"KHR_materials_dispersion", read_dispersion},
                                          {"KHR_materials_diffuse_transmission", read_diffuse_transmission},
                                          {kSpecularGlossiness, read_glossy_coat}};  // last: it overrules

}  // namespace

Result<std::optional<MaterialLayers>> read_material_layers(const tinygltf::Material& material,
                                                           const SlotReader& read_slot) {
  MaterialLayers layers;
  bool has_any = false;
  Result<void> done;
  for (const LayerExtension& extension : kExtensions) {
    const auto at = material.extensions.find(extension.name);
    if (at == material.extensions.end()) continue;
    has_any = true;
    extension.read(LayerReader(at->second, read_slot, done), layers);
  }
  if (!done) return done.error();
  return has_any ? std::optional(layers) : std::nullopt;
}

Result<bool> read_specular_glossiness(const tinygltf::Material& material, const SlotReader& read_slot,
                                      Material& target) {
  const auto at = material.extensions.find(kSpecularGlossiness);
  if (at == material.extensions.end()) return false;
  Result<void> done;
  const LayerReader in(at->second, read_slot, done);
  constexpr float kMirror = 1e6f;  // reflects all, which the layer's colour scales down
  float glossiness = 1;
  target.base_color = {1, 1, 1}, target.alpha = 1;
  in.color("diffuseFactor", target.base_color);
  in.alpha("diffuseFactor", target.alpha);
  in.number("glossinessFactor", glossiness);
  target.metallic = 0, target.roughness = 1 - glossiness, target.ior = kMirror;
  target.has_glossiness = true;
  in.texture("diffuseTexture", true, target.base_color_texture);
  in.texture("specularGlossinessTexture", true, target.metallic_roughness_texture);
  if (!done) return done.error();
  return true;
}

}  // namespace kiln::scene
