#pragma once

#include "kernels/motion.h"
#include "kernels/scene_types.h"

namespace kiln {

/// The equirectangular environment as the kernels see it (EnvironmentImage on the host).
struct EnvironmentView {
  const Vec3* pixels = nullptr;  ///< null: black
  const float* cumulative = nullptr;
  const std::uint32_t* guide = nullptr;
  std::uint32_t width = 0, height = 0;
  float rotation_rad = 0, intensity = 1;
  float mean_luminance = 0;  ///< over the sphere, before `intensity`
};

/// The light tree as the kernels see it (LightTree on the host).
struct LightTreeView {
  const LightNode* nodes = nullptr;
  const LightSlot* slots = nullptr;
  std::uint32_t slot_count = 0;  ///< 0: there is no light in it
  float intensity = 0;           ///< W/sr that the root's intensity of 1 stands for
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
  const PunctualLight* punctual_lights = nullptr;  ///< the directional ones are last
  const float* directional_cdf = nullptr;          ///< over the directional lights, by irradiance; the last is 1
  LightTreeView light_tree;                        ///< all other lights but the environment
  std::uint32_t triangle_light_count = 0;
  std::uint32_t first_directional_light = 0, directional_light_count = 0;
  float directional_irradiance = 0;  ///< of all directional lights, luminance
  bool has_cutouts = false;          ///< some surface is not solid: shadow rays must look at alpha and windows
  EnvironmentView environment;
  MotionView motion;
};

}  // namespace kiln
