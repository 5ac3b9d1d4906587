#include <array>

#include "scene/samples/sample_list.h"
#include "scene/samples/shapes.h"

/// A few product-like spheres on a photographer's sweep. No light of its own: the studio environment lights it.
namespace kiln::scene {
namespace {

struct Ball {
  Vec3 floor_point;  ///< where it touches the floor
  float radius;
  Material material;
};

/// A ring that lies on the floor.
Shape ring(float radius, float thickness) {
  constexpr int kSteps = 48;
  std::vector<Vec2> profile;
  for (int i = 0; i <= kSteps; ++i) {
    const float angle = -6.2831853f * static_cast<float>(i) / kSteps;
    profile.push_back({radius + thickness * std::sin(-angle), thickness + thickness * std::cos(angle)});
  }
  return lathe(profile, 160);
}

}  // namespace

SampleResult make_spheres_in_studio() {
  const std::array<Ball, 8> balls{{
      {{-0.12f, 0, -0.35f}, 1.00f, dielectric({0.62f, 0.012f, 0.018f}, 0.06f)},  // red lacquer
      {{-1.95f, 0, 0.10f}, 0.72f, metal({1.00f, 0.77f, 0.34f}, 0.16f)},          // gold
      {{1.72f, 0, -0.05f}, 0.78f, metal({0.95f, 0.95f, 0.96f}, 0.02f)},          // chrome
      {{0.98f, 0, 1.22f}, 0.42f, dielectric({0.86f, 0.84f, 0.80f}, 0.32f)},      // porcelain
      {{-0.92f, 0, 1.18f}, 0.36f, dielectric({0.012f, 0.10f, 0.14f}, 0.04f)},    // dark glaze
      {{0.12f, 0, 1.62f}, 0.22f, metal({0.96f, 0.56f, 0.42f}, 0.30f)},           // copper
      {{2.62f, 0, 1.05f}, 0.34f, dielectric({0.02f, 0.02f, 0.022f}, 0.75f)},     // rubber
      {{-2.72f, 0, 1.10f}, 0.30f, dielectric({0.90f, 0.42f, 0.03f}, 0.22f)},     // orange plastic
  }};
  SampleBuilder builder;
  const auto mesh = builder.add_mesh(sphere(96));
  for (const Ball& b : balls) {
    const Vec3 center{b.floor_point.x, b.radius, b.floor_point.z};
    builder.add_instance(mesh, builder.add_material(b.material), translation(center) * scaling(b.radius));
  }
  const auto brass = builder.add_material(metal({0.90f, 0.70f, 0.38f}, 0.22f));
  builder.add_instance(builder.add_mesh(ring(0.44f, 0.045f)), brass, translation({-1.78f, 0, 1.75f}));
  const auto paper = builder.add_material(dielectric({0.74f, 0.73f, 0.71f}, 0.9f));
  builder.add_instance(builder.add_mesh(sweep({30, 14, -3.5f, 3, 14})), paper);
  builder.add_camera("product", {{0.2f, 2.1f, 8.2f}, {0.0f, 0.66f, 0.0f}, 28});
  return builder.finish();
}

}  // namespace kiln::scene
