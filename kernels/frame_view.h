#pragma once

#include "kernels/motion.h"
#include "kernels/scene_types.h"

namespace kiln {

/// What a camera ray that meets nothing adds: the environment, nothing (and no coverage), or a constant colour.
enum class BackgroundMode : std::uint8_t { environment, transparent, color };

/// All that a path needs to know of the picture; passed to kernels by value.
struct FrameView {
  Camera camera;
  std::uint32_t width = 0, height = 0;            ///< of the picture: pixels, row-major from the top
  std::uint32_t film_width = 0, film_height = 0;  ///< pixels of the film, which the picture is a part of
  std::uint32_t film_x = 0, film_y = 0;           ///< where the picture's upper left pixel lies on the film
  float filter_width_px = 1.5f;                   ///< how far the pixel filter reaches to either side
  std::uint32_t max_depth = 8;                    ///< most bounces of a path; 1: direct light only
  std::uint64_t seed = 0;
  BackgroundMode background = BackgroundMode::environment;
  Vec3 background_color{0, 0, 0};  ///< scene-linear, for BackgroundMode::color
  float firefly_clamp = 3.4e38f;   ///< most that a path adds at once of light that several surfaces have scattered
  float pixel_cone = 0;  ///< mean side of a pixel of the film, at distance 1 or, orthographic, in metres; 0: no
                         ///< texture of the scene has levels to choose from
  bool has_shadow_ground = false;
  float shadow_ground_m = 0;           ///< height of the plane that shows the scene's shadow (kernels/ground.h)
  bool has_shutter = false;            ///< something moves, the camera or what it sees: paths have times
  std::uint32_t camera_key_count = 0;  ///< 0: the camera stands still
  Camera camera_keys[kMaxMotionKeys];  ///< where it is at the keys of the motion (kernels/motion.h)
};

}  // namespace kiln
