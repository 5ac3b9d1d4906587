#pragma once

#include <vector>

#include "kiln/renderer.h"

/// Small scenes built in memory, and pictures of them.
namespace kiln::render {

/// A scene under construction: one mesh and one instance per call.
class SceneBuilder {
 public:
  /// Returns the material's index.
  std::uint32_t material(const Material& material);
  std::uint32_t material(Material material, const MaterialLayers& layers);

  /// A square of side 2 around the origin in the plane y = 0 that faces +Y, with texture coordinates whose u runs along
  /// +X and v along +Z, placed in the world.
  SceneBuilder& square(std::uint32_t material, const Affine& world_from_object = {});

  /// A sphere of radius 1 with smooth normals, placed in the world.
  SceneBuilder& sphere(std::uint32_t material, const Affine& world_from_object = {});

  /// The last mesh once more.
  SceneBuilder& again(std::uint32_t material, const Affine& world_from_object);

  SceneBuilder& light(const PunctualLight& light);

  /// RGBA8 texels, rows from the top; returns the texture's index.
  std::uint32_t texture(const Texture& texture, const std::vector<std::uint32_t>& texels);

  /// Fills the lights and bounds, and makes the textures' levels.
  std::shared_ptr<const Scene> build();

 private:
  Scene scene_;
};

Affine translation(Vec3 by);
Affine scaling(float by);

/// The half turn about the X axis: what faced up faces down.
Affine upside_down();

/// A matte material: no specular lobe is left at roughness 1 and this index of refraction.
Material matte(Vec3 color);

/// Emits `radiance` from both sides and reflects nothing.
Material glowing(Vec3 radiance);

/// A square picture through a perspective camera with a field of view of 2 atan(half_size).
FrameSettings looking(Vec3 eye, Vec3 forward, float half_size, std::uint32_t pixels, std::uint32_t samples);

/// Renders with the CPU renderer; the test fails where that fails.
LinearImage picture(std::shared_ptr<const Scene> scene, const FrameSettings& settings, unsigned threads = 0);

/// The mean over all pixels.
Vec4 mean(const LinearImage& image);

}  // namespace kiln::render
