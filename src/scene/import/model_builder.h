#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "kernels/vec.h"

#include "scene/gltf_json.h"

namespace kiln::scene {

/// A model of another format as a glTF document with one buffer: all that holds for glTF files then holds for it.
struct ImportedModel {
  Json json;
  std::vector<std::byte> binary;      ///< the buffer
  std::vector<std::string> warnings;  ///< what of the file is not in the picture, a sentence each
};

/// The arrays of one primitive. All but positions may be empty; else they are as long as `positions`.
struct ImportedMesh {
  std::vector<Vec3> positions;
  std::vector<Vec3> normals;           ///< unit vectors, or zero; empty: the triangles are flat
  std::vector<Vec2> uvs;               ///< v goes down, as glTF has it
  std::vector<Vec4> colors;            ///< linear
  std::vector<std::uint32_t> indices;  ///< of triangles; empty: each three vertices are one
};

/// Puts an ImportedModel together.
class ModelBuilder {
 public:
  ModelBuilder();

  /// Appends an element to a root array and returns its index.
  std::size_t add(const char* key, Json element);

  /// A primitive; material -1: glTF's default one.
  Json primitive(const ImportedMesh& mesh, std::int64_t material);

  /// A node of the scene with a mesh of these primitives; the name may be empty.
  void add_object(const std::string& name, Json primitives);

  /// A picture as a texture; returns the texture's index. `type` is its media type.
  std::size_t add_texture(std::span<const std::byte> picture, const std::string& type, const std::string& name,
                          bool clamped);

  /// A material with the members that imported ones share: it is seen from both sides.
  std::size_t add_material(Json material);

  /// What a surface of no material gets: 80 % grey, matte.
  std::size_t default_material();

  void use_extension(const std::string& name);
  void warn(std::string sentence);

  /// To be called once.
  ImportedModel finish();

 private:
  std::size_t add_view(std::span<const std::byte> bytes);
  template <class T>
  std::size_t add_accessor(const std::vector<T>& values, const char* type, int component_type);

  ImportedModel model_;
  std::int64_t default_material_ = -1;
};

/// The direction of a vector; zero where it has none.
Vec3 unit_or_zero(Vec3 v);

/// A colour as pictures have it (sRGB), 0 to 1 -> linear.
Vec4 linear_color(Vec4 srgb);

}  // namespace kiln::scene
