#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kiln/error.h"

namespace draco {
class Mesh;
}

namespace kiln::scene {

/// A mesh that was compressed with Draco (bitstream 2.2, which KHR_draco_mesh_compression demands).
class DracoMesh {
 public:
  /// What the file says that there is; a mesh that holds more is refused before it takes memory.
  struct Limits {
    std::uint64_t max_faces = 0, max_vertices = 0;
    std::uint64_t max_bytes = 0;  ///< of all attributes
  };

  /// Nothing, with the reason in `fault`, where the bytes are not such a mesh. Any thread.
  static std::optional<DracoMesh> decode(std::span<const std::byte> bytes, const Limits& limits, std::string& fault);

  DracoMesh(DracoMesh&&) noexcept;
  ~DracoMesh();

  std::size_t vertex_count() const;

  /// Three for each triangle, all below vertex_count().
  const std::vector<std::uint32_t>& indices() const { return indices_; }

  /// How an attribute is written: components of one of glTF's types, one vertex each `stride` bytes.
  struct Layout {
    int component_type = 0;
    std::size_t components = 0, stride = 0;
  };

  /// The values of the attribute with this unique id; nothing where there is none or it does not fit the layout.
  std::optional<std::vector<std::byte>> attribute(std::uint32_t unique_id, const Layout& layout) const;

 private:
  explicit DracoMesh(std::unique_ptr<draco::Mesh> mesh);
  bool read_indices();

  std::unique_ptr<draco::Mesh> mesh_;
  std::vector<std::uint32_t> indices_;
};

}  // namespace kiln::scene
