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
  BvhRef root = kBvhDone;

  BvhView view() const { return {nodes.data(), triangles.data(), instances.data(), root}; }
};

/// Builds both levels for a validated scene, in parallel (TBB); the result does not depend on the number of threads.
/// With `stop` requested it returns early. Errors: cancelled; limit_exceeded (more than kBvhMaxTriangles triangles or
/// kBvhMaxInstances instances); out_of_memory.
Result<Bvh> build_bvh(const Scene& scene, const std::stop_token& stop = {});

}  // namespace kiln::render
