#pragma once

#include <map>
#include <tuple>

#include "kiln/scene.h"

#include "scene/limits.h"
#include "scene/node_tree.h"
#include "scene/vertices.h"

namespace kiln::scene {

/// Puts primitives into a Scene, each pose of each once, and vertices that several primitives share once.
class MeshStore {
 public:
  MeshStore(const Document& document, const NodeTree& tree, const Limits& limits, Scene& scene);

  /// The index in scene.meshes; the primitive must have triangles. Errors: limit_exceeded, before anything is read.
  Result<std::uint32_t> mesh_for(std::uint32_t mesh, std::uint32_t primitive, const Pose& pose);

 private:
  using VertexKey = std::pair<std::map<std::string, int>, Pose>;

  Result<void> check_bytes(const tinygltf::Primitive& primitive) const;
  Result<void> check_limits(std::uint64_t vertices, std::uint64_t triangles, const std::string& place) const;
  Result<void> check_posing(const tinygltf::Primitive& primitive, const Pose& pose, const std::string& place);
  Result<std::uint32_t> build(const tinygltf::Primitive& primitive, const Pose& pose, const std::string& place);
  void add_vertices(const Vertices& vertices, Mesh& mesh);
  std::uint32_t add_mesh(Mesh mesh, const std::vector<std::uint32_t>& indices);
  const std::vector<Affine>& joints_of(int skin);

  const Document& document_;
  const NodeTree& tree_;
  const Limits& limits_;
  Scene& scene_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, Pose>, std::uint32_t> meshes_;
  std::map<VertexKey, Mesh> shared_vertices_;
  std::map<int, std::vector<Affine>> joints_;
  std::uint64_t posed_elements_ = 0;
};

}  // namespace kiln::scene
