#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kiln/job.h"
#include "kiln/scene.h"

namespace kiln {

enum class AssetKind { scene, environment };

/// What an inspection finds in a file, before anything is rendered.
struct AssetSummary {
  AssetKind kind = AssetKind::scene;
  std::uint64_t triangles = 0;         ///< of the default scene, instances counted each
  std::uint64_t unique_triangles = 0;  ///< stored
  std::uint32_t meshes = 0, instances = 0, materials = 0, textures = 0, lights = 0;
  std::uint32_t width = 0, height = 0;  ///< environment images
  std::vector<std::string> cameras;     ///< names, "camera N" where the file has none
  std::vector<std::string> animations;  ///< names, "animation N" where the file has none
  /// When the last key of each animation comes. Empty for a file that was inspected before this was known.
  std::vector<float> animation_durations_s;
  std::vector<std::string> variants;
  std::vector<std::string> extensions_used;
  std::vector<std::string> extensions_unsupported;  ///< used, optional and left out of the picture
  std::vector<std::string> warnings;                ///< what else of the file is not in the picture, a sentence each
  Bounds bounds;
  std::uint64_t device_bytes = 0;  ///< estimate of what rendering needs on the device
};

struct Asset {
  std::string id;  ///< "sha256:<64 hex digits>" of the file's bytes
  std::uint64_t bytes = 0;
  std::string media_type;
  WallTime created_at{};
  WallTime used_at{};  ///< when it was uploaded last or a job that names it was accepted or ended
  AssetSummary summary;
};

}  // namespace kiln
