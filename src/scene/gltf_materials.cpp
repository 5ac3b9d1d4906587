#include "scene/gltf_materials.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "image/decode.h"
#include "scene/gltf_material_layers.h"

namespace kiln::scene {
namespace {

Wrap wrap_of(int gl) {
  switch (gl) {
    case TINYGLTF_TEXTURE_WRAP_CLAMP_TO_EDGE:
      return Wrap::clamp_to_edge;
    case TINYGLTF_TEXTURE_WRAP_MIRRORED_REPEAT:
      return Wrap::mirrored_repeat;
    default:
      return Wrap::repeat;
  }
}

/// The WebP picture where there is one (EXT_texture_webp), else the core one, else -1.
int image_of(const tinygltf::Texture& texture) {
  const auto it = texture.extensions.find("EXT_texture_webp");
  return it != texture.extensions.end() && it->second.Has("source") ? it->second.Get("source").GetNumberAsInt()
                                                                    : texture.source;
}

float float_at(const tinygltf::Value& array, int i) { return static_cast<float>(array.Get(i).GetNumberAsDouble()); }

Vec3 color_of(const std::vector<double>& c) {
  return {static_cast<float>(c[0]), static_cast<float>(c[1]), static_cast<float>(c[2])};
}

double extension_number(const tinygltf::ExtensionMap& extensions, const char* name, const char* key, double otherwise) {
  const auto it = extensions.find(name);
  return it != extensions.end() && it->second.Has(key) ? it->second.Get(key).GetNumberAsDouble() : otherwise;
}

/// KHR_texture_transform: uv' = T R S uv, where R turns counter-clockwise as one looks at the picture (v points down).
void apply_transform(const tinygltf::ExtensionMap& extensions, TextureSlot& slot) {
  const auto it = extensions.find("KHR_texture_transform");
  if (it == extensions.end()) return;
  const tinygltf::Value& t = it->second;
  const double angle = extension_number(extensions, it->first.c_str(), "rotation", 0);
  const auto c = static_cast<float>(std::cos(angle)), s = static_cast<float>(std::sin(angle));
  const Vec2 scale = t.Has("scale") ? Vec2{float_at(t.Get("scale"), 0), float_at(t.Get("scale"), 1)} : Vec2{1, 1};
  slot.m00 = c * scale.x, slot.m01 = s * scale.y;
  slot.m10 = -s * scale.x, slot.m11 = c * scale.y;
  if (t.Has("offset")) slot.tx = float_at(t.Get("offset"), 0), slot.ty = float_at(t.Get("offset"), 1);
  if (t.Has("texCoord")) slot.uv_set = static_cast<std::uint32_t>(t.Get("texCoord").GetNumberAsInt());
}

class MaterialBuilder {
 public:
  MaterialBuilder(const Document& document, const Limits& limits, const GltfScene* decoded, Scene& scene)
      : document_(document), limits_(limits), decoded_(decoded), scene_(scene) {}

  Result<Material> build(const tinygltf::Material& source, bool with_textures);
  std::map<std::size_t, TexelRange>& images() { return images_; }

 private:
  Result<std::uint32_t> layers_for(const tinygltf::Material& source, const SlotReader& read_slot);
  Result<void> add_core_textures(const tinygltf::Material& source, Material& m);
  template <class Info>
  Result<TextureSlot> slot_for(const Info& info, bool srgb);
  Result<std::uint32_t> texture_for(int index, bool srgb);
  Result<TexelRange> texels_for(std::size_t image);
  Result<TexelRange> add_texels(std::size_t image, std::uint64_t max_texels);

