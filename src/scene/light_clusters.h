#pragma once

#include <span>
#include <vector>

#include "kernels/scene_types.h"

namespace kiln::scene {

/// What the light tree must know of a light: a sphere around it, the cone within which its axis lies (a triangle has
/// its normal for an axis, a point light all directions), and how far to the sides of that it shines.
struct BoundedLight {
  Vec3 center{0, 0, 0};
  float radius = 0;
  Vec3 axis{0, 0, 1};
  float cos_spread = 1, cos_emission = 0;
  float intensity = 0;  ///< W/sr (luminance) in its strongest direction
  bool is_two_sided = false;
};

/// Lights that are bounded together; a number without a word here is as in LightNode.
struct LightCluster {
  Vec3 center{0, 0, 0};
  float radius = 0;
  Vec3 axis{0, 0, 1};
  float cos_spread = 1, cos_emission = 0;
  float intensity = 0;
  bool is_two_sided = false;          ///< some of its lights are
  bool shines_alike = false;          ///< from far away its lights differ in their intensity alone
  std::uint32_t first_child = kNone;  ///< its halves are this cluster and the next; kNone: it is not divided
  std::uint32_t first_slot = 0, slot_count = 0;
};

struct LightClusters {
  std::vector<LightCluster> clusters;  ///< the first holds all lights; empty when there is no light
  std::vector<LightSlot> slots;        ///< without their leaf
  float intensity = 0;                 ///< W/sr that an intensity of 1 stands for
};

/// Divides the lights in two, and these again, over bins, by the orientation-aware surface area heuristic of Conty
/// Estevez and Kulla ("Importance Sampling of Many Lights with Adaptive Tree Splitting", 2018, section 4.4), in
/// O(n log n). The result depends on `lights` alone; LightSlot::light counts their elements. Those whose intensity is
/// not above zero, or whose place is not finite, are left out. Up to 2^27 lights.
LightClusters cluster_lights(std::span<const BoundedLight> lights);

}  // namespace kiln::scene
