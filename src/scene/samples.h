#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "kiln/error.h"
#include "kiln/scene.h"

namespace kiln {

/// "cornell-box", "material-grid", "spheres-in-studio", "terrain", "instances", "materials".
std::span<const std::string_view> sample_names();

/// Builds a sample scene (the name without "sample:"), the same one every time, with a camera. Terrain takes a second
/// or so. Errors: unknown_sample, naming the known ones.
Result<std::shared_ptr<const Scene>> make_sample(std::string_view name);

}  // namespace kiln
