#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "kernels/scene_types.h"

#include "scene/document.h"

namespace kiln::scene {

/// The vertices of one primitive while it is being built. Every vector but `positions` is empty or as long as that.
struct Vertices {
  std::vector<Vec3> positions, normals;
  std::vector<Vec4> tangents;
  std::vector<std::vector<Vec2>> uvs;  ///< by UV set
  std::vector<Vec4> colors;
  std::vector<std::uint32_t> source;  ///< which vertex of the file each one is; empty: nobody asks
};

/// What bends a mesh: morph weights (empty: all zero) and skin; and the weights at the keys of the motion (empty:
/// these).
struct Pose {
  std::vector<float> weights;
  int skin = -1;
  std::vector<std::vector<float>> key_weights = {};
  auto operator<=>(const Pose&) const = default;
};

/// Reads the attributes as the file has them. Tangents without normals are left out (glTF 2.0, section 3.7.2.1).
Vertices read_vertices(const Document& document, const tinygltf::Primitive& primitive);

/// Adds the weighted morph targets (section 3.7.2.2).
void apply_morph(Vertices& vertices, const Document& document, const tinygltf::Primitive& primitive,
                 std::span<const float> weights);

/// Bends by the skin (section 3.7.3.3); `joints` has one world matrix times inverse bind matrix for each joint. The
/// result is in world space.
void apply_skin(Vertices& vertices, const Document& document, const tinygltf::Primitive& primitive,
                std::span<const Affine> joints);

/// Three indices for each triangle of a list, strip or fan, indexed or not (section 3.7.2.1).
std::vector<std::uint32_t> read_triangles(const Document& document, const tinygltf::Primitive& primitive);

/// How many triangles that are, without reading any; 0 for points and lines.
std::uint64_t triangle_count(const tinygltf::Model& model, const tinygltf::Primitive& primitive);

/// Into [0, 1], as section 3.7.2.1 demands.
void clamp_colors(Vertices& vertices);

/// Unit normals and tangents again; a normal without direction becomes that of a triangle at the vertex, else +Y.
/// Returns whether there was such a normal.
bool normalize_vertices(Vertices& vertices, std::span<const std::uint32_t> indices);

/// Gives every corner a vertex of its own with the normal of its triangle.
void make_flat(Vertices& vertices, std::vector<std::uint32_t>& indices);

/// Gives every vertex the normal of the triangle that it is a corner of.
void set_flat_normals(Vertices& vertices, std::span<const std::uint32_t> indices);

/// Fills in MikkTSpace tangents for UV set `uv_set`; needs normals. Vertices may be split.
void make_tangents(Vertices& vertices, std::vector<std::uint32_t>& indices, std::uint32_t uv_set);

}  // namespace kiln::scene
