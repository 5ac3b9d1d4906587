#pragma once

#include "kernels/scene_types.h"

namespace kiln {

/// The equirectangular environment as the kernels see it (EnvironmentImage on the host).
struct EnvironmentView {
  const Vec3* pixels = nullptr;  ///< null: black
  const AliasEntry* table = nullptr;
  std::uint32_t width = 0, height = 0;
  float rotation_rad = 0, intensity = 1;
};

/// Pointers to all arrays of a Scene, in host or device memory. Passed to kernels by value.
struct SceneView {
  const Vec3* positions = nullptr;
  const Vec3* normals = nullptr;
  const Vec4* tangents = nullptr;
  const Vec2* uvs = nullptr;
  const Vec4* colors = nullptr;
  const std::uint32_t* indices = nullptr;
  const Mesh* meshes = nullptr;
  const Instance* instances = nullptr;
  const Material* materials = nullptr;
  const MaterialLayers* material_layers = nullptr;
  const Texture* textures = nullptr;
  const std::uint32_t* texels = nullptr;
  const TriangleLight* triangle_lights = nullptr;
  const AliasEntry* triangle_light_table = nullptr;
  const PunctualLight* punctual_lights = nullptr;
  std::uint32_t triangle_light_count = 0, punctual_light_count = 0;
  bool has_cutouts = false;  ///< some surface is not solid: shadow rays must look at alpha and windows
  EnvironmentView environment;
};

}  // namespace kiln
