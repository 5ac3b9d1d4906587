#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/vec.h"

#include "scene/document.h"

namespace kiln::scene {

/// The node hierarchy, resolved in the pose that the file rests in.
struct NodeTree {
  std::vector<Affine> world_from_node;  ///< of every node of the file
  std::vector<std::uint32_t> visible;   ///< nodes of the chosen scene, parents before children; KHR_node_visibility
};

/// The scene is the one named by `scene`, else the first, else all nodes. The hierarchy must be a forest.
/// Errors: invalid_scene where a transform leaves the range of float.
Result<NodeTree> resolve_nodes(const Document& document);

/// The columns of the rotation of a quaternion (x, y, z, w), which need not be exactly of unit length; none of zeros.
Affine rotation_of(std::span<const double, 4> quaternion);

bool is_finite(Vec3 v);
bool is_finite(const Affine& m);

}  // namespace kiln::scene
