#pragma once

#include "kernels/culling.h"
#include "kernels/motion.h"

/// The device acceleration structure: binary trees in flat arrays, two levels. The top level holds, in the world, the
/// triangles of meshes that are placed once and do not move as a whole, and the instances of all other meshes; each of
/// those has a bottom-level tree in its own space. The box of what moves holds all of its way. All nodes share one
/// array. src/render/bvh_builder.h builds it, kernels/bvh.h walks it.
namespace kiln {

/// What a node or a stack entry points at: an inner node (its index), a leaf (highest bit set; 3 bits of count, 28 bits
/// of first primitive; a count of 0: one instance, else so many triangles), or one of the two marks below, which no
/// leaf can equal.
using BvhRef = std::uint32_t;

inline constexpr BvhRef kBvhDone = 0xffffffffu;           ///< the bottom of the stack; as a root: an empty tree
inline constexpr BvhRef kBvhLeaveInstance = 0xfffffffeu;  ///< back from a bottom-level tree to the top level
inline constexpr std::uint32_t kBvhMaxTriangles = 1u << 28;
inline constexpr std::uint32_t kBvhMaxLeafTriangles = 4;
inline constexpr std::uint32_t kBvhMaxInstances = 1u << 24;

/// Most inner nodes on a way from a root to a leaf. The builder keeps to it whatever the geometry, and a traversal
/// pushes at most one entry per inner node, so a stack for both levels and the two marks cannot overflow.
inline constexpr int kBvhMaxDepth = 38;
inline constexpr int kBvhStackSize = 2 * kBvhMaxDepth + 2;

KILN_HD bool is_bvh_leaf(BvhRef r) { return (r & 0x80000000u) != 0; }
KILN_HD BvhRef make_bvh_leaf(std::uint32_t first, std::uint32_t count) { return 0x80000000u | count << 28 | first; }
KILN_HD std::uint32_t bvh_leaf_first(BvhRef leaf) { return leaf & 0x0fffffffu; }
KILN_HD std::uint32_t bvh_leaf_count(BvhRef leaf) { return leaf >> 28 & 7u; }

/// An inner node: the boxes of both children side by side, so that one node of 64 bytes (four 16-byte loads) decides
/// about two subtrees.
struct alignas(64) BvhNode {
  float min_x[2], max_x[2];
  float min_y[2], max_y[2];
  float min_z[2], max_z[2];
  BvhRef child[2];
  std::uint32_t unused[2];
};

/// A triangle of a leaf with its corners beside it: three 16-byte loads and no index to follow.
struct alignas(16) BvhTriangle {
  Vec3 p0;
  std::uint32_t triangle;  ///< within the mesh
  Vec3 p1;
  std::uint32_t instance;  ///< kNone below an instance: that one
  Vec3 p2;
  Windings culled;  ///< 0 below an instance: what that one says; and kBvhDeforms
};

/// In BvhTriangle::culled: the triangle's corners move, apart from where its instance is.
inline constexpr Windings kBvhDeforms = 4;

/// The corners of a triangle that deforms, at one key.
struct BvhCorners {
  Vec3 p0, p1, p2;
};

/// A leaf of the top level: where a ray goes over into object space.
struct alignas(16) BvhInstance {
  Affine object_from_world;
  std::uint32_t instance;         ///< index in the scene's instances
  BvhRef root;                    ///< of the mesh's tree; never kBvhDone
  Windings culled;                ///< of all its triangles
  std::uint32_t first_transform;  ///< at key 0, in BvhView::transforms; kNone: it stands still
};

/// Pointers to the arrays, in host or device memory. Passed to kernels by value.
struct BvhView {
  const BvhNode* nodes = nullptr;
  const BvhTriangle* triangles = nullptr;
  const BvhInstance* instances = nullptr;
  BvhRef root = kBvhDone;  ///< of the top level

  const Affine* transforms = nullptr;        ///< world_from_object: key_count for each instance that moves
  const BvhCorners* corners = nullptr;       ///< key_count for each triangle that deforms
  const std::uint32_t* deforming = nullptr;  ///< for each triangle which of those it is; null: none deforms
  std::uint32_t key_count = 0;
};

}  // namespace kiln
