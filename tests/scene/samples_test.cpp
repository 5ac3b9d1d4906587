#include "scene/samples.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <map>

namespace kiln {
namespace {

std::shared_ptr<const Scene> fresh_sample(std::string_view name) {
  const auto made = make_sample(name);
  EXPECT_TRUE(made) << name << ": " << (made ? "" : made.error().message);
  return made ? *made : nullptr;
}

/// Built once for all tests: the terrain takes its time.
std::shared_ptr<const Scene> sample(std::string_view name) {
  static std::map<std::string_view, std::shared_ptr<const Scene>> built;
  auto& scene = built[name];
  if (!scene) scene = fresh_sample(name);
  return scene;
}

std::uint64_t triangles(const Scene& s) {
  std::uint64_t n = 0;
  for (const Instance& i : s.instances) n += s.meshes[i.mesh].triangle_count;
  return n;
}

bool finite(Vec3 v) { return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z); }

void check_meshes(const Scene& s) {
  ASSERT_EQ(s.normals.size(), s.positions.size());
  for (std::size_t i = 0; i < s.positions.size(); ++i) {
    ASSERT_TRUE(finite(s.positions[i])) << i;
    ASSERT_NEAR(length(s.normals[i]), 1, 1e-3f) << i;
  }
  for (const Mesh& m : s.meshes) {
    ASSERT_LE(std::size_t{m.first_vertex} + m.vertex_count, s.positions.size());
    ASSERT_LE(m.first_index + std::size_t{3} * m.triangle_count, s.indices.size());
    for (std::size_t i = 0; i < std::size_t{3} * m.triangle_count; ++i)
      ASSERT_LT(s.indices[m.first_index + i], m.vertex_count);
    if (m.first_uv != kNone) {
      ASSERT_LE(m.first_uv + std::size_t{m.uv_sets} * m.vertex_count, s.uvs.size());
    }
    if (m.first_color != kNone) {
      ASSERT_LE(std::size_t{m.first_color} + m.vertex_count, s.colors.size());
    }
  }
}

void check_instances(const Scene& s) {
  for (const Instance& i : s.instances) {
    ASSERT_LT(i.mesh, s.meshes.size());
    ASSERT_LT(i.material, s.materials.size());
    ASSERT_GT(std::fabs(determinant(i.world_from_object)), 0);
    const Vec3 back = transform_point(i.object_from_world, transform_point(i.world_from_object, {1, 2, 3}));
    ASSERT_NEAR(length(back - Vec3{1, 2, 3}), 0, 1e-2f);
    if (i.first_light != kNone) {
      ASSERT_LE(std::size_t{i.first_light} + s.meshes[i.mesh].triangle_count, s.triangle_lights.size());
    }
  }
  ASSERT_LE(s.light_tree.slots.size(), s.triangle_lights.size() + s.punctual_lights.size());
  for (const TriangleLight& t : s.triangle_lights) ASSERT_TRUE(t.slot == kNone || t.slot < s.light_tree.slots.size());
}

void check_materials(const Scene& s) {
  for (const Material& m : s.materials)
    for (const TextureSlot* slot :
         {&m.base_color_texture, &m.metallic_roughness_texture, &m.normal_texture, &m.emissive_texture})
      ASSERT_TRUE(slot->texture == kNone || slot->texture < s.textures.size());
  for (const Texture& t : s.textures) ASSERT_LE(t.first_texel + std::uint64_t{t.width} * t.height, s.texels.size());
}

TEST(Samples, HaveTheirSixNames) {
  const auto names = sample_names();
  EXPECT_EQ((std::vector<std::string_view>(names.begin(), names.end())),
            (std::vector<std::string_view>{"cornell-box", "material-grid", "spheres-in-studio", "terrain", "instances",
                                           "materials"}));
}

TEST(Samples, AreValidAndHaveACamera) {
  for (const auto name : sample_names()) {
    SCOPED_TRACE(name);
    const auto s = sample(name);
    ASSERT_TRUE(s);
    check_meshes(*s);
    check_instances(*s);
    check_materials(*s);
    ASSERT_FALSE(s->cameras.empty());
    const Camera& c = s->cameras[0].camera;
    EXPECT_NEAR(length(c.forward), 1, 1e-5f);
    EXPECT_NEAR(dot(c.forward, c.up), 0, 1e-5f);
    EXPECT_NEAR(dot(cross(c.right, c.up), c.forward), -1, 1e-5f);
    EXPECT_GT(c.up.y, 0);
    EXPECT_FALSE(s->bounds.empty());
  }
}

TEST(Samples, FaceOutwards) {
  // The normals agree with the winding: otherwise the shading would turn them around.
  for (const auto name : sample_names()) {
    const auto s = sample(name);
    for (const Mesh& m : s->meshes)
      for (std::size_t k = 0; k < m.triangle_count; ++k) {
        const std::uint32_t* i = &s->indices[m.first_index + 3 * k];
        const Vec3 *p = &s->positions[m.first_vertex], *n = &s->normals[m.first_vertex];
        ASSERT_GT(dot(cross(p[i[1]] - p[i[0]], p[i[2]] - p[i[0]]), n[i[0]] + n[i[1]] + n[i[2]]), 0) << name << " " << k;
      }
  }
}

TEST(Samples, AreTheSameEveryTime) {
  for (const auto name : sample_names()) {
    const auto a = sample(name), b = fresh_sample(name);
    ASSERT_EQ(a->positions.size(), b->positions.size());
    EXPECT_EQ(std::memcmp(a->positions.data(), b->positions.data(), a->positions.size() * sizeof(Vec3)), 0) << name;
    EXPECT_EQ(a->indices, b->indices) << name;
  }
}

TEST(Samples, HaveTheSizesThatTheyPromise) {
  EXPECT_GT(triangles(*sample("terrain")), 1'000'000u);
  const auto s = sample("instances");
  std::vector<std::uint64_t> of_mesh(s->meshes.size());
  for (const Instance& i : s->instances) ++of_mesh[i.mesh];
  EXPECT_GT(*std::max_element(of_mesh.begin(), of_mesh.end()), 10'000u);
  EXPECT_LT(s->positions.size(), 10'000u);
}

TEST(Samples, AreLitByTheStudioOrByThemselves) {
  for (const auto name : {"material-grid", "spheres-in-studio", "instances", "materials"})
    EXPECT_FALSE(sample(name)->has_lights()) << name;
  for (const auto name : {"cornell-box", "terrain"}) EXPECT_TRUE(sample(name)->has_lights()) << name;
}

TEST(Samples, ShowEachFeatureOfAMaterialBeforeACameraOfItsName) {
  const auto s = sample("materials");
  std::vector<std::string> names;
  for (const SceneCamera& c : s->cameras) names.push_back(c.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"specular", "clearcoat", "sheen", "anisotropy", "iridescence", "transmission",
                                      "volume", "dispersion", "diffuse-transmission", "alpha", "emission"}));
  const auto some_layer = [&](auto has) {
    return std::any_of(s->instances.begin(), s->instances.end(), [&](const Instance& i) {
      const std::uint32_t layers = s->materials[i.material].layers;
      return layers != kNone && has(s->material_layers.at(layers));
    });
  };
  EXPECT_TRUE(some_layer([](const MaterialLayers& l) { return l.clearcoat > 0; }));
  EXPECT_TRUE(some_layer([](const MaterialLayers& l) { return max_component(l.sheen_color) > 0; }));
  EXPECT_TRUE(some_layer([](const MaterialLayers& l) { return l.dispersion > 0 && l.has_volume; }));
  EXPECT_EQ(s->bounds.min.y, 0) << "the podiums are what stands on the ground";
}

TEST(Samples, SayWhichThereAre) {
  const auto unknown = make_sample("teapot");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::unknown_sample);
  EXPECT_NE(unknown.error().message.find("teapot"), std::string::npos);
  EXPECT_NE(unknown.error().message.find("cornell-box, material-grid"), std::string::npos);
}

}  // namespace
}  // namespace kiln
