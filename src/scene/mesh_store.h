#pragma once

#include <map>
#include <span>
#include <tuple>

#include "kiln/scene.h"

#include "scene/limits.h"
#include "scene/node_tree.h"
#include "scene/shutter.h"
#include "scene/vertices.h"

namespace kiln::scene {

/// Puts primitives into a Scene, each pose of each once, and vertices that several primitives share once.
class MeshStore {
 public:
  /// `keys` as for build_scene.
  MeshStore(const Document& document, const NodeTree& tree, const Limits& limits, std::span<const KeyPose> keys,
            Scene& scene);

  /// The index in scene.meshes; the primitive must have triangles. Errors: limit_exceeded, before anything is read.
  Result<std::uint32_t> mesh_for(std::uint32_t mesh, std::uint32_t primitive, const Pose& pose);

 private:
  using VertexKey = std::pair<std::map<std::string, int>, Pose>;

  Result<void> check_bytes(const tinygltf::Primitive& primitive) const;
  Result<void> check_limits(std::uint64_t vertices, std::uint64_t triangles, const std::string& place) const;
  Result<void> check_motion(std::uint64_t vertices, const std::string& place) const;
  Result<void> check_posing(const tinygltf::Primitive& primitive, const Pose& pose, const std::string& place);
  Result<std::uint32_t> build(const tinygltf::Primitive& primitive, const Pose& pose, const std::string& place);
  void add_vertices(const Vertices& vertices, Mesh& mesh);
  bool deforms(const Pose& pose) const;
  Result<void> add_motion(const tinygltf::Primitive& primitive, const Pose& pose, const Vertices& built,
                          std::span<const std::uint32_t> indices, const std::string& place, Mesh& mesh);
  Result<Vertices> vertices_at(const tinygltf::Primitive& primitive, const Pose& pose, std::uint32_t key,
                               const std::string& place);
  std::uint32_t add_mesh(Mesh mesh, const std::vector<std::uint32_t>& indices);
  const std::vector<Affine>& joints_of(int skin);
  std::vector<Affine> joints_of(int skin, const std::vector<Affine>& world_from_node) const;

  const Document& document_;
  const NodeTree& tree_;
  const Limits& limits_;
  std::span<const KeyPose> keys_;
  Scene& scene_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, Pose>, std::uint32_t> meshes_;
  std::map<VertexKey, Mesh> shared_vertices_;
  std::map<int, std::vector<Affine>> joints_;  ///< by skin
  std::uint64_t posed_elements_ = 0;
};

}  // namespace kiln::scene
