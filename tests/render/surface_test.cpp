#include "kernels/surface.h"

#include <cmath>
#include <gtest/gtest.h>

#include "kernels/sampler.h"
#include "kernels/sampling.h"

#include "render/scene_view.h"
#include "render_scenes.h"
#include "scene/environment.h"

namespace kiln::render {
namespace {

void expect_near(Vec3 a, Vec3 b, float tolerance = 1e-5f) {
  EXPECT_NEAR(a.x, b.x, tolerance);
  EXPECT_NEAR(a.y, b.y, tolerance);
  EXPECT_NEAR(a.z, b.z, tolerance);
}

/// The normal in the middle of a square whose normal texture is one texel.
Vec3 mapped_by(std::uint32_t texel, const Affine& world_from_object, bool with_tangents) {
  SceneBuilder builder;
  Texture texture;
  texture.width = texture.height = 1;
  Material m;
  m.normal_texture.texture = builder.texture(texture, {texel});
  Scene scene = *builder.square(builder.material(m), world_from_object).build();
  if (with_tangents) {
    scene.tangents.assign(4, {1, 0, 0, 1});
    scene.meshes[0].has_tangents = true;
  }
  const SceneView view = make_scene_view(scene);
  const SurfacePoint p = surface_point(view, 0, 0, 0.25f, 0.25f);
  return mapped_normal(view, p, surface_geometry(view, p), p.material->normal_texture, p.material->normal_scale);
}

constexpr std::uint32_t kRight = 0xff8080ff, kUp = 0xff80ff80;  // red or green full, the rest in the middle

TEST(NormalTexture, PointsRightWithRedAndUpThePictureWithGreen) {
  const Affine mirror{{-1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {}};
  for (const bool with_tangents : {false, true}) {
    expect_near(mapped_by(kRight, {}, with_tangents), {1, 0, 0}, 0.01f);
    expect_near(mapped_by(kUp, {}, with_tangents), {0, 0, -1}, 0.01f);  // v, and so down, is +Z
    expect_near(mapped_by(kRight, mirror, with_tangents), {-1, 0, 0}, 0.01f);
    expect_near(mapped_by(kUp, mirror, with_tangents), {0, 0, -1}, 0.01f);
    expect_near(mapped_by(0xffff8080, upside_down(), with_tangents), {0, -1, 0}, 0.01f);
  }
}

TEST(ShadingNormal, IsKeptWhereItsReflectionIsAboveTheSurface) {
  const Vec3 normal = normalize(Vec3{0.2f, 1, 0}), wo = normalize(Vec3{0, 1, 0.5f});
  EXPECT_EQ(keep_reflection_above(normal, {0, 1, 0}, wo), normal);
}

TEST(ShadingNormal, IsTiltedUntilItSeesTheEyeAndReflectsAboveTheSurface) {
  const Vec3 up{0, 1, 0};
  for (std::uint32_t i = 0; i < 4096; ++i) {
    const Vec4 u = sample_4d(make_sampler(3, {}, i), 0);
    Vec3 wo = sample_uniform_sphere(u.x, u.y), normal = sample_uniform_sphere(u.z, u.w);
    wo.y = std::fabs(wo.y), normal.y = std::fabs(normal.y);
    const Vec3 kept = keep_reflection_above(normal, up, wo);
    EXPECT_NEAR(length(kept), 1, 1e-5f);
    EXPECT_GE(dot(kept, wo), 0) << i;
    const Vec3 mirrored = kept * (2 * dot(kept, wo)) - wo;
    EXPECT_GE(dot(mirrored, up), -1e-5f) << i;
  }
}

/// A convex body under a constant environment shows 1 after a single bounce only if no ray that leaves it meets it
/// anew.
TEST(SurfaceOffset, KeepsRaysFromMeetingTheSurfaceThatTheyLeave) {
  struct Place {
    float scale;
    Vec3 at;
  };
  for (const Place& place : {Place{1, {0, 0, 0}}, Place{1, {3000, -2000, 1000}}, Place{1e-3f, {0, 0, 0}},
                             Place{1e4f, {0, 0, 0}}, Place{0.01f, {1, 2, 3}}}) {
    SceneBuilder builder;
    const auto scene = builder.sphere(builder.material({}), translation(place.at) * scaling(place.scale)).build();
    FrameSettings s = looking(place.at + Vec3{0, 0, 4 * place.scale}, {0, 0, -1}, 0.15f, 32, 64);
    s.environment = constant_environment({1, 1, 1});
    s.max_depth = 1;
    const float seen = mean(picture(scene, s)).x;
    EXPECT_GT(seen, 0.97f) << place.scale;
    EXPECT_LT(seen, 1.01f) << place.scale;
  }
}

TEST(Instances, LookLikeMeshesOfTheirOwn) {
  const auto two_spheres = [](bool shared) {
    SceneBuilder builder;
    const auto white = builder.material({});
    const Affine left = translation({-1.2f, 0, 0}), right = translation({1.2f, 0, 0}) * scaling(0.8f);
    builder.sphere(white, left);
    if (shared) return builder.again(white, right).build();
    return builder.sphere(white, right).build();
  };
  FrameSettings s = looking({0, 0, 6}, {0, 0, -1}, 0.4f, 32, 64);
  s.environment = studio_environment();
  const Vec4 shared = mean(picture(two_spheres(true), s)), own = mean(picture(two_spheres(false), s));
  EXPECT_NEAR(shared.x, own.x, 1e-3f * own.x);
}

TEST(VertexColors, MultiplyTheBaseColour) {
  SceneBuilder builder;
  Material m;
  m.unlit = true;
  m.base_color = {0.5f, 1, 1};
  Scene scene = *builder.square(builder.material(m)).build();
  scene.colors.assign(4, {0.5f, 0.25f, 1, 1});
  scene.meshes[0].first_color = 0;
  const Vec4 seen = mean(picture(std::make_shared<const Scene>(scene), looking({0, 1, 0}, {0, -1, 0}, 0.1f, 2, 4)));
  expect_near(xyz(seen), {0.25f, 0.25f, 1});
}

}  // namespace
}  // namespace kiln::render
