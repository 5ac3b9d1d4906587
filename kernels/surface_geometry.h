#pragma once

#include "kernels/frame.h"
#include "kernels/surface_point.h"

namespace kiln {

/// Position and normals of a point, in the world. Unit normals; `geometric_normal` faces the front of the triangle:
/// counter-clockwise in the world, or clockwise where the instance mirrors (glTF 2.0 §3.5.3, §3.7.4).
struct SurfaceGeometry {
  Vec3 position;
  Vec3 geometric_normal;
  Vec3 normal;         ///< interpolated, in the hemisphere of the geometric one
  float offset_m = 0;  ///< how far a ray that leaves must start from `position` along the normal
  Vec3 edge1, edge2;   ///< from corner 0, in the world
};

KILN_HD Vec3 absolute(Vec3 v) { return {std::fabs(v.x), std::fabs(v.y), std::fabs(v.z)}; }

/// The largest coordinate that the computation of a world position passes through.
KILN_HD float magnitude(const Affine& m, Vec3 p) {
  const Vec3 a = absolute(p);
  return max_component(absolute(m.x) * a.x + absolute(m.y) * a.y + absolute(m.z) * a.z + absolute(m.t));
}

/// The position comes from the barycentric coordinates, whose rounding error is a few ulps of the corners, much less
/// than that of origin + t direction (Pharr et al., "Physically Based Rendering", 4th ed., §6.8.5). The offset is 32
/// ulps of the largest number on the way, which also covers the error of the intersector, and scales with the scene
/// (the idea of Wachter and Binder, "A Fast and Robust Method for Avoiding Self-Intersection", 2019). `c` and
/// `object_normal`: in object space, the normal interpolated, for a mesh that has any.
KILN_HD SurfaceGeometry placed_geometry(const SurfacePoint& p, const Corners& c, const Vec3& object_normal,
                                        const Affine& place, const Affine& object_from_world) {
  constexpr float kOffsetScale = 1.0f / 262144.0f;
  const Vec3 p0 = c.p0, p1 = c.p1, p2 = c.p2;
  SurfaceGeometry g;
  g.position = transform_point(place, p0 * p.w0 + p1 * p.w1 + p2 * p.w2);
  g.edge1 = transform_vector(place, p1 - p0);
  g.edge2 = transform_vector(place, p2 - p0);
  const Vec3 largest{max_of(std::fabs(p0.x), max_of(std::fabs(p1.x), std::fabs(p2.x))),
                     max_of(std::fabs(p0.y), max_of(std::fabs(p1.y), std::fabs(p2.y))),
                     max_of(std::fabs(p0.z), max_of(std::fabs(p1.z), std::fabs(p2.z)))};
  g.offset_m = magnitude(place, largest) * kOffsetScale;
  const Vec3 across = cross(g.edge1, g.edge2);
  const float sign = determinant(place) < 0 ? -1.0f : 1.0f;
  g.geometric_normal = across * (sign / length(across));
  g.normal = g.geometric_normal;
  if (!p.mesh->has_normals) return g;
  const Vec3 n = transform_transposed(object_from_world, object_normal);
  const float squared = dot(n, n), side = dot(n, g.geometric_normal);
  if (squared > 0 && side != 0) g.normal = n * ((side < 0 ? -1.0f : 1.0f) / std::sqrt(squared));
  return g;
}

/// surface_geometry of what moves.
KILN_HD_COLD SurfaceGeometry moved_geometry(const SceneView& scene, const SurfacePoint& p) {
  const Affine place = place_at(scene, p);
  const Vec3 normal = p.mesh->has_normals ? interpolate(p, normal_corners(scene, p)) : Vec3{0, 0, 0};
  return placed_geometry(p, position_corners(scene, p), normal, place, inverse(place));
}

KILN_HD SurfaceGeometry surface_geometry(const SceneView& scene, const SurfacePoint& p) {
  if (moves(p)) return moved_geometry(scene, p);
  const Vec3 normal = p.mesh->has_normals ? interpolate(p, scene.normals + p.mesh->first_vertex) : Vec3{0, 0, 0};
  return placed_geometry(p, corners_of(p, scene.positions + p.mesh->first_vertex), normal,
                         p.instance->world_from_object, p.instance->object_from_world);
}

/// The directions of +x and +y in the normal texture's space: to the right and up the picture. The mesh's own tangents
/// where it has them (glTF 2.0 §3.7.2.1), else the gradient of the texture coordinates, whose v runs down the picture.
struct TangentPair {
  Vec3 tangent, bitangent;
};

KILN_HD TangentPair placed_tangents(Vec4 t, Vec3 normal, const Affine& place) {
  const float mirror = determinant(place) < 0 ? -1.0f : 1.0f;
  const Frame f = make_frame(normal, transform_vector(place, xyz(t)));
  return {f.x, f.y * ((t.w < 0 ? -1.0f : 1.0f) * mirror)};
}

KILN_HD TangentPair mesh_tangents(const SceneView& scene, const SurfacePoint& p, Vec3 normal) {
  const Vec4 t = interpolate(p, scene.tangents + p.mesh->first_vertex);
  if (moves(p)) return placed_tangents(t, normal, place_at(scene, p));
  return placed_tangents(t, normal, p.instance->world_from_object);
}

KILN_HD TangentPair uv_tangents(const SceneView& scene, const SurfacePoint& p, const SurfaceGeometry& g,
                                std::uint32_t uv_set) {
  const Frame any = make_frame(g.normal);
  if (uv_set >= p.mesh->uv_sets) return {any.x, any.y};
  const Vec2* uvs = scene.uvs + p.mesh->first_uv + std::size_t{uv_set} * p.mesh->vertex_count;
  const Vec2 d1 = uvs[p.i1] - uvs[p.i0], d2 = uvs[p.i2] - uvs[p.i0];
  const float area = d1.x * d2.y - d1.y * d2.x;
  if (area == 0) return {any.x, any.y};
  const float sign = area < 0 ? -1.0f : 1.0f;
  const Frame f = make_frame(g.normal, (g.edge1 * d2.y - g.edge2 * d1.y) * sign);
  const Vec3 up = (g.edge1 * d2.x - g.edge2 * d1.x) * sign;
  return {f.x, f.y * (dot(f.y, up) < 0 ? -1.0f : 1.0f)};
}

}  // namespace kiln
