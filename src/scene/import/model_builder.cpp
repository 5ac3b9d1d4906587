#include "scene/import/model_builder.h"

#include <algorithm>
#include <cmath>

#include "image/tone_map.h"

namespace kiln::scene {
namespace {

constexpr int kFloat = 5126, kUnsignedInt = 5125;
constexpr int kClampToEdge = 33071;

/// Sentences that name the same fault again and again help nobody.
constexpr std::size_t kMostWarnings = 20;

}  // namespace

ModelBuilder::ModelBuilder() {
  model_.json = {{"asset", {{"version", "2.0"}}}, {"scene", 0}, {"scenes", {{{"nodes", Json::array()}}}}};
}

std::size_t ModelBuilder::add(const char* key, Json element) {
  Json& array = model_.json[key];
  array.push_back(std::move(element));
  return array.size() - 1;
}

std::size_t ModelBuilder::add_view(std::span<const std::byte> bytes) {
  std::vector<std::byte>& binary = model_.binary;
  binary.resize((binary.size() + 3) / 4 * 4);
  const std::size_t offset = binary.size();
  binary.insert(binary.end(), bytes.begin(), bytes.end());
  return add("bufferViews", {{"buffer", 0}, {"byteOffset", offset}, {"byteLength", bytes.size()}});
}

template <class T>
std::size_t ModelBuilder::add_accessor(const std::vector<T>& values, const char* type, int component_type) {
  const std::size_t view = add_view(std::as_bytes(std::span(values)));
  return add("accessors",
             {{"bufferView", view}, {"componentType", component_type}, {"count", values.size()}, {"type", type}});
}

Json ModelBuilder::primitive(const ImportedMesh& mesh, std::int64_t material) {
  Json attributes;
  Vec3 low = mesh.positions.front(), high = low;
  for (const Vec3 p : mesh.positions) {
    low = {std::min(low.x, p.x), std::min(low.y, p.y), std::min(low.z, p.z)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y), std::max(high.z, p.z)};
  }
  const std::size_t positions = add_accessor(mesh.positions, "VEC3", kFloat);
  model_.json["accessors"][positions]["min"] = {low.x, low.y, low.z};
  model_.json["accessors"][positions]["max"] = {high.x, high.y, high.z};
  attributes["POSITION"] = positions;
  if (!mesh.normals.empty()) attributes["NORMAL"] = add_accessor(mesh.normals, "VEC3", kFloat);
  if (!mesh.uvs.empty()) attributes["TEXCOORD_0"] = add_accessor(mesh.uvs, "VEC2", kFloat);
  if (!mesh.colors.empty()) attributes["COLOR_0"] = add_accessor(mesh.colors, "VEC4", kFloat);
  Json primitive = {{"attributes", std::move(attributes)}};
  if (!mesh.indices.empty()) primitive["indices"] = add_accessor(mesh.indices, "SCALAR", kUnsignedInt);
  if (material >= 0) primitive["material"] = material;
  return primitive;
}

void ModelBuilder::add_object(const std::string& name, Json primitives) {
  Json node = {{"mesh", add("meshes", {{"primitives", std::move(primitives)}})}};
  if (!name.empty()) node["name"] = name;
  model_.json["scenes"][0]["nodes"].push_back(add("nodes", std::move(node)));
}

std::size_t ModelBuilder::add_texture(std::span<const std::byte> picture, const std::string& type,
                                      const std::string& name, bool clamped) {
  const std::size_t image = add("images", {{"bufferView", add_view(picture)}, {"mimeType", type}, {"name", name}});
  Json texture;
  if (type == "image/webp") {
    use_extension("EXT_texture_webp");
    texture["extensions"]["EXT_texture_webp"]["source"] = image;
  } else {
    texture["source"] = image;
  }
  if (clamped) texture["sampler"] = add("samplers", {{"wrapS", kClampToEdge}, {"wrapT", kClampToEdge}});
  return add("textures", std::move(texture));
}

std::size_t ModelBuilder::add_material(Json material) {
  material["doubleSided"] = true;
  return add("materials", std::move(material));
}

std::size_t ModelBuilder::default_material() {
  if (default_material_ < 0)
    default_material_ = static_cast<std::int64_t>(
        add_material({{"pbrMetallicRoughness",
                       {{"baseColorFactor", {0.8, 0.8, 0.8, 1.0}}, {"metallicFactor", 0}, {"roughnessFactor", 1}}}}));
  return static_cast<std::size_t>(default_material_);
}

void ModelBuilder::use_extension(const std::string& name) {
  Json& used = model_.json["extensionsUsed"];
  if (std::find(used.begin(), used.end(), name) == used.end()) used.push_back(name);
}

void ModelBuilder::warn(std::string sentence) {
  if (model_.warnings.size() < kMostWarnings) return model_.warnings.push_back(std::move(sentence));
  if (model_.warnings.size() == kMostWarnings) model_.warnings.emplace_back("and more of this kind");
}

ImportedModel ModelBuilder::finish() {
  model_.json["buffers"] = Json::array({{{"byteLength", model_.binary.size()}}});
  return std::move(model_);
}

Vec3 unit_or_zero(Vec3 v) {
  const float size = std::max({std::abs(v.x), std::abs(v.y), std::abs(v.z)});
  if (!(size > 0) || !std::isfinite(size)) return {};
  return normalize(v / size);  // scaled first: the square of a tiny or huge number leaves the range
}

Vec4 linear_color(Vec4 srgb) {
  const auto decode = [](float v) { return srgb_decode(std::clamp(v, 0.0f, 1.0f)); };
  return {decode(srgb.x), decode(srgb.y), decode(srgb.z), std::clamp(srgb.w, 0.0f, 1.0f)};
}

}  // namespace kiln::scene