  const Document& document_;
  const Limits& limits_;
  const GltfScene* decoded_;
  Scene& scene_;
  std::map<std::size_t, TexelRange> images_;                      ///< by index in the file
  std::map<std::tuple<int, int, bool>, std::uint32_t> textures_;  ///< by image, sampler, sRGB
};

Result<TexelRange> MaterialBuilder::texels_for(std::size_t image) {
  if (const auto it = images_.find(image); it != images_.end()) return it->second;
  const std::uint64_t left = limits_.max_texels - std::min<std::uint64_t>(limits_.max_texels, scene_.texels.size());
  const auto added = add_texels(image, std::min(limits_.max_image_texels, left));
  if (added) images_.emplace(image, *added);
  return added;
}

Result<TexelRange> MaterialBuilder::add_texels(std::size_t image, std::uint64_t max_texels) {
  const std::uint64_t first = scene_.texels.size();
  if (decoded_ != nullptr && decoded_->images.contains(image)) {
    const TexelRange from = decoded_->images.at(image);
    const std::uint64_t count = std::uint64_t{from.width} * from.height;
    if (count <= max_texels) {
      const auto begin = decoded_->scene->texels.begin() + static_cast<std::ptrdiff_t>(from.first_texel);
      scene_.texels.insert(scene_.texels.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
      return TexelRange{first, from.width, from.height};
    }
  }
  const auto decoded = decode_image(document_.images[image], max_texels);
  if (!decoded) {
    const std::string pointer = "/images/" + std::to_string(image);
    return Error{decoded.error().code, pointer + ": " + decoded.error().message, pointer};
  }
  scene_.texels.insert(scene_.texels.end(), decoded->texels.begin(), decoded->texels.end());
  return TexelRange{first, decoded->width, decoded->height};
}

Result<std::uint32_t> MaterialBuilder::texture_for(int index, bool srgb) {
  const tinygltf::Texture& texture = document_.model.textures[static_cast<std::size_t>(index)];
  const int image = image_of(texture);
  if (image < 0) {
    const std::string pointer = "/textures/" + std::to_string(index);
    const Json& json = document_.json["textures"][static_cast<std::size_t>(index)];
    if (json.contains("extensions") && json["extensions"].contains("KHR_texture_basisu"))
      return Error{ErrorCode::unsupported_extension,
                   pointer + " has its picture in KHR_texture_basisu alone, which is not supported", pointer};
    return kNone;  // none at all, or in an extension that nobody knows
  }
  const auto key = std::make_tuple(image, texture.sampler, srgb);
  if (const auto it = textures_.find(key); it != textures_.end()) return it->second;
  const auto texels = texels_for(static_cast<std::size_t>(image));
  if (!texels) return texels.error();
  Texture out;
  out.first_texel = texels->first_texel, out.width = texels->width, out.height = texels->height;
  out.srgb = srgb;
  if (texture.sampler >= 0) {
    const tinygltf::Sampler& sampler = document_.model.samplers[static_cast<std::size_t>(texture.sampler)];
    out.wrap_u = wrap_of(sampler.wrapS), out.wrap_v = wrap_of(sampler.wrapT);
    if (sampler.magFilter == TINYGLTF_TEXTURE_FILTER_NEAREST) out.filter = Filter::nearest;
    // Filters without mipmaps (glTF 2.0, section 3.8.4.1).
    out.may_have_levels =
        sampler.minFilter != TINYGLTF_TEXTURE_FILTER_NEAREST && sampler.minFilter != TINYGLTF_TEXTURE_FILTER_LINEAR;
  }
  scene_.textures.push_back(out);
  const auto added = static_cast<std::uint32_t>(scene_.textures.size() - 1);
  textures_.emplace(key, added);
  return added;
}

template <class Info>
Result<TextureSlot> MaterialBuilder::slot_for(const Info& info, bool srgb) {
  TextureSlot slot;
  if (info.index < 0) return slot;
  const auto texture = texture_for(info.index, srgb);
  if (!texture) return texture.error();
  slot.texture = *texture;
  slot.uv_set = static_cast<std::uint32_t>(info.texCoord);
  apply_transform(info.extensions, slot);
  return slot;
}

/// The element of the scene's material_layers, kNone for a core material.
Result<std::uint32_t> MaterialBuilder::layers_for(const tinygltf::Material& source, const SlotReader& read_slot) {
  const auto layers = read_material_layers(source, read_slot);
  if (!layers) return layers.error();
  if (!*layers) return kNone;
  scene_.material_layers.push_back(**layers);
  return static_cast<std::uint32_t>(scene_.material_layers.size() - 1);
}

Result<void> MaterialBuilder::add_core_textures(const tinygltf::Material& source, Material& m) {
  const auto base_color = slot_for(source.pbrMetallicRoughness.baseColorTexture, true);
  if (!base_color) return base_color.error();
  m.base_color_texture = *base_color;
  if (m.unlit) return {};
  const auto metallic_roughness = slot_for(source.pbrMetallicRoughness.metallicRoughnessTexture, false);
  if (!metallic_roughness) return metallic_roughness.error();
  m.metallic_roughness_texture = *metallic_roughness;
  return {};
}

Result<Material> MaterialBuilder::build(const tinygltf::Material& source, bool with_textures) {
  const auto& pbr = source.pbrMetallicRoughness;
  Material m;
  m.base_color = color_of(pbr.baseColorFactor);
  m.alpha = static_cast<float>(pbr.baseColorFactor[3]);
  m.metallic = static_cast<float>(pbr.metallicFactor);
  m.roughness = static_cast<float>(pbr.roughnessFactor);
  m.normal_scale = static_cast<float>(source.normalTexture.scale);
  m.alpha_cutoff = static_cast<float>(source.alphaCutoff);
  if (source.alphaMode == "MASK") m.alpha_mode = AlphaMode::mask;
  if (source.alphaMode == "BLEND") m.alpha_mode = AlphaMode::blend;
  m.double_sided = source.doubleSided;
  m.unlit = source.extensions.contains("KHR_materials_unlit");
  m.ior = static_cast<float>(extension_number(source.extensions, "KHR_materials_ior", "ior", 1.5));
  if (m.ior == 0) m.ior = 1e6f;  // the extension's way to ask for a mirror: reflectance 1 at every angle
  const double strength = extension_number(source.extensions, "KHR_materials_emissive_strength", "emissiveStrength", 1);
  if (!m.unlit && !source.emissiveFactor.empty())
    m.emission = color_of(source.emissiveFactor) * static_cast<float>(strength);
  SlotReader read_slot;
  if (with_textures) read_slot = [this](const tinygltf::TextureInfo& info, bool srgb) { return slot_for(info, srgb); };
  bool is_core = true;
  if (!m.unlit) {
    const auto layers = layers_for(source, read_slot);
    if (!layers) return layers.error();
    m.layers = *layers;
    const auto overruled = read_specular_glossiness(source, read_slot, m);
    if (!overruled) return overruled.error();
    is_core = !*overruled;
  }
  if (!with_textures) return m;
  if (is_core)
    if (auto added = add_core_textures(source, m); !added) return added.error();
  if (m.unlit) return m;
  const auto normal = slot_for(source.normalTexture, false);
  if (!normal) return normal.error();
  m.normal_texture = *normal;
  const auto emissive = slot_for(source.emissiveTexture, true);
  if (!emissive) return emissive.error();
  m.emissive_texture = *emissive;
  return m;
}

}  // namespace

Result<std::map<std::size_t, TexelRange>> build_materials(const Document& document, const std::vector<bool>& used,
                                                          const Limits& limits, const GltfScene* decoded,
                                                          Scene& scene) {
  MaterialBuilder builder(document, limits, decoded, scene);
  for (std::size_t i = 0; i < document.model.materials.size(); ++i) {
    auto material = builder.build(document.model.materials[i], used[i]);
    if (!material) return material.error();
    scene.materials.push_back(*material);
  }
  return std::move(builder.images());
}

}  // namespace kiln::scene
