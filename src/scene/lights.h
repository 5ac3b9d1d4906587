#pragma once

#include "kiln/error.h"
#include "kiln/scene.h"

namespace kiln {

/// Call last when building a Scene. Fills triangle_lights (the triangles of every instance whose material emits: not
/// unlit, emission above zero), light_tree (over these and the point and spot lights; a triangle weighs its world area
/// times its mean luminance, the emissive texture counted in; what sends nothing is left out), directional_cdf,
/// Instance::first_light (kNone where nothing is emitted) and bounds, and puts the directional ones of punctual_lights
/// last. Everything else must be in place and valid. Errors: limit_exceeded, when instancing makes more than
/// `max_lights` emissive triangles.
[[nodiscard]] Result<void> build_lights(Scene& scene, std::uint64_t max_lights = std::uint64_t{1} << 24);

}  // namespace kiln
