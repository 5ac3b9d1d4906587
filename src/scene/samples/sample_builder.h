#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kiln/error.h"
#include "kiln/scene.h"

namespace kiln::scene {

/// A triangle mesh in the making. `normals` holds one per vertex or nothing; so do `uvs` and `colors`.
struct Shape {
  std::vector<Vec3> positions, normals;
  std::vector<Vec2> uvs;
  std::vector<Vec4> colors;
  std::vector<std::uint32_t> indices;
};

struct CameraPlacement {
  Vec3 eye, target;
  float vertical_fov_deg = 40;
};

/// Puts a Scene together. Each add_ function returns the index of what it added.
class SampleBuilder {
 public:
  std::uint32_t add_mesh(const Shape& shape);
  std::uint32_t add_material(const Material& material);
  std::uint32_t add_material(Material material, const MaterialLayers& layers);
  std::uint32_t add_texture(std::uint32_t width, std::uint32_t height, const std::vector<std::uint32_t>& srgb_texels);
  std::uint32_t add_instance(std::uint32_t mesh, std::uint32_t material, const Affine& world_from_object = {});
  void add_camera(std::string name, const CameraPlacement& placement);

  /// Lights, bounds and the levels of textures included; call last. Errors: those of build_lights.
  Result<std::shared_ptr<const Scene>> finish();

 private:
  std::shared_ptr<Scene> scene_ = std::make_shared<Scene>();
};

Affine translation(Vec3 t);
Affine scaling(float s);
Affine turn_about_y(float angle_rad);
Affine turn_about_x(float angle_rad);

/// A Lambertian surface: index of refraction 1, so that nothing reflects but the diffuse part.
Material matte(Vec3 color);
Material dielectric(Vec3 color, float roughness);
Material metal(Vec3 color, float roughness);
Material emitter(Vec3 radiance);

}  // namespace kiln::scene
