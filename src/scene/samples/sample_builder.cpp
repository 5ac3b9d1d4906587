#include "scene/samples/sample_builder.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "scene/lights.h"
#include "scene/limits.h"
#include "scene/texture_levels.h"

namespace kiln::scene {

std::uint32_t SampleBuilder::add_mesh(const Shape& shape) {
  Scene& s = *scene_;
  Mesh mesh;
  mesh.first_vertex = static_cast<std::uint32_t>(s.positions.size());
  mesh.vertex_count = static_cast<std::uint32_t>(shape.positions.size());
  mesh.first_index = static_cast<std::uint32_t>(s.indices.size());
  mesh.triangle_count = static_cast<std::uint32_t>(shape.indices.size() / 3);
  mesh.has_normals = !shape.normals.empty();
  if (!shape.uvs.empty()) {
    mesh.first_uv = static_cast<std::uint32_t>(s.uvs.size());
    mesh.uv_sets = 1;
  }
  if (!shape.colors.empty()) mesh.first_color = static_cast<std::uint32_t>(s.colors.size());
  s.positions.insert(s.positions.end(), shape.positions.begin(), shape.positions.end());
  s.normals.insert(s.normals.end(), shape.normals.begin(), shape.normals.end());
  s.normals.resize(s.positions.size());
  s.uvs.insert(s.uvs.end(), shape.uvs.begin(), shape.uvs.end());
  s.colors.insert(s.colors.end(), shape.colors.begin(), shape.colors.end());
  s.indices.insert(s.indices.end(), shape.indices.begin(), shape.indices.end());
  s.meshes.push_back(mesh);
  return static_cast<std::uint32_t>(s.meshes.size() - 1);
}

std::uint32_t SampleBuilder::add_material(const Material& material) {
  scene_->materials.push_back(material);
  return static_cast<std::uint32_t>(scene_->materials.size() - 1);
}

std::uint32_t SampleBuilder::add_material(Material material, const MaterialLayers& layers) {
  material.layers = static_cast<std::uint32_t>(scene_->material_layers.size());
  scene_->material_layers.push_back(layers);
  return add_material(material);
}

std::uint32_t SampleBuilder::add_texture(std::uint32_t width, std::uint32_t height,
                                         const std::vector<std::uint32_t>& srgb_texels) {
  Texture texture;
  texture.first_texel = scene_->texels.size();
  texture.width = width;
  texture.height = height;
  texture.wrap_u = texture.wrap_v = Wrap::clamp_to_edge;
  texture.srgb = true;
  scene_->texels.insert(scene_->texels.end(), srgb_texels.begin(), srgb_texels.end());
  scene_->textures.push_back(texture);
  return static_cast<std::uint32_t>(scene_->textures.size() - 1);
}

std::uint32_t SampleBuilder::add_instance(std::uint32_t mesh, std::uint32_t material, const Affine& world_from_object) {
  Instance instance;
  instance.world_from_object = world_from_object;
  instance.object_from_world = inverse(world_from_object);
  instance.mesh = mesh;
  instance.material = material;
  instance.object_id = static_cast<std::uint32_t>(scene_->instances.size());
  scene_->instances.push_back(instance);
  return instance.object_id;
}

void SampleBuilder::add_camera(std::string name, const CameraPlacement& placement) {
  SceneCamera c;
  c.name = std::move(name);
  c.index = static_cast<std::uint32_t>(scene_->cameras.size());
  c.camera.eye = placement.eye;
  c.camera.forward = normalize(placement.target - placement.eye);
  c.camera.right = normalize(cross(c.camera.forward, {0, 1, 0}));
  c.camera.up = cross(c.camera.right, c.camera.forward);
  c.camera.half_height = std::tan(placement.vertical_fov_deg * std::numbers::pi_v<float> / 360);
  c.camera.half_width = std::numeric_limits<float>::quiet_NaN();  // the picture's aspect ratio decides
  scene_->cameras.push_back(std::move(c));
}

Result<std::shared_ptr<const Scene>> SampleBuilder::finish() {
  if (const auto made = add_texture_levels(*scene_, Limits{}.max_texels); !made) return made.error();
  if (const auto built = build_lights(*scene_); !built) return built.error();
  return std::shared_ptr<const Scene>(std::move(scene_));
}

Affine translation(Vec3 t) { return {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, t}; }
Affine scaling(float s) { return {{s, 0, 0}, {0, s, 0}, {0, 0, s}, {}}; }

Affine turn_about_y(float angle_rad) {
  const float c = std::cos(angle_rad), s = std::sin(angle_rad);
  return {{c, 0, -s}, {0, 1, 0}, {s, 0, c}, {}};
}

Affine turn_about_x(float angle_rad) {
  const float c = std::cos(angle_rad), s = std::sin(angle_rad);
  return {{1, 0, 0}, {0, c, s}, {0, -s, c}, {}};
}

Material matte(Vec3 color) {
  Material m = dielectric(color, 1);
  m.ior = 1;
  return m;
}

Material dielectric(Vec3 color, float roughness) {
  Material m;
  m.base_color = color;
  m.metallic = 0;
  m.roughness = roughness;
  return m;
}

Material metal(Vec3 color, float roughness) {
  Material m = dielectric(color, roughness);
  m.metallic = 1;
  return m;
}

Material emitter(Vec3 radiance) {
  Material m = matte({0, 0, 0});
  m.emission = radiance;
  return m;
}

}  // namespace kiln::scene
