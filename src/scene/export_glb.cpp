#include "scene/export_glb.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "scene/gltf_json.h"

namespace kiln::scene {
namespace {

// Numbers of the specification: component types (§3.6.2.2) and buffer view targets (§5.11.5).
constexpr int kFloat = 5126, kUnsignedInt = 5125;
constexpr int kVertices = 34962, kIndices = 34963;

static_assert(std::endian::native == std::endian::little, "glTF buffers are little-endian");

Json to_json(Vec3 v) { return Json::array({v.x, v.y, v.z}); }

/// Columns of the 4 x 4 matrix.
Json to_json(const Affine& m) {
  return Json::array({m.x.x, m.x.y, m.x.z, 0, m.y.x, m.y.y, m.y.z, 0, m.z.x, m.z.y, m.z.z, 0, m.t.x, m.t.y, m.t.z, 1});
}

class GlbWriter {
 public:
  explicit GlbWriter(const Scene& scene) : scene_(scene) {}

  std::vector<std::byte> write() {
    for (const char* list : {"accessors", "bufferViews", "meshes", "materials", "nodes"}) json_[list] = Json::array();
    for (const Material& material : scene_.materials) json_["materials"].push_back(material_json(material));
    for (const Instance& instance : scene_.instances)
      add_node({{"mesh", mesh_of(instance)}}, instance.world_from_object);
    for (const PunctualLight& light : scene_.punctual_lights) add_light(light);
    for (const SceneCamera& camera : scene_.cameras) add_camera(camera);
    json_["asset"] = {{"version", "2.0"}, {"generator", "kiln"}};
    json_["scene"] = 0;
    Json all = Json::array();
    for (std::size_t i = 0; i < json_["nodes"].size(); ++i) all.push_back(i);
    json_["scenes"] = Json::array({{{"nodes", std::move(all)}}});
    json_["buffers"] = Json::array({{{"byteLength", binary_.size()}}});
    if (!used_.empty()) json_["extensionsUsed"] = used_;
    return container();
  }

 private:
  void add_node(Json node, const Affine& place) {
    node["matrix"] = to_json(place);
    json_["nodes"].push_back(std::move(node));
  }

  void use(const char* extension) {
    if (std::find(used_.begin(), used_.end(), extension) == used_.end()) used_.emplace_back(extension);
  }

  template <class T>
  std::size_t add_accessor(std::span<const T> values, const char* type, int component, int target) {
    const auto bytes = std::as_bytes(values);
    json_["bufferViews"].push_back(
        {{"buffer", 0}, {"byteOffset", binary_.size()}, {"byteLength", bytes.size()}, {"target", target}});
    binary_.insert(binary_.end(), bytes.begin(), bytes.end());
    json_["accessors"].push_back({{"bufferView", json_["bufferViews"].size() - 1},
                                  {"componentType", component},
                                  {"count", values.size()},
                                  {"type", type}});
    return json_["accessors"].size() - 1;
  }

  template <class T>
  std::size_t add_vertices(const std::vector<T>& all, std::size_t first, std::size_t count, const char* type) {
    return add_accessor(std::span<const T>(all).subspan(first, count), type, kFloat, kVertices);
  }

  /// The glTF mesh of a Mesh and a Material: in glTF the material is the mesh's. They share the accessors.
  std::size_t mesh_of(const Instance& instance) {
    const auto [at, is_new] = meshes_.try_emplace({instance.mesh, instance.material}, json_["meshes"].size());
    if (!is_new) return at->second;
    Json primitive = geometry_of(instance.mesh);
    primitive["material"] = instance.material;
    json_["meshes"].push_back({{"primitives", Json::array({std::move(primitive)})}});
    return at->second;
  }

  const Json& geometry_of(std::uint32_t index) {
    const auto [at, is_new] = geometries_.try_emplace(index);
    if (!is_new) return at->second;
    const Mesh& mesh = scene_.meshes[index];
    Json attributes = {{"POSITION", add_vertices(scene_.positions, mesh.first_vertex, mesh.vertex_count, "VEC3")}};
    add_bounds(mesh);
    if (mesh.has_normals)
      attributes["NORMAL"] = add_vertices(scene_.normals, mesh.first_vertex, mesh.vertex_count, "VEC3");
    if (mesh.has_tangents)
      attributes["TANGENT"] = add_vertices(scene_.tangents, mesh.first_vertex, mesh.vertex_count, "VEC4");
    for (std::uint32_t set = 0; set < mesh.uv_sets; ++set) {
      attributes["TEXCOORD_" + std::to_string(set)] =
          add_vertices(scene_.uvs, mesh.first_uv + std::size_t{set} * mesh.vertex_count, mesh.vertex_count, "VEC2");
    }
    if (mesh.first_color != kNone)
      attributes["COLOR_0"] = add_vertices(scene_.colors, mesh.first_color, mesh.vertex_count, "VEC4");
    const auto indices = std::span(scene_.indices).subspan(mesh.first_index, std::size_t{mesh.triangle_count} * 3);
    at->second = {{"attributes", std::move(attributes)},
                  {"indices", add_accessor(std::span<const std::uint32_t>(indices), "SCALAR", kUnsignedInt, kIndices)}};
    return at->second;
  }

  /// Positions must tell theirs (§3.7.2.1).
  void add_bounds(const Mesh& mesh) {
    Bounds bounds;
    for (const Vec3& p : std::span(scene_.positions).subspan(mesh.first_vertex, mesh.vertex_count)) {
      bounds.min = {std::min(bounds.min.x, p.x), std::min(bounds.min.y, p.y), std::min(bounds.min.z, p.z)};
      bounds.max = {std::max(bounds.max.x, p.x), std::max(bounds.max.y, p.y), std::max(bounds.max.z, p.z)};
    }
    json_["accessors"].back()["min"] = to_json(bounds.min);
    json_["accessors"].back()["max"] = to_json(bounds.max);
  }

