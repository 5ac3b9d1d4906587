#include "scene/import/polygon.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace kiln::scene {
namespace {

/// A second or so of work, and an honest polygon of some ten thousand corners.
constexpr std::uint64_t kMostSteps = std::uint64_t{1} << 30;
constexpr std::size_t kMostConcaveCorners = 1u << 14;

struct Normal {
  double x = 0, y = 0, z = 0;
};

Normal newell(std::span<const Vec3> corners) {
  Normal n;
  const Vec3 o = corners.front();  // near the corners, so that their differences keep their digits
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Vec3 p = corners[i], q = corners[(i + 1) % corners.size()];
    const double ax = double{p.x} - o.x, ay = double{p.y} - o.y, az = double{p.z} - o.z;
    const double bx = double{q.x} - o.x, by = double{q.y} - o.y, bz = double{q.z} - o.z;
    n.x += ay * bz - az * by;
    n.y += az * bx - ax * bz;
    n.z += ax * by - ay * bx;
  }
  return n;
}

}  // namespace

Vec3 area_normal(std::span<const Vec3> corners) {
  const Normal n = newell(corners);
  const Vec3 out{static_cast<float>(n.x), static_cast<float>(n.y), static_cast<float>(n.z)};
  return std::isfinite(out.x) && std::isfinite(out.y) && std::isfinite(out.z) ? out : Vec3{};
}

/// Onto the two axes that the normal is furthest from, turned so that the polygon runs counter-clockwise.
void Triangulator::project(std::span<const Vec3> corners) {
  const Normal n = newell(corners);
  const double ax = std::abs(n.x), ay = std::abs(n.y), az = std::abs(n.z);
  points_.resize(corners.size());
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Vec3 p = corners[i];
    if (az >= ax && az >= ay) {
      points_[i] = {n.z < 0 ? -double{p.x} : double{p.x}, p.y};
    } else if (ax >= ay) {
      points_[i] = {n.x < 0 ? -double{p.y} : double{p.y}, p.z};
    } else {
      points_[i] = {n.y < 0 ? -double{p.z} : double{p.z}, p.x};
    }
  }
}

double Triangulator::turn(std::uint32_t a, std::uint32_t b, std::uint32_t c) const {
  const Point p = points_[a], q = points_[b], r = points_[c];
  return (q.x - p.x) * (r.y - q.y) - (q.y - p.y) * (r.x - q.x);
}

bool Triangulator::is_convex() const {
  const auto n = static_cast<std::uint32_t>(points_.size());
  for (std::uint32_t i = 0; i < n; ++i)
    if (turn(i, (i + 1) % n, (i + 2) % n) < 0) return false;
  return true;
}

void Triangulator::fan() {
  for (std::uint32_t i = 2; i < points_.size(); ++i) triangles_.insert(triangles_.end(), {0, i - 1, i});
}

/// Whether the corner sticks out and no other one lies in the triangle that it makes with its neighbours.
bool Triangulator::is_ear(std::size_t at) {
  const std::size_t n = left_.size();
  const std::uint32_t a = left_[(at + n - 1) % n], b = left_[at], c = left_[(at + 1) % n];
  if (turn(a, b, c) <= 0) return false;
  steps_ += n;
  return std::none_of(left_.begin(), left_.end(), [&](std::uint32_t p) {
    if (p == a || p == b || p == c) return false;
    const Point q = points_[p];
    const auto is_at = [&](std::uint32_t k) { return points_[k].x == q.x && points_[k].y == q.y; };
    if (is_at(a) || is_at(b) || is_at(c)) return false;  // where a hole is bridged corners coincide
    return turn(a, b, p) >= 0 && turn(b, c, p) >= 0 && turn(c, a, p) >= 0;
  });
}

Result<void> Triangulator::cut_ears() {
  left_.resize(points_.size());
  for (std::uint32_t i = 0; i < left_.size(); ++i) left_[i] = i;
  std::size_t at = 0, tried = 0;
  while (left_.size() > 3) {
    if (steps_ > kMostSteps)
      return Error{ErrorCode::limit_exceeded, "the polygons of the file that are not convex are too many", ""};
    const std::size_t n = left_.size();
    at %= n;
    // A polygon that crosses itself may have no ear: any corner will do.
    if (!is_ear(at) && ++tried <= n) {
      ++at;
      continue;
    }
    triangles_.insert(triangles_.end(), {left_[(at + n - 1) % n], left_[at], left_[(at + 1) % n]});
    left_.erase(left_.begin() + static_cast<std::ptrdiff_t>(at));
    steps_ += n / 8;
    tried = 0;
  }
  triangles_.insert(triangles_.end(), left_.begin(), left_.end());
  return {};
}

Result<std::span<const std::uint32_t>> Triangulator::triangulate(std::span<const Vec3> corners) {
  triangles_.clear();
  if (corners.size() == 3) {
    triangles_ = {0, 1, 2};
    return std::span<const std::uint32_t>(triangles_);
  }
  project(corners);
  if (is_convex()) {
    fan();
    return std::span<const std::uint32_t>(triangles_);
  }
  if (corners.size() > kMostConcaveCorners)
    return Error{ErrorCode::limit_exceeded,
                 "a polygon of " + std::to_string(corners.size()) + " corners is not convex; such ones may have " +
                     std::to_string(kMostConcaveCorners),
                 ""};
  if (auto cut = cut_ears(); !cut) return cut.error();
  return std::span<const std::uint32_t>(triangles_);
}

}  // namespace kiln::scene
