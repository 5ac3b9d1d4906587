#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/vec.h"

namespace kiln {

/// An indexed triangle mesh without tangents. `positions`, `normals` (unit) and `uvs` have one element per vertex;
/// `indices` has three per triangle, each below that count.
struct TangentInput {
  std::span<const Vec3> positions, normals;
  std::span<const Vec2> uvs;
  std::span<const std::uint32_t> indices;
};

/// Tangents as MikkTSpace makes them (Mikkelsen 2008, "Simulation of Wrinkled Surfaces Revisited", section 2), so that
/// normal maps baked elsewhere fit: one per corner (element i belongs to indices[i]), xyz of unit length, w the sign of
/// the bitangent, b = w * cross(n, t). For glTF pass the uvs as the file has them: v is flipped inside.
/// Corners where no direction can be told (no area in the uvs) share that of a neighbour at the same vertex, else get
/// a direction across the normal with w = 1. Vertices of equal position, normal and uv count as one, whatever their
/// index.
std::vector<Vec4> corner_tangents(const TangentInput& mesh);

/// A mesh where every vertex has one tangent: vertices whose corners disagree are split.
struct SplitTangents {
  std::vector<Vec4> tangents;          ///< one per new vertex
  std::vector<std::uint32_t> source;   ///< per new vertex the old vertex that it copies; the first ones are 0, 1, ...
  std::vector<std::uint32_t> indices;  ///< as many as in the input, into the new vertices
};

/// corner_tangents, gathered: copy each vertex attribute a as new_a[i] = a[source[i]].
SplitTangents split_by_tangents(const TangentInput& mesh);

}  // namespace kiln
