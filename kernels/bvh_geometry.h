#pragma once

#include "kernels/bvh_node.h"

/// The two tests of a traversal: ray against the boxes of a node, ray against a triangle.
namespace kiln {

/// A ray in the space of the tree that is walked. The direction is not normalised, so t means the same in every space.
/// `shear_x`, `shear_y` and the reciprocal along `axis` map the ray to the z axis (Woop et al., see
/// intersect_triangle).
struct BvhRay {
  Vec3 origin;
  Vec3 reciprocal;  ///< of the direction; infinite where a component is zero
  float shear_x, shear_y, scale_z;
  int axis;  ///< along which the direction is longest
};

/// The components in cyclic order, such that the one along `axis` comes last. Chosen one by one: choosing among whole
/// vectors makes nvcc keep them in local memory.
KILN_HD Vec3 rotate_to_last(Vec3 v, int axis) {
  return {axis == 2 ? v.x : (axis == 0 ? v.y : v.z), axis == 2 ? v.y : (axis == 0 ? v.z : v.x),
          axis == 2 ? v.z : (axis == 0 ? v.x : v.y)};
}

KILN_HD BvhRay make_bvh_ray(Vec3 origin, Vec3 direction) {
  BvhRay ray;
  ray.origin = origin;
  ray.reciprocal = {1.0f / direction.x, 1.0f / direction.y, 1.0f / direction.z};
  const float x = std::fabs(direction.x), y = std::fabs(direction.y), z = std::fabs(direction.z);
  ray.axis = x > y ? (x > z ? 0 : 2) : (y > z ? 1 : 2);
  const Vec3 d = rotate_to_last(direction, ray.axis);
  ray.scale_z = rotate_to_last(ray.reciprocal, ray.axis).z;
  ray.shear_x = d.x * ray.scale_z;
  ray.shear_y = d.y * ray.scale_z;
  return ray;
}

/// Narrows [near, far] to the slab between two planes. A ray that lies in a plane gives 0 times infinity, a NaN, which
/// fmax and fmin pass over: such a ray counts as inside.
KILN_HD void clip_to_slab(float low, float high, float origin, float reciprocal, float& near, float& far) {
  const bool backwards = reciprocal < 0;
  near = std::fmax(near, ((backwards ? high : low) - origin) * reciprocal);
  far = std::fmin(far, ((backwards ? low : high) - origin) * reciprocal);
}

/// The box of one child of a node.
struct BvhBox {
  Vec3 min, max;
};

KILN_HD BvhBox child_box(const BvhNode& n, int side) {
  return {{n.min_x[side], n.min_y[side], n.min_z[side]}, {n.max_x[side], n.max_y[side], n.max_z[side]}};
}

/// The distance at which the ray enters the box within [t_min, t_max], or a negative number for a miss. Never misses a
/// box that the exact ray touches: `far` is widened by the rounding error of three operations (T. Ize, "Robust BVH Ray
/// Traversal", JCGT 2(2), 2013, section 4.2).
KILN_HD float enter_box(const BvhBox& box, const BvhRay& ray, float t_min, float t_max) {
  float near = t_min, far = t_max;
  clip_to_slab(box.min.x, box.max.x, ray.origin.x, ray.reciprocal.x, near, far);
  clip_to_slab(box.min.y, box.max.y, ray.origin.y, ray.reciprocal.y, near, far);
  clip_to_slab(box.min.z, box.max.z, ray.origin.z, ray.reciprocal.z, near, far);
  return near <= far * 1.00000036f ? near : -1.0f;
}

/// a b - c d with its exact sign and an error of at most 1.5 ulp (W. Kahan; analysed by C.-P. Jeannerod et al.,
/// "Further analysis of Kahan's algorithm for the accurate computation of 2 x 2 determinants", 2013).
KILN_HD float difference_of_products(float a, float b, float c, float d) {
  const float cd = c * d;
  const float error = std::fma(-c, d, cd);
  return std::fma(a, b, -cd) + error;
}

/// A point relative to the ray's origin, sheared so that the ray becomes the z axis; z is not scaled.
KILN_HD Vec3 shear_to_ray(const BvhRay& ray, Vec3 p) {
  const Vec3 q = rotate_to_last(p - ray.origin, ray.axis);
  return {q.x - ray.shear_x * q.z, q.y - ray.shear_y * q.z, q.z};
}

/// Intersects a triangle for t in (t_min, t_max), unless it is seen with a winding in `culled`; writes t, u, v and
/// returns true on a hit. Watertight: S. Woop et al., "Watertight Ray/Triangle Intersection", JCGT 2(1), 2013. Corners
/// that triangles share are rounded alike, and on these the sign of each edge function is exact, so that no ray slips
/// between two triangles, at a corner neither.
KILN_HD bool intersect_triangle(const BvhTriangle& tri, const BvhRay& ray, float t_min, float t_max, Windings culled,
                                float& t, float& u, float& v) {
  const Vec3 a = shear_to_ray(ray, tri.p0), b = shear_to_ray(ray, tri.p1), c = shear_to_ray(ray, tri.p2);
  const float weight_a = difference_of_products(c.x, b.y, c.y, b.x);
  const float weight_b = difference_of_products(a.x, c.y, a.y, c.x);
  const float weight_c = difference_of_products(b.x, a.y, b.y, a.x);
  const bool all_up = weight_a >= 0 && weight_b >= 0 && weight_c >= 0;
  const bool all_down = weight_a <= 0 && weight_b <= 0 && weight_c <= 0;
  if (!all_up && !all_down) return false;

  const float total = weight_a + weight_b + weight_c;
  if (total == 0) return false;  // edge-on or degenerate
  const bool clockwise = (total > 0) != (ray.scale_z > 0);
  if ((culled & (clockwise ? kClockwise : kCounterClockwise)) != 0) return false;
  const float share = 1.0f / total;
  const float distance = (weight_a * a.z + weight_b * b.z + weight_c * c.z) * ray.scale_z * share;
  if (!(distance > t_min && distance < t_max)) return false;
  t = distance;
  u = weight_b * share;
  v = weight_c * share;
  return true;
}

}  // namespace kiln
