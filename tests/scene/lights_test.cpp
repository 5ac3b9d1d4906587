#include "scene/lights.h"

#include <gtest/gtest.h>

#include "scene/samples/sample_builder.h"
#include "scene/samples/shapes.h"

namespace kiln {
namespace {

using scene::SampleBuilder;
using scene::Shape;

/// A unit square in the plane z = 0: two triangles of area 1/2.
Shape unit_square() {
  Shape s;
  scene::add_quad(s, {0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0});
  s.uvs = {{0, 1}, {1, 1}, {1, 0}, {0, 0}};
  return s;
}

Scene finished(SampleBuilder& builder) {
  const auto scene = builder.finish();
  EXPECT_TRUE(scene);
  return **scene;
}

/// The chance of the light were it chosen by intensity alone.
float weight(const Scene& s, std::uint32_t light) {
  if (s.triangle_lights[light].slot == kNone) return 0;
  return s.light_tree.slots[s.triangle_lights[light].slot].intensity;
}

TEST(Lights, AreTheTrianglesOfEmissiveInstancesInOrder) {
  SampleBuilder builder;
  const auto mesh = builder.add_mesh(unit_square());
  const auto dark = builder.add_material(scene::matte({1, 1, 1})),
             lit = builder.add_material(scene::emitter({2, 2, 2}));
  builder.add_instance(mesh, lit);
  builder.add_instance(mesh, dark);
  builder.add_instance(mesh, lit, scene::translation({5, 0, 0}));
  const Scene s = finished(builder);
  ASSERT_EQ(s.triangle_lights.size(), 4u);
  EXPECT_EQ(s.instances[0].first_light, 0u);
  EXPECT_EQ(s.instances[1].first_light, kNone);
  EXPECT_EQ(s.instances[2].first_light, 2u);
  for (std::uint32_t k = 0; k < 2; ++k) {
    EXPECT_EQ(s.triangle_lights[2 + k].instance, 2u);
    EXPECT_EQ(s.triangle_lights[2 + k].triangle, k);
  }
  EXPECT_TRUE(s.has_lights());
}

TEST(Lights, LightTheSceneUnlessTheyMerelyGlow) {
  for (const float radiance : {0.5f, 1.0f, 1.5f}) {
    SampleBuilder builder;
    builder.add_instance(builder.add_mesh(unit_square()), builder.add_material(scene::emitter({0, radiance, 0})));
    const Scene s = finished(builder);
    EXPECT_EQ(s.triangle_lights.size(), 2u) << "a glow is still sampled";
    EXPECT_EQ(s.has_lights(), radiance > 1) << radiance;
  }
}

TEST(Lights, WeighTheirAreaInTheWorldTimesTheirLuminance) {
  SampleBuilder builder;
  const auto mesh = builder.add_mesh(unit_square());
  builder.add_instance(mesh, builder.add_material(scene::emitter({1, 1, 1})));
  builder.add_instance(mesh, builder.add_material(scene::emitter({3, 3, 3})),
                       scene::scaling(2));  // 4 x area, 3 x light
  const Scene s = finished(builder);
  EXPECT_NEAR(weight(s, 0), 1 / 26.0f, 1e-6f);
  EXPECT_NEAR(weight(s, 3), 12 / 26.0f, 1e-6f);
  EXPECT_NEAR(s.light_tree.intensity, 13, 1e-5f);
}

TEST(Lights, OfTwoSidesAreMarkedAndAsStrongToEach) {
  SampleBuilder builder;
  const auto mesh = builder.add_mesh(unit_square());
  Material both = scene::emitter({1, 1, 1});
  both.double_sided = true;
  builder.add_instance(mesh, builder.add_material(scene::emitter({1, 1, 1})));
  builder.add_instance(mesh, builder.add_material(both), scene::translation({5, 0, 0}));
  const Scene s = finished(builder);
  for (std::uint32_t light = 0; light < 4; ++light) {
    EXPECT_NEAR(weight(s, light), 1 / 4.0f, 1e-6f);
    const std::uint32_t leaf = s.light_tree.slots[s.triangle_lights[light].slot].leaf;
    EXPECT_EQ(s.light_tree.nodes[leaf / kLightNodeWidth].backwards[leaf % kLightNodeWidth], light >= 2 ? 1 : -1);
  }
}

TEST(Lights, OfNoAreaAreNeverDrawn) {
  Shape shape = unit_square();
  shape.indices.insert(shape.indices.end(), {0, 0, 1});
  SampleBuilder builder;
  builder.add_instance(builder.add_mesh(shape), builder.add_material(scene::emitter({1, 1, 1})));
  const Scene s = finished(builder);
  ASSERT_EQ(s.triangle_lights.size(), 3u);
  EXPECT_EQ(s.triangle_lights[2].slot, kNone);
  EXPECT_EQ(s.light_tree.slots.size(), 2u);
}

TEST(Lights, FollowTheEmissiveTexture) {
  // Black left of the diagonal's corner, white on the right: the lower right triangle sees more of it.
  SampleBuilder builder;
  Material lit = scene::emitter({1, 1, 1});
  lit.emissive_texture.texture = builder.add_texture(2, 1, {0xff000000, 0xffffffff});
  builder.add_instance(builder.add_mesh(unit_square()), builder.add_material(lit));
  const Scene s = finished(builder);
  EXPECT_GT(weight(s, 0), 0.6f);
  EXPECT_GT(weight(s, 1), 0.1f);
}

TEST(Lights, AreNoneWhereTheEmissiveTextureIsBlack) {
  SampleBuilder builder;
  Material lit = scene::emitter({1, 1, 1});
  lit.emissive_texture.texture = builder.add_texture(2, 1, {0xff000000, 0xff000000});
  builder.add_instance(builder.add_mesh(unit_square()), builder.add_material(lit));
  EXPECT_TRUE(finished(builder).triangle_lights.empty());
}

TEST(Lights, AreNotMadeOfUnlitMaterials) {
  SampleBuilder builder;
  Material unlit = scene::emitter({1, 1, 1});
  unlit.unlit = true;
  builder.add_instance(builder.add_mesh(unit_square()), builder.add_material(unlit));
  EXPECT_TRUE(finished(builder).triangle_lights.empty());
}

TEST(Lights, AreLimited) {
  SampleBuilder builder;
  const auto mesh = builder.add_mesh(unit_square()), lit = builder.add_material(scene::emitter({1, 1, 1}));
  for (int i = 0; i < 5; ++i) builder.add_instance(mesh, lit);
  Scene s = finished(builder);
  EXPECT_TRUE(build_lights(s, 10));
  const auto refused = build_lights(s, 9);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
}

TEST(Bounds, CoverWhatIsRenderedInTheWorld) {
  Shape shape = unit_square();
  shape.positions.push_back({100, 100, 100});  // belongs to no triangle
  shape.normals.push_back({0, 0, 1});
  shape.uvs.push_back({0, 0});
  SampleBuilder builder;
  const auto mesh = builder.add_mesh(shape), material = builder.add_material(scene::matte({1, 1, 1}));
  builder.add_instance(mesh, material);
  builder.add_instance(mesh, material, scene::translation({0, 0, -3}) * scene::scaling(2));
  const Bounds b = finished(builder).bounds;
  EXPECT_TRUE(b.min == (Vec3{0, 0, -3}));
  EXPECT_TRUE(b.max == (Vec3{2, 2, 0}));
}

TEST(Bounds, OfNothingAreEmpty) {
  Scene s;
  ASSERT_TRUE(build_lights(s));
  EXPECT_TRUE(s.bounds.empty());
}

}  // namespace
}  // namespace kiln
