#pragma once

#include <cstdint>
#include <span>

#include "scene/samples/sample_builder.h"

/// Shapes around the origin with outward counter-clockwise faces.
namespace kiln::scene {

/// Appends the flat quadrilateral a, b, c, d, facing the side from which it runs counter-clockwise.
void add_quad(Shape& shape, Vec3 a, Vec3 b, Vec3 c, Vec3 d);

/// A sphere of radius 1 with `rings` x 2 `rings` cells; u goes around +Y, v from the top.
Shape sphere(std::uint32_t rings);

/// A cube of half size 1 with rounded edges: the unit sphere of the norm of degree `power`, subdivided `cells` times a
/// face side. power 2 is a ball, 8 nearly a cube.
Shape rounded_cube(std::uint32_t cells, float power);

/// The surface that `profile` (x, y pairs, the outside from the top down) sweeps around +Y.
Shape lathe(std::span<const Vec2> profile, std::uint32_t segments);

/// A photographer's sweep: floor, bend, wall, as wide as `half_width` each way; the floor at y = 0 from z = `front`
/// back to z = `back`, where it bends up by `radius` into a wall `height` high.
struct Sweep {
  float half_width, front, back, radius, height;
};
Shape sweep(const Sweep& w);

/// One normal per vertex: the mean of its faces', weighted by area.
void compute_normals(Shape& shape);

}  // namespace kiln::scene
