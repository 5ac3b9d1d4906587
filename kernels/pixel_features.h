#pragma once

#include "kernels/scene_types.h"

namespace kiln {

/// What a pixel shows the share `coverage` of, by index; kNone: nothing.
struct SeenId {
  std::uint32_t id = kNone;
  float coverage = 0;
};

/// How many objects, and how many materials, a pixel can tell apart; what comes later is left out.
inline constexpr std::uint32_t kSeenIds = 6;

/// What the camera rays of one pixel meet. Means are over all samples, in which a ray that meets nothing counts as
/// zero.
struct PixelFeatures {
  Vec3 albedo{0, 0, 0};        ///< mean; see surface_albedo()
  Vec3 normal{0, 0, 0};        ///< mean of the shading normals, in the world, on the side of the camera
  Vec3 direct{0, 0, 0};        ///< mean of the radiance that comes straight from there: emission, and the background
  float coverage = 0;          ///< the share of the samples that meet a surface
  float depth_m = 1e10f;       ///< of the nearest surface, along the camera's axis; 1e10: there is none
  Vec3 position{0, 0, 0};      ///< of that point, in the world
  Vec2 motion_px{0, 0};        ///< how far that point goes on the film while the shutter is open; x right, y down
  SeenId objects[kSeenIds];    ///< Instance::object_id, in the order in which the samples meet them
  SeenId materials[kSeenIds];  ///< elements of the scene's materials, likewise
};

}  // namespace kiln
