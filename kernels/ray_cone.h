#pragma once

#include "kernels/camera.h"
#include "kernels/surface_geometry.h"

/// How wide a path looks, so that textures are read at the level of detail that fits: ray cones (Akenine-Moller et al.,
/// "Texture Level of Detail Strategies for Real-Time Ray Tracing", Ray Tracing Gems, 2019, chapter 20, and "Improved
/// Shader and Texture Level of Detail Using Ray Cones", JCGT 2021).
///
/// The cone of a camera ray is as wide as its pixel. Each bounce widens it by the lobe that has scattered: a direction
/// that was drawn with density p stands for 1 / p steradians (Suykens and Willems, "Path Differentials and
/// Applications", 2001). The curvature of surfaces and the width of the lens are left out: what is seen in a curved
/// mirror, or out of focus, is read too finely rather than too coarsely.
///
/// Many samples of a pixel share the work: sample k takes cones narrower by 1 / sqrt(k + 1), down to an eighth, so that
/// the first one does not alias and the mean of many is sharp.
namespace kiln {

struct RayCone {
  float width_m = 0;  ///< where the ray starts
  float spread = 0;   ///< how much wider it gets per metre
  float scale = 0;    ///< of all widths, by the number of the sample; 0: nobody asks how wide the path looks
};

/// The full angle, about, of a cone that holds the directions which one draw of this density stands for. Bounded: the
/// levels of textures that hold several charts mix these.
KILN_HD float lobe_spread(float pdf) {
  constexpr float kWidest = 0.5f;
  return 4.0f > kWidest * kWidest * kPi * pdf ? kWidest : 2.0f / std::sqrt(kPi * pdf);
}

KILN_HD RayCone camera_cone(const FrameView& frame, const Ray& ray, std::uint32_t sample) {
  constexpr float kNarrowest = 0.125f;
  RayCone cone;
  if (!(frame.pixel_cone > 0)) return cone;
  cone.scale = max_of(kNarrowest, 1.0f / std::sqrt(static_cast<float>(sample) + 1.0f));
  if (frame.camera.projection == Projection::orthographic) {
    cone.width_m = frame.pixel_cone * cone.scale;
  } else {  // off the axis a pixel is nearer to the eye on the film than its ray is long, and is seen from the side
    const float cosine = dot(ray.direction, frame.camera.forward);
    cone.spread = frame.pixel_cone * cosine * safe_sqrt(cosine) * cone.scale;
  }
  return cone;
}

/// The cone goes on from a surface at `distance`, into a direction that was drawn with density `pdf`.
KILN_HD void scatter_cone(float distance, float pdf, RayCone& cone) {
  if (!(cone.scale > 0)) return;
  cone.width_m += cone.spread * distance;
  cone.spread += cone.scale * lobe_spread(pdf);
}

/// The area of the cone on the surface that it meets at `distance`, as a share of twice the triangle's. Its root, which
/// the level of detail follows, is the mean of the short axis and of the long one, which is bounded: where the cone
/// grazes the surface some noise along it is better than a blur across it.
KILN_HD float cone_footprint(const RayCone& cone, float distance, const SurfaceGeometry& g, Vec3 direction) {
  constexpr float kLeastCosine = 1.0f / 16;
  const Vec3 double_area = cross(g.edge1, g.edge2);
  const float facing = max_of(std::fabs(dot(double_area, direction)), kLeastCosine * length(double_area));
  return square(cone.width_m + cone.spread * distance) / facing;
}

}  // namespace kiln
