#include "scene/mesh_store.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "scene/accessor.h"

namespace kiln::scene {
namespace {

/// A file of n bytes describes about n / 4 vertices when it is honest; posing and flat shading may multiply that. What
/// goes far beyond uses the same bytes again and again to take memory.
constexpr std::uint64_t kFreeElements = 1u << 22;

constexpr std::uint64_t kVertexBytes = sizeof(Vec3) * 2 + sizeof(Vec4) * 2 + sizeof(Vec2);

/// Normals, tangents and colours are brought into their range afterwards.
bool is_finite(const Vertices& v) {
  const auto all = [](const auto& values, auto check) { return std::all_of(values.begin(), values.end(), check); };
  const auto is_finite_uv = [](Vec2 uv) { return std::isfinite(uv.x) && std::isfinite(uv.y); };
  return all(v.positions, [](Vec3 p) { return scene::is_finite(p); }) &&
         all(v.uvs, [&](const auto& set) { return all(set, is_finite_uv); });
}

/// The UV set of the material's normal texture, where tangents have to be made for it.
std::optional<std::uint32_t> missing_tangents(const tinygltf::Model& model, const tinygltf::Primitive& primitive) {
  const auto& attributes = primitive.attributes;
  if (primitive.material < 0 || (attributes.contains("TANGENT") && attributes.contains("NORMAL"))) return std::nullopt;
  const auto& material = model.materials[static_cast<std::size_t>(primitive.material)];
  const tinygltf::NormalTextureInfo& info = material.normalTexture;
  if (info.index < 0 || material.extensions.contains("KHR_materials_unlit")) return std::nullopt;
  int set = info.texCoord;
  if (const auto it = info.extensions.find("KHR_texture_transform"); it != info.extensions.end())
    if (it->second.Has("texCoord")) set = it->second.Get("texCoord").GetNumberAsInt();
  return static_cast<std::uint32_t>(set);
}

}  // namespace

MeshStore::MeshStore(const Document& document, const NodeTree& tree, const Limits& limits,
                     std::span<const KeyPose> keys, Scene& scene)
    : document_(document), tree_(tree), limits_(limits), keys_(keys), scene_(scene) {}

Result<std::uint32_t> MeshStore::mesh_for(std::uint32_t mesh, std::uint32_t primitive, const Pose& pose) {
  const auto key = std::make_tuple(mesh, primitive, pose);
  if (const auto it = meshes_.find(key); it != meshes_.end()) return it->second;
  const std::string place = "/meshes/" + std::to_string(mesh) + "/primitives/" + std::to_string(primitive);
  auto built = build(document_.model.meshes[mesh].primitives[primitive], pose, place);
  if (built) meshes_.emplace(key, *built);
  return built;
}

Result<void> MeshStore::check_bytes(const tinygltf::Primitive& primitive) const {
  std::map<std::string, int> used = primitive.attributes;
  if (primitive.indices >= 0) used["indices"] = primitive.indices;
  for (const auto& [name, accessor] : used)
    if (auto there = scene::check_bytes(document_, static_cast<std::size_t>(accessor)); !there) return there;
  return {};
}

Result<void> MeshStore::check_limits(std::uint64_t vertices, std::uint64_t triangles, const std::string& place) const {
  const std::uint64_t free = kFreeElements + document_.data_bytes();
  const std::uint64_t all_vertices = scene_.positions.size() + vertices;
  const std::uint64_t all_triangles = scene_.indices.size() / 3 + triangles;
  const auto exceeded = [&](const char* what, std::uint64_t limit) {
    return Error{ErrorCode::limit_exceeded, place + " takes the scene over " + std::to_string(limit) + " " + what,
                 place};
  };
  if (all_vertices > std::min(limits_.max_vertices, free))
    return exceeded("vertices", std::min(limits_.max_vertices, free));
  if (all_triangles > std::min(limits_.max_triangles, free))
    return exceeded("triangles", std::min(limits_.max_triangles, free));
  if (all_vertices * kVertexBytes + all_triangles * 12 > limits_.max_scene_bytes)
    return exceeded("bytes", limits_.max_scene_bytes);
  return {};
}

/// What moves has its vertices once for each key. So many more than a file describes are few files' need.
Result<void> MeshStore::check_motion(std::uint64_t vertices, const std::string& place) const {
  constexpr std::uint64_t kKeysOfAll = 4;
  const std::uint64_t limit = std::min(limits_.max_vertices, kKeysOfAll * (kFreeElements + document_.data_bytes()));
  const std::uint64_t all = scene_.motion_positions.size() + vertices * keys_.size();
  const std::uint64_t bytes = (all * 2 * sizeof(Vec3)) + scene_.positions.size() * kVertexBytes;
  if (all <= limit && bytes <= limits_.max_scene_bytes) return {};
  return Error{ErrorCode::limit_exceeded,
               place + " takes the vertices that deform while the shutter is open, one for each of " +
                   std::to_string(keys_.size()) + " moments, over " + std::to_string(limit),
               place};
}

/// Bounds the work that targets and joints over the same bytes, named again and again, would make.
Result<void> MeshStore::check_posing(const tinygltf::Primitive& primitive, const Pose& pose, const std::string& place) {
  constexpr std::uint64_t kPosings = 64;
  std::uint64_t influences = static_cast<std::uint64_t>(
      std::count_if(pose.weights.begin(), pose.weights.end(), [](float w) { return w != 0; }));
  if (pose.skin >= 0) influences += primitive.attributes.size();
  const auto position = static_cast<std::size_t>(primitive.attributes.at("POSITION"));
  posed_elements_ += influences * document_.model.accessors[position].count;
  const std::uint64_t limit = kPosings * (kFreeElements + document_.data_bytes());
  if (posed_elements_ <= limit) return {};
  return Error{ErrorCode::limit_exceeded, place + " takes the vertices to be posed over " + std::to_string(limit),
               place};
}

Result<std::uint32_t> MeshStore::build(const tinygltf::Primitive& primitive, const Pose& pose,
                                       const std::string& place) {
  if (auto complete = check_bytes(primitive); !complete) return complete.error();
  const tinygltf::Model& model = document_.model;
  const auto position = static_cast<std::size_t>(primitive.attributes.at("POSITION"));
  const std::uint64_t triangles = triangle_count(model, primitive);
  const VertexKey key{primitive.attributes, pose};
  const auto uv_set = missing_tangents(model, primitive);
  const auto shared = uv_set ? shared_vertices_.end() : shared_vertices_.find(key);
  // Tangents or flat normals may give every corner a vertex of its own; that is checked again once it is known.
  const std::uint64_t vertices = shared == shared_vertices_.end() ? model.accessors[position].count : 0;
  if (auto fits = check_limits(vertices, triangles, place); !fits) return fits.error();
  std::vector<std::uint32_t> indices = read_triangles(document_, primitive);
  if (shared != shared_vertices_.end()) return add_mesh(shared->second, indices);

  if (auto fits = check_posing(primitive, pose, place); !fits) return fits.error();
  Vertices v = read_vertices(document_, primitive);
  if (deforms(pose)) {
    v.source.resize(v.positions.size());
    std::iota(v.source.begin(), v.source.end(), 0u);
  }
  apply_morph(v, document_, primitive, pose.weights);
  clamp_colors(v);
  if (pose.skin >= 0) apply_skin(v, document_, primitive, joints_of(pose.skin));
  if (!is_finite(v)) return Error{ErrorCode::invalid_scene, place + " leaves the range of numbers once posed", place};
  const bool is_shareable = !normalize_vertices(v, indices) && !uv_set;
  if (uv_set) {
    if (auto fits = check_limits(indices.size(), triangles, place); !fits) return fits.error();
    if (v.normals.empty()) make_flat(v, indices);
    make_tangents(v, indices, *uv_set);
  }
  Mesh mesh;
  add_vertices(v, mesh);
  if (deforms(pose))
    if (auto added = add_motion(primitive, pose, v, indices, place, mesh); !added) return added.error();
  if (is_shareable) shared_vertices_.emplace(key, mesh);
  return add_mesh(mesh, indices);
}

void MeshStore::add_vertices(const Vertices& v, Mesh& mesh) {
  const std::size_t count = v.positions.size();
  mesh.first_vertex = static_cast<std::uint32_t>(scene_.positions.size());
  mesh.vertex_count = static_cast<std::uint32_t>(count);
  mesh.has_normals = !v.normals.empty();
  mesh.has_tangents = !v.tangents.empty();
  scene_.positions.insert(scene_.positions.end(), v.positions.begin(), v.positions.end());
  scene_.normals.insert(scene_.normals.end(), v.normals.begin(), v.normals.end());
  scene_.normals.resize(scene_.positions.size(), Vec3{0, 0, 0});
  if (mesh.has_tangents) {
    scene_.tangents.resize(mesh.first_vertex);
    scene_.tangents.insert(scene_.tangents.end(), v.tangents.begin(), v.tangents.end());
  }
  if (!scene_.tangents.empty()) scene_.tangents.resize(scene_.positions.size());
  if (!v.uvs.empty()) mesh.first_uv = static_cast<std::uint32_t>(scene_.uvs.size());
  mesh.uv_sets = static_cast<std::uint32_t>(v.uvs.size());
  for (const auto& set : v.uvs) scene_.uvs.insert(scene_.uvs.end(), set.begin(), set.end());
  if (v.colors.empty()) return;
  mesh.first_color = static_cast<std::uint32_t>(scene_.colors.size());
  scene_.colors.insert(scene_.colors.end(), v.colors.begin(), v.colors.end());
}

std::uint32_t MeshStore::add_mesh(Mesh mesh, const std::vector<std::uint32_t>& indices) {
  mesh.first_index = static_cast<std::uint32_t>(scene_.indices.size());
  mesh.triangle_count = static_cast<std::uint32_t>(indices.size() / 3);
  scene_.indices.insert(scene_.indices.end(), indices.begin(), indices.end());
  scene_.meshes.push_back(mesh);
  return static_cast<std::uint32_t>(scene_.meshes.size() - 1);
}

/// Whether the vertices go different ways from key to key: by morph weights, or by joints that move.
bool MeshStore::deforms(const Pose& pose) const {
  if (!pose.key_weights.empty()) return true;
  if (pose.skin < 0 || keys_.empty()) return false;
  const auto& joints = document_.model.skins[static_cast<std::size_t>(pose.skin)].joints;
  return std::ranges::any_of(joints, [this](int joint) {
    const auto node = static_cast<std::size_t>(joint);
    return std::ranges::any_of(keys_, [&](const KeyPose& key) {
      return !is_same(key.world_from_node[node], keys_.front().world_from_node[node]);
    });
  });
}

/// Adds the vertices of all keys: each vertex of `built` comes from the same one of the file.
Result<void> MeshStore::add_motion(const tinygltf::Primitive& primitive, const Pose& pose, const Vertices& built,
                                   std::span<const std::uint32_t> indices, const std::string& place, Mesh& mesh) {
  if (auto fits = check_motion(built.positions.size(), place); !fits) return fits;
  mesh.first_motion = static_cast<std::uint32_t>(scene_.motion_positions.size());
  for (std::uint32_t key = 0; key < keys_.size(); ++key) {
    const auto of_file = vertices_at(primitive, pose, key, place);
    if (!of_file) return of_file.error();
    Vertices v;
    for (const std::uint32_t from : built.source) {
      v.positions.push_back(of_file->positions[from]);
      if (!of_file->normals.empty()) v.normals.push_back(of_file->normals[from]);
    }
    if (mesh.has_normals && v.normals.empty()) set_flat_normals(v, indices);
    v.normals.resize(v.positions.size());
    scene_.motion_positions.insert(scene_.motion_positions.end(), v.positions.begin(), v.positions.end());
    scene_.motion_normals.insert(scene_.motion_normals.end(), v.normals.begin(), v.normals.end());
  }
  return {};
}

/// Those of the file, posed as at a key.
Result<Vertices> MeshStore::vertices_at(const tinygltf::Primitive& primitive, const Pose& pose, std::uint32_t key,
                                        const std::string& place) {
  const Pose at_key{pose.key_weights.empty() ? pose.weights : pose.key_weights[key], pose.skin, {}};
  if (auto fits = check_posing(primitive, at_key, place); !fits) return fits.error();
  Vertices v = read_vertices(document_, primitive);
  v.tangents.clear();
  apply_morph(v, document_, primitive, at_key.weights);
  if (pose.skin >= 0) {
    const auto joints = joints_of(pose.skin, keys_[key].world_from_node);
    posed_elements_ += joints.size();
    apply_skin(v, document_, primitive, joints);
  }
  if (!is_finite(v)) return Error{ErrorCode::invalid_scene, place + " leaves the range of numbers once posed", place};
  normalize_vertices(v, read_triangles(document_, primitive));
  return v;
}

const std::vector<Affine>& MeshStore::joints_of(int skin) {
  const auto [it, is_new] = joints_.try_emplace(skin);
  if (is_new) it->second = joints_of(skin, tree_.world_from_node);
  return it->second;
}

std::vector<Affine> MeshStore::joints_of(int skin, const std::vector<Affine>& world_from_node) const {
  const tinygltf::Skin& s = document_.model.skins[static_cast<std::size_t>(skin)];
  std::optional<AccessorReader> inverse_bind;
  if (s.inverseBindMatrices >= 0) inverse_bind.emplace(document_, static_cast<std::size_t>(s.inverseBindMatrices));
  std::vector<Affine> joints;
  for (std::size_t j = 0; j < s.joints.size(); ++j) {
    const Affine& world = world_from_node[static_cast<std::size_t>(s.joints[j])];
    joints.push_back(inverse_bind ? world * inverse_bind->mat4(j) : world);
  }
  return joints;
}

}  // namespace kiln::scene
