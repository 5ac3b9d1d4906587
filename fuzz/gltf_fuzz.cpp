#include <cstddef>
#include <cstdint>
#include <vector>

#include "scene/animated_bounds.h"
#include "scene/build_scene.h"
#include "scene/document.h"
#include "scene/gltf_animations.h"

/// Any bytes as a scene file: must load or be refused, within small limits, at rest and in motion.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kiln::scene::Limits limits;
  limits.max_unbacked_elements = 1u << 12;
  limits.max_vertices = limits.max_triangles = 1u << 16;
  limits.max_instances = 1u << 12;
  limits.max_texels = limits.max_image_texels = 1u << 20;
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  auto document = kiln::scene::read_document(std::vector<std::byte>(bytes, bytes + size), limits);
  if (!document) return 0;
  (void)kiln::scene::build_scene(*document, limits);
  (void)kiln::scene::animated_bounds(*document, 0, limits);
  if (kiln::scene::apply_animation(*document, 0, 0.5f, limits)) (void)kiln::scene::build_scene(*document, limits);
  if (const auto keys = kiln::scene::pose_for_shutter(*document, 0, 0.25, 0.5, limits))
    (void)kiln::scene::build_scene(*document, limits, nullptr, *keys);
  return 0;
}
