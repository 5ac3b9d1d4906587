#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kiln/scene.h"

namespace kiln::scene {

/// A decoded picture in Scene::texels.
struct TexelRange {
  std::uint64_t first_texel = 0;
  std::uint32_t width = 0, height = 0;
};

/// A scene, and where in its texels the pictures of its file lie, by their index there: a scene of the same file in
/// another pose takes them from it.
struct GltfScene {
  std::shared_ptr<const Scene> scene;
  std::map<std::size_t, TexelRange> images;
  Bounds framing;  ///< what an automatic camera holds in view: the whole animation, the same at all its moments; empty:
                   ///< the scene's bounds
  std::shared_ptr<const EnvironmentImage> environment = nullptr;  ///< the light that the file brings; null: none
  std::vector<std::string> warnings = {};  ///< what of the file is not in the picture, a sentence each
};

/// What of a file is shown.
struct LoadOptions {
  std::uint32_t animation = 0;         ///< by index; used when time_s is set
  std::optional<float> time_s;         ///< the moment of the animation; unset: the pose that the file rests in
  std::optional<std::string> variant;  ///< of KHR_materials_variants, by name; unset: the default materials
  float shutter_s = 0;                 ///< how long the shutter stays open from time_s on; used when that is set
  bool reads_folder = false;  ///< what an OBJ or PLY file names is looked for in its folder; else only in its package
};

}  // namespace kiln::scene
