#pragma once

#include <cstdint>

#include "kernels/vec.h"

/// What moves while the shutter is open is known at a number of moments, the keys, at equal distances from the opening
/// (time 0) to the closing (time 1). Between two keys transforms and vertices run along straight lines, as Embree has
/// it too.
namespace kiln {

inline constexpr std::uint32_t kMaxMotionKeys = 17;

/// The keys of a scene, in host or device memory.
struct MotionView {
  const Affine* transforms = nullptr;  ///< world_from_object: key_count of them for each instance that moves
  const Vec3* positions = nullptr;     ///< key_count sets of its vertices for each mesh that deforms
  const Vec3* normals = nullptr;       ///< likewise
  std::uint32_t key_count = 0;         ///< 0: nothing moves; else at least 2
};

/// The keys around a time: `key` and the one after it, and how far on the way from the one to the other.
struct MotionSpan {
  std::uint32_t key = 0;
  float fraction = 0;
};

/// `time` in [0, 1]; `key_count` at least 2.
KILN_HD MotionSpan motion_span(std::uint32_t key_count, float time) {
  const float at = time * static_cast<float>(key_count - 1);
  const auto before = static_cast<std::uint32_t>(at);
  const std::uint32_t key = before < key_count - 2 ? before : key_count - 2;
  return {key, at - static_cast<float>(key)};
}

KILN_HD Affine lerp(const Affine& a, const Affine& b, float t) {
  return {lerp(a.x, b.x, t), lerp(a.y, b.y, t), lerp(a.z, b.z, t), lerp(a.t, b.t, t)};
}

/// Between `key_count` transforms.
KILN_HD Affine transform_at(const Affine* keys, std::uint32_t key_count, float time) {
  const MotionSpan span = motion_span(key_count, time);
  return lerp(keys[span.key], keys[span.key + 1], span.fraction);
}

}  // namespace kiln
