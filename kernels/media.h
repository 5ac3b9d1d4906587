#pragma once

#include "kernels/bsdf.h"
#include "kernels/scene_view.h"

/// The bodies that a path is inside of (KHR_materials_volume). Where bodies overlap or lie in one another, the one that
/// was entered last is what is there: a surface stands between its own body and the one that is innermost without it.
namespace kiln {

/// Bodies are known by their material. One more than there is room for is entered and left unseen.
struct Media {
  static constexpr std::uint32_t kMost = 4;
  std::uint32_t materials[kMost] = {};
  std::uint32_t count = 0;
};

KILN_HD void enter(Media& media, std::uint32_t material) {
  if (media.count < Media::kMost) media.materials[media.count++] = material;
}

/// Leaves the body of that material that was entered last.
KILN_HD void leave(Media& media, std::uint32_t material) {
  std::uint32_t at = media.count;
  while (at > 0 && media.materials[at - 1] != material) --at;
  if (at == 0) return;
  for (; at < media.count; ++at) media.materials[at - 1] = media.materials[at];
  --media.count;
}

/// Light goes through the surface of a body.
KILN_HD void cross(Media& media, std::uint32_t material, bool from_inside) {
  if (from_inside) {
    leave(media, material);
  } else {
    enter(media, material);
  }
}

/// What is left of light after a way through the innermost body (Beer-Lambert).
KILN_HD Vec3 media_transmittance(const SceneView& scene, const Media& media, float distance) {
  if (media.count == 0) return {1, 1, 1};
  const Material& m = scene.materials[media.materials[media.count - 1]];
  const Vec3 a = scene.material_layers[m.layers].absorption_per_m;
  return {std::exp(-a.x * distance), std::exp(-a.y * distance), std::exp(-a.z * distance)};
}

/// The three colours that a path splits into where a body disperses light; `all`: it has not met one.
enum class Channel : std::uint8_t { red, green, blue, all };

/// KHR_materials_dispersion: red is bent least.
KILN_HD float ior_for(const SceneView& scene, const Material& m, Channel channel) {
  if (channel == Channel::all || channel == Channel::green) return m.ior;
  const float spread = (m.ior - 1.0f) * 0.025f * scene.material_layers[m.layers].dispersion;
  return m.ior + (channel == Channel::red ? -spread : spread);
}

/// The index on the outer side of a body's surface, for a path that is in these media.
KILN_HD float outer_ior(const SceneView& scene, const Media& media, std::uint32_t material, Channel channel) {
  std::uint32_t at = media.count;
  bool skipped = false;
  while (at > 0) {
    const std::uint32_t inner = media.materials[--at];
    if (inner != material || skipped) return ior_for(scene, scene.materials[inner], channel);
    skipped = true;
  }
  return 1.0f;
}

}  // namespace kiln