  Json material_json(const Material& m) {
    Json color = to_json(m.base_color);
    color.push_back(m.alpha);
    Json json = {{"pbrMetallicRoughness",
                  {{"baseColorFactor", color}, {"metallicFactor", m.metallic}, {"roughnessFactor", m.roughness}}},
                 {"doubleSided", m.double_sided}};
    if (m.alpha_mode == AlphaMode::mask) json["alphaCutoff"] = m.alpha_cutoff;
    if (m.alpha_mode != AlphaMode::opaque) json["alphaMode"] = m.alpha_mode == AlphaMode::mask ? "MASK" : "BLEND";
    add_emission(m.emission, json);
    if (m.ior != 1.5f) add_extension(json, "KHR_materials_ior", {{"ior", m.ior}});
    if (m.unlit) add_extension(json, "KHR_materials_unlit", Json::object());
    return json;
  }

  /// The factor is 1 at most; what is more stands beside it.
  void add_emission(Vec3 emission, Json& json) {
    const float strength = std::max(max_component(emission), 1.0f);
    if (max_component(emission) > 0) json["emissiveFactor"] = to_json(emission * (1.0f / strength));
    if (strength > 1) add_extension(json, "KHR_materials_emissive_strength", {{"emissiveStrength", strength}});
  }

  void add_extension(Json& json, const char* name, Json value) {
    use(name);
    json["extensions"][name] = std::move(value);
  }

  void add_light(const PunctualLight& light) {
    const float brightest = max_component(light.intensity);
    const Vec3 color = brightest > 0 ? light.intensity * (1.0f / brightest) : Vec3{1, 1, 1};
    Json json = {{"color", to_json(color)}, {"intensity", brightest}};
    json["type"] = light.kind == PunctualKind::point ? "point" : "directional";
    if (light.kind == PunctualKind::spot) {
      json["type"] = "spot";
      json["spot"] = {{"innerConeAngle", std::acos(light.cos_inner)}, {"outerConeAngle", std::acos(light.cos_outer)}};
    }
    if (light.range > 0) json["range"] = light.range;
    Json& lights = json_["extensions"]["KHR_lights_punctual"]["lights"];
    lights.push_back(std::move(json));
    use("KHR_lights_punctual");
    const Vec3 back = -light.direction;  // a light shines along -z of its node
    const Vec3 aside = normalize(cross(std::fabs(back.y) < 0.9f ? Vec3{0, 1, 0} : Vec3{1, 0, 0}, back));
    add_node({{"extensions", {{"KHR_lights_punctual", {{"light", lights.size() - 1}}}}}},
             {aside, cross(back, aside), back, light.position});
  }

  void add_camera(const SceneCamera& camera) {
    const Camera& c = camera.camera;
    Json perspective = {{"yfov", 2 * std::atan(c.half_height)}, {"znear", 1e-3}};
    if (camera.aspect > 0) perspective["aspectRatio"] = camera.aspect;
    json_["cameras"].push_back({{"type", "perspective"}, {"name", camera.name}, {"perspective", perspective}});
    add_node({{"camera", json_["cameras"].size() - 1}, {"name", camera.name}}, {c.right, c.up, -c.forward, c.eye});
  }

  void append(std::vector<std::byte>& file, std::uint32_t word) const {
    const auto bytes = std::as_bytes(std::span(&word, 1));
    file.insert(file.end(), bytes.begin(), bytes.end());
  }

  void append(std::vector<std::byte>& file, const char* type, std::span<const std::byte> chunk) const {
    append(file, static_cast<std::uint32_t>(chunk.size()));
    const auto name = std::as_bytes(std::span(type, 4));
    file.insert(file.end(), name.begin(), name.end());
    file.insert(file.end(), chunk.begin(), chunk.end());
  }

  std::vector<std::byte> container() {
    std::string text = json_.dump();
    text.resize((text.size() + 3) / 4 * 4, ' ');
    std::vector<std::byte> file;
    const auto magic = std::as_bytes(std::span("glTF", 4));
    file.insert(file.end(), magic.begin(), magic.end());
    append(file, 2);
    append(file, static_cast<std::uint32_t>(12 + 8 + text.size() + 8 + binary_.size()));
    append(file, "JSON", std::as_bytes(std::span(text)));
    append(file, "BIN\0", binary_);
    return file;
  }

  const Scene& scene_;
  Json json_;
  std::vector<std::byte> binary_;  ///< all that is added has a multiple of four bytes
  std::vector<std::string> used_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> meshes_;
  std::map<std::uint32_t, Json> geometries_;
};

}  // namespace

Result<std::vector<std::byte>> export_glb(const Scene& scene) {
  const bool is_orthographic = std::ranges::any_of(
      scene.cameras, [](const SceneCamera& c) { return c.camera.projection == Projection::orthographic; });
  if (!scene.textures.empty() || !scene.material_layers.empty() || is_orthographic)
    return Error{ErrorCode::invalid_request,
                 "scenes with textures, material extensions or orthographic cameras are not written", ""};
  std::vector<std::byte> file = GlbWriter(scene).write();
  if (file.size() <= std::numeric_limits<std::uint32_t>::max()) return file;
  return Error{ErrorCode::limit_exceeded, "a .glb holds 4 GiB at most", ""};
}

}  // namespace kiln::scene
