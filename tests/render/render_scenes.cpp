#include "render_scenes.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

#include "render/cpu_renderer.h"
#include "render/render_frame.h"
#include "scene/lights.h"
#include "scene/texture_levels.h"

namespace kiln::render {

std::uint32_t SceneBuilder::material(const Material& material) {
  scene_.materials.push_back(material);
  return static_cast<std::uint32_t>(scene_.materials.size() - 1);
}

std::uint32_t SceneBuilder::material(Material material, const MaterialLayers& layers) {
  material.layers = static_cast<std::uint32_t>(scene_.material_layers.size());
  scene_.material_layers.push_back(layers);
  return this->material(material);
}

SceneBuilder& SceneBuilder::again(std::uint32_t material, const Affine& world_from_object) {
  Instance instance;
  instance.world_from_object = world_from_object;
  instance.object_from_world = inverse(world_from_object);
  instance.mesh = static_cast<std::uint32_t>(scene_.meshes.size() - 1);
  instance.material = material;
  scene_.instances.push_back(instance);
  return *this;
}

SceneBuilder& SceneBuilder::square(std::uint32_t material, const Affine& world_from_object) {
  Mesh mesh;
  mesh.first_vertex = static_cast<std::uint32_t>(scene_.positions.size());
  mesh.first_index = static_cast<std::uint32_t>(scene_.indices.size());
  mesh.first_uv = static_cast<std::uint32_t>(scene_.uvs.size());
  mesh.vertex_count = 4, mesh.triangle_count = 2, mesh.uv_sets = 1;
  for (const Vec2 uv : {Vec2{0, 0}, Vec2{1, 0}, Vec2{0, 1}, Vec2{1, 1}}) {
    scene_.positions.push_back({2 * uv.x - 1, 0, 2 * uv.y - 1});
    scene_.normals.push_back({0, 0, 0});
    scene_.uvs.push_back(uv);
  }
  scene_.indices.insert(scene_.indices.end(), {0, 2, 1, 1, 2, 3});
  scene_.meshes.push_back(mesh);
  return again(material, world_from_object);
}

SceneBuilder& SceneBuilder::sphere(std::uint32_t material, const Affine& world_from_object) {
  constexpr std::uint32_t kRows = 64, kColumns = 128;
  Mesh mesh;
  mesh.first_vertex = static_cast<std::uint32_t>(scene_.positions.size());
  mesh.first_index = static_cast<std::uint32_t>(scene_.indices.size());
  mesh.vertex_count = (kRows + 1) * kColumns;
  mesh.has_normals = true;
  for (std::uint32_t row = 0; row <= kRows; ++row) {
    for (std::uint32_t column = 0; column < kColumns; ++column) {
      const float theta = std::numbers::pi_v<float> * static_cast<float>(row) / kRows;
      const float phi = 2 * std::numbers::pi_v<float> * static_cast<float>(column) / kColumns;
      const Vec3 p{std::sin(theta) * std::sin(phi), std::cos(theta), std::sin(theta) * std::cos(phi)};
      scene_.positions.push_back(p);
      scene_.normals.push_back(p);
    }
  }
  for (std::uint32_t row = 0; row < kRows; ++row) {
    for (std::uint32_t column = 0; column < kColumns; ++column) {
      const std::uint32_t a = row * kColumns + column, b = row * kColumns + (column + 1) % kColumns;
      const std::uint32_t c = a + kColumns, d = b + kColumns;
      if (row > 0) scene_.indices.insert(scene_.indices.end(), {a, d, b});
      if (row + 1 < kRows) scene_.indices.insert(scene_.indices.end(), {a, c, d});
    }
  }
  mesh.triangle_count = static_cast<std::uint32_t>(scene_.indices.size() - mesh.first_index) / 3;
  scene_.meshes.push_back(mesh);
  return again(material, world_from_object);
}

SceneBuilder& SceneBuilder::light(const PunctualLight& light) {
  scene_.punctual_lights.push_back(light);
  return *this;
}

std::uint32_t SceneBuilder::texture(const Texture& texture, const std::vector<std::uint32_t>& texels) {
  scene_.textures.push_back(texture);
  scene_.textures.back().first_texel = scene_.texels.size();
  scene_.texels.insert(scene_.texels.end(), texels.begin(), texels.end());
  return static_cast<std::uint32_t>(scene_.textures.size() - 1);
}

std::shared_ptr<const Scene> SceneBuilder::build() {
  EXPECT_TRUE(scene::add_texture_levels(scene_, std::uint64_t{1} << 30));
  EXPECT_TRUE(build_lights(scene_));
  return std::make_shared<const Scene>(scene_);
}

Affine translation(Vec3 by) {
  Affine m;
  m.t = by;
  return m;
}

Affine scaling(float by) { return {{by, 0, 0}, {0, by, 0}, {0, 0, by}, {}}; }

Affine upside_down() { return {{1, 0, 0}, {0, -1, 0}, {0, 0, -1}, {}}; }

Material matte(Vec3 color) {
  Material m;
  m.base_color = color;
  m.metallic = 0;
  m.ior = 1;
  return m;
}

Material glowing(Vec3 radiance) {
  Material m = matte({0, 0, 0});
  m.emission = radiance;
  m.double_sided = true;
  return m;
}

FrameSettings looking(Vec3 eye, Vec3 forward, float half_size, std::uint32_t pixels, std::uint32_t samples) {
  FrameSettings s;
  s.width = s.height = pixels;
  s.samples_per_pixel = samples;
  s.camera.eye = eye;
  s.camera.forward = normalize(forward);
  const Vec3 up = std::fabs(s.camera.forward.y) > 0.9f ? Vec3{0, 0, -1} : Vec3{0, 1, 0};
  s.camera.right = normalize(cross(s.camera.forward, up));
  s.camera.up = cross(s.camera.right, s.camera.forward);
  s.camera.half_width = s.camera.half_height = half_size;
  return s;
}

LinearImage picture(std::shared_ptr<const Scene> scene, const FrameSettings& settings, unsigned threads) {
  const auto renderer = make_cpu_renderer(threads);
  const auto prepared = renderer->prepare(std::move(scene), {});
  if (!prepared) ADD_FAILURE() << prepared.error().message;
  auto image = render_frame(*renderer, prepared ? *prepared : nullptr, settings, {}, {});
  if (!image) ADD_FAILURE() << image.error().message;
  return image ? *image : LinearImage{settings.width, settings.height, {Vec4{}}};
}

Vec4 mean(const LinearImage& image) {
  double sum[4] = {};
  for (const Vec4& p : image.pixels) sum[0] += p.x, sum[1] += p.y, sum[2] += p.z, sum[3] += p.w;
  const double n = static_cast<double>(image.pixels.size());
  return {static_cast<float>(sum[0] / n), static_cast<float>(sum[1] / n), static_cast<float>(sum[2] / n),
          static_cast<float>(sum[3] / n)};
}

}  // namespace kiln::render
