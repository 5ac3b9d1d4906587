#pragma once

#include <embree3/rtcore.h>

#include "kernels/ray.h"

/// The one place that sees Embree's API. Its scene holds one geometry per mesh that is used once, placed in the world,
/// and one instance per use of every other mesh.
namespace kiln::render {

/// Embree behind the Intersector shape. Belongs to one thread; counts the rays that it traced.
class EmbreeIntersector {
 public:
  /// `instance_of_geometry` maps the scene's geometry ids to instances.
  EmbreeIntersector(RTCScene scene, const std::uint32_t* instance_of_geometry)
      : scene_(scene), instance_of_geometry_(instance_of_geometry) {
    rtcInitIntersectContext(&context_);
  }

  Hit intersect_closest(const Ray& ray) const {
    ++rays_;
    RTCRayHit query;
    fill(query.ray, ray);
    query.hit.geomID = RTC_INVALID_GEOMETRY_ID;
    query.hit.instID[0] = RTC_INVALID_GEOMETRY_ID;
    rtcIntersect1(scene_, &context_, &query);
    if (query.hit.geomID == RTC_INVALID_GEOMETRY_ID) return {};
    const bool instanced = query.hit.instID[0] != RTC_INVALID_GEOMETRY_ID;
    const std::uint32_t geometry = instanced ? query.hit.instID[0] : query.hit.geomID;
    return {query.ray.tfar, query.hit.u, query.hit.v, instance_of_geometry_[geometry], query.hit.primID};
  }

  bool occluded(const Ray& ray) const {
    ++rays_;
    RTCRay query;
    fill(query, ray);
    rtcOccluded1(scene_, &context_, &query);
    return query.tfar < 0;
  }

  std::uint64_t rays() const { return rays_; }

 private:
  static void fill(RTCRay& query, const Ray& ray) {
    query.org_x = ray.origin.x, query.org_y = ray.origin.y, query.org_z = ray.origin.z;
    query.dir_x = ray.direction.x, query.dir_y = ray.direction.y, query.dir_z = ray.direction.z;
    query.tnear = ray.t_min, query.tfar = ray.t_max;
    query.time = 0;
    query.mask = 0xffffffffu;
    query.id = 0;
    query.flags = 0;
  }

  RTCScene scene_;
  const std::uint32_t* instance_of_geometry_;
  mutable RTCIntersectContext context_;
  mutable std::uint64_t rays_ = 0;
};

}  // namespace kiln::render
