#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/vec.h"
#include "kiln/error.h"

namespace kiln::scene {

/// Cuts polygons into triangles: convex ones into a fan, others by their ears (Meisters 1975) in the plane that they
/// lie in best. What crosses itself still becomes corners - 2 triangles. The effort is bounded: by the corners of a
/// polygon that is not convex, and by what all polygons of one Triangulator take together.
class Triangulator {
 public:
  /// Corner numbers of the triangles, three each, in the polygon's order of corners; good until the next call.
  /// `corners` holds three at least. Errors: limit_exceeded, without a place.
  Result<std::span<const std::uint32_t>> triangulate(std::span<const Vec3> corners);

 private:
  struct Point {
    double x = 0, y = 0;
  };
  void project(std::span<const Vec3> corners);
  bool is_convex() const;
  void fan();
  Result<void> cut_ears();
  bool is_ear(std::size_t at);
  double turn(std::uint32_t a, std::uint32_t b, std::uint32_t c) const;

  std::vector<Point> points_;        ///< counter-clockwise
  std::vector<std::uint32_t> left_;  ///< corners that are not cut off yet
  std::vector<std::uint32_t> triangles_;
  std::uint64_t steps_ = 0;
};

/// Of a polygon in space, by its area (Newell's method); zero for a degenerate one.
Vec3 area_normal(std::span<const Vec3> corners);

}  // namespace kiln::scene
