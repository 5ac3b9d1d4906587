#pragma once

#include "kernels/sampling.h"
#include "kernels/surface_point.h"

/// Emissive triangles, sampled uniformly over their area. They emit from the front, and from the back too where the
/// material is double-sided.
namespace kiln {

/// A triangle in the world: its first corner, the edges from there, and a vector of twice its area that points to the
/// front (counter-clockwise, glTF 2.0 §3.7.4; a mirroring transform turns the winding, so the front stays).
struct WorldTriangle {
  Vec3 corner, edge1, edge2;
  Vec3 double_area;
};

KILN_HD WorldTriangle world_triangle(const SceneView& scene, const SurfacePoint& p) {
  const Vec3* positions = scene.positions + p.mesh->first_vertex;
  const Affine& place = p.instance->world_from_object;
  const Vec3 p0 = positions[p.i0];
  WorldTriangle t;
  t.corner = transform_point(place, p0);
  t.edge1 = transform_vector(place, positions[p.i1] - p0);
  t.edge2 = transform_vector(place, positions[p.i2] - p0);
  t.double_area = cross(t.edge1, t.edge2);
  if (determinant(place) < 0) t.double_area = -t.double_area;
  return t;
}

/// Whether the triangle emits towards the origin of a ray that meets it along `direction`.
KILN_HD bool emits_against(const SurfacePoint& p, const WorldTriangle& t, Vec3 direction) {
  return p.material->double_sided || dot(t.double_area, direction) < 0;
}

/// The density of a uniform point on the triangle, in solid angle as seen from `distance` along the unit vector `wi`;
/// 0 edge-on.
KILN_HD float triangle_solid_angle_pdf(const WorldTriangle& t, Vec3 wi, float distance) {
  const float facing_area = 0.5f * std::fabs(dot(t.double_area, wi));
  return facing_area > 0 ? distance * distance / facing_area : 0.0f;
}

}  // namespace kiln
