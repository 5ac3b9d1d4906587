#pragma once

#include "kiln/error.h"
#include "kiln/scene.h"

namespace kiln {

/// Call last when building a Scene. Fills triangle_lights (the triangles of every instance whose material emits: not
/// unlit, emission above zero), triangle_light_table (by power: world area times mean luminance, the emissive texture's
/// mean counted in, twice for both sides; 0 for a triangle without area), Instance::first_light (kNone where nothing is
/// emitted) and bounds. Everything else must be in place and valid. Errors: limit_exceeded, when instancing makes more
/// than `max_lights` emissive triangles.
[[nodiscard]] Result<void> build_lights(Scene& scene, std::uint64_t max_lights = std::uint64_t{1} << 24);

}  // namespace kiln
