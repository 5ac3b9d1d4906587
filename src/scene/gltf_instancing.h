#pragma once

#include <cstdint>
#include <optional>

#include "kernels/vec.h"

#include "scene/accessor.h"

namespace kiln::scene {

/// Where a node of a checked document places its mesh: once, or as often as EXT_mesh_gpu_instancing says. Refers to the
/// document, which must outlive it.
class NodeInstances {
 public:
  NodeInstances(const Document& document, std::uint32_t node);

  bool is_instanced() const { return is_instanced_; }
  std::uint64_t count() const { return count_; }

  /// The buffers of the transforms may be declared without bytes. Errors: invalid_scene.
  Result<void> check_bytes() const;

  /// Of instance `i` relative to the node: T R S.
  Affine node_from_instance(std::uint64_t i) const;

 private:
  std::optional<AccessorReader> attribute(const char* name);

  const Document& document_;
  const tinygltf::Node& node_;
  bool is_instanced_ = false;
  std::uint64_t count_ = 1;
  std::optional<AccessorReader> translation_, rotation_, scale_;
};

}  // namespace kiln::scene
