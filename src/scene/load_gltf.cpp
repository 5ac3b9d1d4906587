#include "scene/load_gltf.h"

#include "base/files.h"
#include "scene/build_scene.h"
#include "scene/document.h"

namespace kiln::scene {

Result<std::shared_ptr<const Scene>> load_gltf(const std::filesystem::path& file, const Limits& limits) {
  auto bytes = read_file(file, limits.max_file_bytes);
  if (!bytes) return bytes.error();
  const auto document = read_document(*std::move(bytes), limits);
  if (!document) return document.error();
  return build_scene(*document, limits);
}

}  // namespace kiln::scene
