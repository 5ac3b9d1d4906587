#pragma once

#include <stop_token>
#include <vector>

#include "kernels/bvh_node.h"
#include "kiln/error.h"
#include "kiln/scene.h"

namespace kiln::render {

/// The arrays of a BvhView on the host.
struct Bvh {
  std::vector<BvhNode> nodes;
  std::vector<BvhTriangle> triangles;  ///< in leaf order; of a mesh that is placed several times once, in object space
  std::vector<BvhInstance> instances;  ///< in leaf order
  std::vector<BvhCorners> corners;     ///< at each key in turn, of each triangle that deforms
  std::vector<std::uint32_t> deforming;  ///< for each triangle which of these it is; empty where none deforms
  const Affine* transforms = nullptr;    ///< those of the scene's motion, which must outlive this
  std::uint32_t key_count = 0;
  BvhRef root = kBvhDone;

  BvhView view() const {
    return {nodes.data(), triangles.data(), instances.data(), root,
            transforms,   corners.data(),   deforming.data(), key_count};
  }
};

/// Builds both levels for a validated scene, in parallel (TBB); the result does not depend on the number of threads.
/// With `stop` requested it returns early. Errors: cancelled; limit_exceeded (more than kBvhMaxTriangles triangles or
/// kBvhMaxInstances instances); out_of_memory.
Result<Bvh> build_bvh(const Scene& scene, const std::stop_token& stop = {});

}  // namespace kiln::render
