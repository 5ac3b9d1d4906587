#include "bvh_scenes.h"

#include <cmath>

namespace kiln::render {
namespace {

float uniform(std::mt19937& random, float low, float high) {
  return std::uniform_real_distribution<float>(low, high)(random);
}

Vec3 uniform_vector(std::mt19937& random, float reach) {
  const float x = uniform(random, -reach, reach), y = uniform(random, -reach, reach);
  return {x, y, uniform(random, -reach, reach)};
}

}  // namespace

std::uint32_t add_triangles(Scene& scene, const std::vector<Vec3>& corners) {
  Mesh mesh;
  mesh.first_vertex = static_cast<std::uint32_t>(scene.positions.size());
  mesh.vertex_count = static_cast<std::uint32_t>(corners.size());
  mesh.first_index = static_cast<std::uint32_t>(scene.indices.size());
  mesh.triangle_count = mesh.vertex_count / 3;
  scene.positions.insert(scene.positions.end(), corners.begin(), corners.end());
  for (std::uint32_t i = 0; i < mesh.vertex_count; ++i) scene.indices.push_back(i);
  scene.meshes.push_back(mesh);
  return static_cast<std::uint32_t>(scene.meshes.size() - 1);
}

void add_instance(Scene& scene, std::uint32_t mesh, const Affine& world_from_object) {
  if (scene.materials.empty()) scene.materials.emplace_back();
  Instance instance;
  instance.world_from_object = world_from_object;
  instance.object_from_world = inverse(world_from_object);
  instance.mesh = mesh;
  scene.instances.push_back(instance);
}

std::vector<Vec3> triangle_soup(std::mt19937& random, int count, float size) {
  std::vector<Vec3> corners;
  for (int k = 0; k < count; ++k) {
    const Vec3 center = uniform_vector(random, 1);
    for (int c = 0; c < 3; ++c) corners.push_back(center + uniform_vector(random, size));
  }
  return corners;
}

std::vector<Vec3> height_field(int cells) {
  const auto at = [cells](int x, int z) {
    const float u = 2.0f * static_cast<float>(x) / static_cast<float>(cells) - 1;
    const float v = 2.0f * static_cast<float>(z) / static_cast<float>(cells) - 1;
    return Vec3{u, 0.1f * std::sin(9 * u) * std::cos(7 * v), v};
  };
  std::vector<Vec3> corners;
  for (int z = 0; z < cells; ++z) {
    for (int x = 0; x < cells; ++x) {
      for (const Vec3 p : {at(x, z), at(x, z + 1), at(x + 1, z), at(x + 1, z), at(x, z + 1), at(x + 1, z + 1)}) {
        corners.push_back(p);
      }
    }
  }
  return corners;
}

Affine random_transform(std::mt19937& random, float spread) {
  Affine m;
  do {
    m.x = uniform_vector(random, 1);
    m.y = uniform_vector(random, 1);
    m.z = uniform_vector(random, 1);
  } while (std::abs(determinant(m)) < 0.05f);
  m.t = uniform_vector(random, spread);
  return m;
}

Vec3 RaySource::point_within(float scale) {
  const Vec3 middle = bounds_.min * 0.5f + bounds_.max * 0.5f, half = bounds_.max * 0.5f - bounds_.min * 0.5f;
  return middle + half * uniform_vector(random_, scale);
}

Ray RaySource::next() {
  Ray ray;
  ray.origin = point_within(drawn_ % 2 ? 1.0f : 3.0f);
  ray.direction = point_within(1) - ray.origin;
  if (drawn_ % 16 == 0) ray.direction = {0, drawn_ % 32 ? 1.0f : -1.0f, 0};
  if (drawn_ % 16 == 5) ray.direction.z = 0;
  ++drawn_;
  return ray;
}

}  // namespace kiln::render
