#include <numbers>

#include "scene/gltf_checks.h"

namespace kiln::scene {
namespace {

constexpr Range kPositive{0, Range{}.max, true}, kNotNegative{0, Range{}.max, false};

void check_perspective(const Checks& checks, const JsonView& lens) {
  if (!check_object(checks, lens, "perspective")) return;
  lens["aspectRatio"].number(kPositive);
  lens.required("yfov").number(kPositive);
  const auto near = lens.required("znear").number(kPositive);
  const auto far = lens["zfar"].number(kPositive);
  if (near && far && *far <= *near) lens["zfar"].fail("is not larger than znear");
}

void check_orthographic(const Checks& checks, const JsonView& lens) {
  if (!check_object(checks, lens, "orthographic")) return;
  lens.required("xmag").number();
  lens.required("ymag").number();
  const auto near = lens.required("znear").number(kNotNegative);
  const auto far = lens.required("zfar").number(kPositive);
  if (near && far && *far <= *near) lens["zfar"].fail("is not larger than znear");
}

void check_spot(const Checks& checks, const JsonView& light) {
  const JsonView spot = light.required("spot");
  if (!check_object(checks, spot, "spot")) return;
  constexpr double kRightAngle = std::numbers::pi / 2;
  const double inner = spot["innerConeAngle"].number(Range{0, kRightAngle}).value_or(0);
  const double outer = spot["outerConeAngle"].number(Range{0, kRightAngle + 1e-6, true}).value_or(kRightAngle / 2);
  if (outer <= inner) spot["outerConeAngle"].fail("is not larger than innerConeAngle");
}

}  // namespace

void check_cameras(const Checks& checks) {
  for_each(checks.root["cameras"], [&](const JsonView& camera, std::size_t) {
    if (!check_object(checks, camera, "camera")) return;
    const JsonView perspective = camera["perspective"], orthographic = camera["orthographic"];
    const auto type = camera.required("type").string();
    if (!type) return;
    if (perspective.present() && orthographic.present())
      return camera.fail("must have either perspective or orthographic");
    if (*type == "perspective")
      check_perspective(checks, camera.required("perspective"));
    else if (*type == "orthographic")
      check_orthographic(checks, camera.required("orthographic"));
    else
      camera["type"].fail("is neither perspective nor orthographic");
  });
}

void check_lights(const Checks& checks) {
  const JsonView extension = checks.root["extensions"]["KHR_lights_punctual"];
  if (extension.present())
    for_each(extension.required("lights"), [&](const JsonView& light, std::size_t) {
      if (!check_object(checks, light, "light")) return;
      light["color"].numbers(3, Range{0, 1});
      light["intensity"].number(kNotNegative);
      light["range"].number(kPositive);
      const auto type = light.required("type").string();
      if (!type) return;
      if (*type == "spot")
        check_spot(checks, light);
      else if (*type != "point" && *type != "directional")
        light["type"].fail("is none of point, spot and directional");
    });
  const JsonView variants = checks.root["extensions"]["KHR_materials_variants"];
  if (variants.present())
    for_each(variants.required("variants"), [&](const JsonView& variant, std::size_t) {
      if (variant.is_object()) variant.required("name").string();
    });
}

}  // namespace kiln::scene
