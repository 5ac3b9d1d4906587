#pragma once

#include "kernels/bvh_geometry.h"
#include "kernels/ray.h"

namespace kiln {

/// One walk through both levels of the tree with one fixed stack. The stack is no member: an array that is indexed at
/// run time would pull all the others with it out of registers into local memory.
class BvhTraversal {
 public:
  KILN_HD BvhTraversal(const BvhView& bvh, const Ray& ray) : bvh_(bvh), world_(ray) {
    local_ = make_bvh_ray(ray.origin, ray.direction);
    hit_.t = ray.t_max;
  }

  /// With `any_hit` the first hit found ends the walk, else the nearest one is returned.
  template <bool any_hit>
  KILN_HD Hit run() {
    BvhRef stack[kBvhStackSize];
    stack[0] = kBvhDone;
    BvhRef at = is_finite(world_.origin + world_.direction) ? bvh_.root : kBvhDone;
    while (true) {
      while (!is_bvh_leaf(at)) at = descend(bvh_.nodes[at], stack);
      if (at == kBvhDone) break;
      if (at == kBvhLeaveInstance) {
        leave_instance();
        at = pop(stack);
      } else if (bvh_leaf_count(at) == 0) {
        at = enter_instance(bvh_.instances[bvh_leaf_first(at)], stack);
      } else {
        intersect_leaf(at);
        if (any_hit && is_hit(hit_)) break;
        at = pop(stack);
      }
    }
    if (!is_hit(hit_)) hit_.t = Hit{}.t;
    return hit_;
  }

 private:
  /// The box test lets NaN pass: such a ray would visit every node.
  KILN_HD bool is_finite(Vec3 sum) const { return (sum.x + sum.y + sum.z) * 0.0f == 0.0f; }

  KILN_HD BvhRef pop(const BvhRef* stack) { return stack[--top_]; }

  /// The nearer child that the ray enters; the other one waits on the stack.
  KILN_HD BvhRef descend(const BvhNode& node, BvhRef* stack) {
    const BvhBox left_box = child_box(node, 0), right_box = child_box(node, 1);
    const BvhRef left = node.child[0], right = node.child[1];
    const float left_at = enter_box(left_box, local_, world_.t_min, hit_.t);
    const float right_at = enter_box(right_box, local_, world_.t_min, hit_.t);
    if (left_at < 0 && right_at < 0) return pop(stack);
    if (right_at < 0) return left;
    if (left_at < 0) return right;
    const bool right_first = right_at < left_at;
    stack[top_++] = right_first ? left : right;
    return right_first ? right : left;
  }

  KILN_HD BvhRef enter_instance(const BvhInstance& memory, BvhRef* stack) {
    const BvhInstance placed = memory;
    const bool moves = placed.first_transform != kNone;
    const Affine to_local =
        moves ? inverse(transform_at(bvh_.transforms + placed.first_transform, bvh_.key_count, world_.time))
              : placed.object_from_world;
    const Vec3 origin = transform_point(to_local, world_.origin);
    const Vec3 direction = transform_vector(to_local, world_.direction);
    if (moves && !is_finite(origin + direction)) return pop(stack);  // flattened to nothing at just this time
    instance_ = placed.instance;
    culled_ = placed.culled;
    local_ = make_bvh_ray(origin, direction);
    stack[top_++] = kBvhLeaveInstance;
    return placed.root;
  }

  KILN_HD void leave_instance() {
    local_ = make_bvh_ray(world_.origin, world_.direction);
    culled_ = 0;
  }

  KILN_HD void intersect_leaf(BvhRef leaf) {
    const std::uint32_t first = bvh_leaf_first(leaf), end = first + bvh_leaf_count(leaf);
    for (std::uint32_t i = first; i < end; ++i) {
      BvhTriangle triangle = bvh_.triangles[i];
      if ((triangle.culled & kBvhDeforms) != 0) deform(i, triangle);
      const Windings culled = world_.culls ? culled_ | triangle.culled : 0;
      if (!intersect_triangle(triangle, local_, world_.t_min, hit_.t, culled, hit_.t, hit_.u, hit_.v)) continue;
      hit_.instance = triangle.instance == kNone ? instance_ : triangle.instance;
      hit_.triangle = triangle.triangle;
    }
  }

  /// Moves the corners of triangle `i` to where they are at the ray's time.
  KILN_HD void deform(std::uint32_t i, BvhTriangle& triangle) const {
    const MotionSpan span = motion_span(bvh_.key_count, world_.time);
    const BvhCorners* key = bvh_.corners + std::size_t{bvh_.deforming[i]} * bvh_.key_count + span.key;
    triangle.p0 = lerp(key[0].p0, key[1].p0, span.fraction);
    triangle.p1 = lerp(key[0].p1, key[1].p1, span.fraction);
    triangle.p2 = lerp(key[0].p2, key[1].p2, span.fraction);
  }

  const BvhView bvh_;
  const Ray world_;
  BvhRay local_;
  Hit hit_;
  std::uint32_t instance_ = kNone;  ///< the one entered last
  Windings culled_ = 0;             ///< by the instance that the walk is in
  int top_ = 1;                     ///< entries on the stack
};

/// The Intersector over the device BVH (see kernels/ray.h), for rays with t_min >= 0; runs on the host just as well.
struct BvhIntersector {
  BvhView bvh;

  KILN_HD Hit intersect_closest(const Ray& ray) const { return BvhTraversal(bvh, ray).run<false>(); }
  KILN_HD bool occluded(const Ray& ray) const { return is_hit(BvhTraversal(bvh, ray).run<true>()); }
};

}  // namespace kiln
