#pragma once

#include <filesystem>
#include <string>

#include "kiln/asset.h"
#include "kiln/error.h"

#include "scene/limits.h"

namespace kiln::scene {

/// Loads a file completely, to validate it, and says what is in it. A scene for the media types of models
/// and application/zip, an environment for image/vnd.radiance and image/x-exr; any other type (or none) goes by the
/// first bytes. `reads_folder` is LoadOptions'. Any thread, several at once. Errors: those of load_gltf and
/// load_environment.
Result<AssetSummary> inspect_file(const std::filesystem::path& file, const std::string& media_type,
                                  const Limits& limits = {}, bool reads_folder = false);

}  // namespace kiln::scene
