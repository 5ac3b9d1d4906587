#pragma once

#include "kernels/scene_types.h"

namespace kiln {

/// How the corners of a triangle may go round as seen from a ray's origin; a set of these bits.
using Windings = std::uint32_t;
inline constexpr Windings kClockwise = 1, kCounterClockwise = 2;

/// The winding under which a ray that culls back faces (Ray::culls) does not meet the instance's triangles; 0: it meets
/// both sides. In object space the back is clockwise under every transform: one that mirrors turns the winding in the
/// world, and with it the rule (glTF 2.0 §3.7.4). `in_world`: for corners that are moved to the world.
KILN_HD Windings culled_winding(const Instance& instance, const Material& material, bool in_world) {
  if (material.double_sided) return 0;
  return in_world && determinant(instance.world_from_object) < 0 ? kCounterClockwise : kClockwise;
}

}  // namespace kiln
