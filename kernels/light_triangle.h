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

KILN_HD WorldTriangle placed_triangle(const Corners& c, const Affine& place) {
  WorldTriangle t;
  t.corner = transform_point(place, c.p0);
  t.edge1 = transform_vector(place, c.p1 - c.p0);
  t.edge2 = transform_vector(place, c.p2 - c.p0);
  t.double_area = cross(t.edge1, t.edge2);
  if (determinant(place) < 0) t.double_area = -t.double_area;
  return t;
}

/// world_triangle of what moves.
KILN_HD_COLD WorldTriangle moved_triangle(const SceneView& scene, const SurfacePoint& p) {
  return placed_triangle(position_corners(scene, p), place_at(scene, p));
}

KILN_HD WorldTriangle world_triangle(const SceneView& scene, const SurfacePoint& p) {
  if (moves(p)) return moved_triangle(scene, p);
  return placed_triangle(corners_of(p, scene.positions + p.mesh->first_vertex), p.instance->world_from_object);
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
