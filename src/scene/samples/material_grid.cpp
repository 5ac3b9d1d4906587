#include <array>

#include "scene/samples/sample_list.h"
#include "scene/samples/shapes.h"

/// Spheres on grey steps: roughness grows from left to right, metallic from front to back.
namespace kiln::scene {
namespace {

constexpr int kColumns = 9, kRows = 5;
constexpr float kSpacing = 1.12f, kRadius = 0.48f, kStepHeight = 0.8f;
constexpr std::array<Vec3, kRows> kColors{{{0.04f, 0.22f, 0.52f},
                                           {0.05f, 0.42f, 0.40f},
                                           {0.62f, 0.52f, 0.20f},
                                           {0.85f, 0.40f, 0.18f},
                                           {0.95f, 0.64f, 0.54f}}};

/// Where a step begins: its front edge.
float front_of(int row) { return kSpacing * (0.5f - static_cast<float>(row)); }

/// As wide as the eye reaches; the last tread goes far back.
Shape steps() {
  constexpr float kWide = 60, kFar = 80;
  Shape s;
  add_quad(s, {-kWide, 0, kFar}, {kWide, 0, kFar}, {kWide, 0, front_of(1)}, {-kWide, 0, front_of(1)});
  for (int row = 1; row < kRows; ++row) {
    const float low = kStepHeight * static_cast<float>(row - 1), high = low + kStepHeight;
    const float front = front_of(row), back = row + 1 < kRows ? front_of(row + 1) : -kFar;
    add_quad(s, {-kWide, low, front}, {kWide, low, front}, {kWide, high, front}, {-kWide, high, front});
    add_quad(s, {-kWide, high, front}, {kWide, high, front}, {kWide, high, back}, {-kWide, high, back});
  }
  return s;
}

Material material_at(int row, int column) {
  const float across = static_cast<float>(column) / (kColumns - 1);
  Material m = dielectric(kColors[static_cast<std::size_t>(row)], 0.02f + 0.98f * across);
  m.metallic = static_cast<float>(row) / (kRows - 1);
  return m;
}

}  // namespace

SampleResult make_material_grid() {
  SampleBuilder builder;
  const auto ball = builder.add_mesh(sphere(48));
  for (int row = 0; row < kRows; ++row)
    for (int column = 0; column < kColumns; ++column) {
      const Vec3 center{(static_cast<float>(column) - (kColumns - 1) / 2.0f) * kSpacing,
                        kRadius + kStepHeight * static_cast<float>(row), -static_cast<float>(row) * kSpacing};
      builder.add_instance(ball, builder.add_material(material_at(row, column)),
                           translation(center) * scaling(kRadius));
    }
  builder.add_instance(builder.add_mesh(steps()), builder.add_material(dielectric({0.46f, 0.46f, 0.47f}, 0.6f)));
  builder.add_camera("front", {{0, 6.6f, 13.4f}, {0, 1.95f, -2.2f}, 23});
  return builder.finish();
}

}  // namespace kiln::scene
