#pragma once

#include <embree3/rtcore.h>

#include "kernels/ray.h"

#include "render/embree_geometry.h"

/// The one place that sees Embree's API. Its scene holds one geometry per mesh that is used once and does not move as a
/// whole, placed in the world, and one instance per use of every other mesh.
namespace kiln::render {

/// The context of rays that cull back faces.
struct EmbreeCullingContext {
  RTCIntersectContext context;  ///< first, because Embree hands its address back
  const EmbreeGeometry* geometries = nullptr;
};

/// The geometry of the top level that was met.
KILN_HD std::uint32_t top_geometry(const RTCHit& hit) {
  return hit.instID[0] != RTC_INVALID_GEOMETRY_ID ? hit.instID[0] : hit.geomID;
}

/// The filter of rays that cull back faces: Embree asks about each hit, with ray and normal in the triangle's space.
KILN_HD void cull_back_face(const RTCFilterFunctionNArguments* args) {
  const auto& ray = *reinterpret_cast<const RTCRay*>(args->ray);
  const auto& hit = *reinterpret_cast<const RTCHit*>(args->hit);
  const auto& context = *reinterpret_cast<const EmbreeCullingContext*>(args->context);
  const float along = dot({ray.dir_x, ray.dir_y, ray.dir_z}, {hit.Ng_x, hit.Ng_y, hit.Ng_z});
  const Windings seen = along > 0 ? kClockwise : kCounterClockwise;
  if ((context.geometries[top_geometry(hit)].culled & seen) != 0) args->valid[0] = 0;
}

KILN_HD void fill_query(RTCRay& query, const Ray& ray) {
  query.org_x = ray.origin.x, query.org_y = ray.origin.y, query.org_z = ray.origin.z;
  query.dir_x = ray.direction.x, query.dir_y = ray.direction.y, query.dir_z = ray.direction.z;
  query.tnear = ray.t_min, query.tfar = ray.t_max;
  query.time = ray.time;
  query.mask = 0xffffffffu;
  query.id = 0;
  query.flags = 0;
}

/// No member of the intersector, so that each instruction set has its own where it is too large to be inlined.
KILN_HD Hit closest_hit(RTCScene scene, RTCIntersectContext* context, const EmbreeGeometry* geometries,
                        const Ray& ray) {
  RTCRayHit query;
  fill_query(query.ray, ray);
  query.hit.geomID = RTC_INVALID_GEOMETRY_ID;
  query.hit.instID[0] = RTC_INVALID_GEOMETRY_ID;
  rtcIntersect1(scene, context, &query);
  if (query.hit.geomID == RTC_INVALID_GEOMETRY_ID) return {};
  const std::uint32_t instance = geometries[top_geometry(query.hit)].instance;
  return {query.ray.tfar, query.hit.u, query.hit.v, instance, query.hit.primID};
}

/// Embree behind the Intersector shape. Belongs to one thread; counts the rays that it traced.
class EmbreeIntersector {
 public:
  /// `geometries`: by geometry id of the top level.
  EmbreeIntersector(RTCScene scene, const EmbreeGeometry* geometries) : scene_(scene) {
    rtcInitIntersectContext(&context_);
    culling_.context = context_;
    culling_.context.filter = cull_back_face;
    culling_.geometries = geometries;
  }

  Hit intersect_closest(const Ray& ray) const {
    ++rays_;
    return closest_hit(scene_, context_of(ray), culling_.geometries, ray);
  }

  bool occluded(const Ray& ray) const {
    ++rays_;
    RTCRay query;
    fill_query(query, ray);
    rtcOccluded1(scene_, context_of(ray), &query);
    return query.tfar < 0;
  }

  std::uint64_t rays() const { return rays_; }

 private:
  RTCIntersectContext* context_of(const Ray& ray) const { return ray.culls ? &culling_.context : &context_; }

  RTCScene scene_;
  mutable RTCIntersectContext context_;
  mutable EmbreeCullingContext culling_;
  mutable std::uint64_t rays_ = 0;
};

}  // namespace kiln::render
