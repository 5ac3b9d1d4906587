#include "scene/gltf_checks.h"

namespace kiln::scene {
namespace {

constexpr const char* kExtension = "EXT_lights_image_based";
constexpr std::size_t kFaces = 6;

void check_light(const Checks& checks, const JsonView& light) {
  if (!check_object(checks, light, "light")) return;
  light["intensity"].number(Range{0, Range{}.max, false});
  check_rotation(light["rotation"]);
  light["specularImageSize"].integer(1);
  const JsonView levels = light.required("specularImages");
  if (!levels.is_array()) return;
  for_each(levels, [&](const JsonView& faces, std::size_t) {
    if (!faces.is_array()) return;
    if (faces.size() != kFaces) return faces.fail("must have 6 elements");
    for (std::size_t i = 0; i < kFaces; ++i) faces.at(i).index(checks.count("images"));
  });
}

}  // namespace

void check_image_lights(const Checks& checks) {
  const JsonView extension = checks.root["extensions"][kExtension];
  if (extension.present())
    for_each(extension.required("lights"), [&](const JsonView& light, std::size_t) { check_light(checks, light); });
  for_each(checks.root["scenes"], [&](const JsonView& scene, std::size_t) {
    const JsonView light = scene["extensions"][kExtension];
    if (light.present()) light.required("light").index(extension["lights"].size());
  });
}

}  // namespace kiln::scene
