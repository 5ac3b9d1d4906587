#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "kernels/bvh_node.h"

namespace kiln::render {

/// An axis-aligned box; empty as constructed.
struct Box {
  Vec3 min{3e38f, 3e38f, 3e38f}, max{-3e38f, -3e38f, -3e38f};

  void grow(Vec3 p);
  void grow(const Box& b);
};

/// What a tree is built over: anything with a box.
struct BoxedPrimitive {
  Box box;
  std::uint32_t id = 0;
  bool alone = false;  ///< shares its leaf with nothing, which then has the count 0
};

/// A binary tree in depth-first order. A leaf's first and count are positions in `order`, which holds primitive ids.
struct BoxTree {
  std::vector<BvhNode> nodes;
  std::vector<std::uint32_t> order;
  BvhRef root = kBvhDone;
};

/// Builds by the surface area heuristic over bins (I. Wald, "On fast Construction of SAH-based Bounding Volume
/// Hierarchies", 2007), large subtrees in parallel (TBB). The tree depends on the primitives alone, not on the threads,
/// and keeps to kBvhMaxLeafTriangles and kBvhMaxDepth for any input of up to 2^32 primitives: where the heuristic would
/// go too deep, nodes are split at their median. With `stop` requested it returns early, an empty tree.
BoxTree build_box_tree(std::vector<BoxedPrimitive> primitives, const std::stop_token& stop);

}  // namespace kiln::render
