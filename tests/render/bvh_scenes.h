#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "kernels/ray.h"
#include "kiln/scene.h"

/// Bare geometry for the traversal tests: meshes and instances, nothing to shade.
namespace kiln::render {

/// Sanitizers cost a factor of ten or more; the tests then take fewer rays.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kRayScale = 20;
#else
inline constexpr int kRayScale = 1;
#endif

/// Adds a mesh with the triangles (positions[3k], [3k + 1], [3k + 2]); returns its index.
std::uint32_t add_triangles(Scene& scene, const std::vector<Vec3>& corners);

/// With a single-sided material.
void add_instance(Scene& scene, std::uint32_t mesh, const Affine& world_from_object = {});

/// `count` triangles with corners up to `size` away from random centres in [-1, 1]^3.
std::vector<Vec3> triangle_soup(std::mt19937& random, int count, float size);

/// A height field of cells x cells squares over [-1, 1]^2.
std::vector<Vec3> height_field(int cells);

Affine random_transform(std::mt19937& random, float spread);

/// Draws rays against a box: from around it and from inside it towards points in it, and along axes.
class RaySource {
 public:
  RaySource(Bounds bounds, std::uint32_t seed) : bounds_(bounds), random_(seed) {}
  Ray next();

 private:
  Vec3 point_within(float scale);

  Bounds bounds_;
  std::mt19937 random_;
  int drawn_ = 0;
};

}  // namespace kiln::render
