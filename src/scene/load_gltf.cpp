#include "scene/load_gltf.h"

#include "base/files.h"
#include "scene/animated_bounds.h"
#include "scene/build_scene.h"
#include "scene/document.h"
#include "scene/gltf_animation_pointers.h"
#include "scene/gltf_animations.h"
#include "scene/gltf_variants.h"
#include "scene/shutter.h"

namespace kiln::scene {

/// Poses the nodes as `options` say, which name a time, and gives the keys of their motion; none without a shutter.
static Result<std::vector<KeyPose>> pose_nodes(Document& document, const LoadOptions& options, const Limits& limits) {
  if (options.shutter_s > 0)
    return pose_for_shutter(document, options.animation, *options.time_s, options.shutter_s, limits);
  if (auto posed = apply_animation(document, options.animation, *options.time_s, limits); !posed) return posed.error();
  return std::vector<KeyPose>();
}

Result<GltfScene> load_gltf(const std::filesystem::path& file, const LoadOptions& options, const Limits& limits,
                            const GltfScene* decoded) {
  auto bytes = read_file(file, limits.max_file_bytes);
  if (!bytes) return bytes.error();
  const FolderFiles folder(file.parent_path(), limits);
  auto document = read_document(*std::move(bytes), limits, options.reads_folder ? &folder : nullptr, file.filename());
  if (!document) return document.error();
  if (options.time_s) {
    const double middle_s = *options.time_s + options.shutter_s / 2.0;
    if (auto written = apply_animation_pointers(*document, options.animation, middle_s); !written)
      return written.error();
  }
  if (options.variant)
    if (auto dressed = apply_variant(*document, *options.variant); !dressed) return dressed.error();
  Bounds framing;
  std::vector<KeyPose> keys;
  if (options.time_s) {
    framing = animated_bounds(*document, options.animation, limits);
    auto posed = pose_nodes(*document, options, limits);
    if (!posed) return posed.error();
    keys = *std::move(posed);
  }
  auto built = build_scene(*document, limits, decoded, keys);
  if (built) {
    built->framing = framing;
    built->warnings = std::move(document->warnings);
  }
  return built;
}

Result<std::shared_ptr<const Scene>> load_gltf(const std::filesystem::path& file, const Limits& limits) {
  const auto loaded = load_gltf(file, LoadOptions{}, limits);
  if (!loaded) return loaded.error();
  return loaded->scene;
}

}  // namespace kiln::scene
