#include <array>
#include <cmath>
#include <numbers>

#include "scene/samples/noise.h"
#include "scene/samples/sample_list.h"
#include "scene/samples/shapes.h"

/// Twelve thousand and some copies of one rounded cube, as seeds in a sunflower: item n at the angle n times the golden
/// one and at the distance of its root (Vogel 1979, "A Better Way to Construct the Sunflower Head").
namespace kiln::scene {
namespace {

constexpr std::uint32_t kCount = 12'321;
constexpr std::array<Vec3, 7> kPalette{{{0.90f, 0.30f, 0.06f},
                                        {0.94f, 0.52f, 0.10f},
                                        {0.92f, 0.78f, 0.42f},
                                        {0.86f, 0.84f, 0.76f},
                                        {0.20f, 0.50f, 0.48f},
                                        {0.05f, 0.24f, 0.38f},
                                        {0.02f, 0.09f, 0.20f}}};
constexpr std::uint32_t kShades = 25;

Vec3 palette_at(float t) {
  const float x = t * (kPalette.size() - 1.001f);
  const auto i = static_cast<std::size_t>(x);
  return lerp(kPalette[i], kPalette[i + 1], x - static_cast<float>(i));
}

float wave(float radius) { return 1.15f * std::cos(radius * 0.60f) * std::exp(-radius * 0.04f); }

}  // namespace

SampleResult make_instances() {
  SampleBuilder builder;
  const auto cube = builder.add_mesh(rounded_cube(10, 5));
  for (std::uint32_t i = 0; i < kShades; ++i) {
    const float t = static_cast<float>(i) / (kShades - 1);
    builder.add_material(i % 8 == 7 ? metal(lerp(palette_at(t), {1, 0.9f, 0.75f}, 0.5f), 0.30f)
                                    : dielectric(palette_at(t), 0.28f));
  }
  const float golden = std::numbers::pi_v<float> * (3 - std::sqrt(5.0f));
  for (std::uint32_t n = 0; n < kCount; ++n) {
    const float share = (static_cast<float>(n) + 0.5f) / kCount,
                radius = 0.135f * std::sqrt(static_cast<float>(n) + 0.5f);
    const float angle = static_cast<float>(n % 1'000'000) * golden;
    const float jitter = hash_to_unit(n, 17);
    const auto shade = static_cast<std::uint32_t>(std::clamp(std::sqrt(share) + 0.10f * (jitter - 0.5f), 0.0f, 1.0f) *
                                                  (kShades - 0.01f));
    const float size = 0.092f + 0.022f * hash_to_unit(n, 29);
    const float slope = std::atan((wave(radius + 0.01f) - wave(radius - 0.01f)) / 0.02f);
    const Affine place = turn_about_y(angle) * translation({0, wave(radius), radius}) * turn_about_x(-slope) *
                         turn_about_y(0.9f * (hash_to_unit(n, 43) - 0.5f)) * scaling(size);
    builder.add_instance(cube, shade, place);
  }
  const auto floor = builder.add_material(dielectric({0.30f, 0.30f, 0.31f}, 0.7f));
  Shape ground;
  add_quad(ground, {-80, -1.3f, 80}, {80, -1.3f, 80}, {80, -1.3f, -80}, {-80, -1.3f, -80});
  builder.add_instance(builder.add_mesh(ground), floor);
  builder.add_camera("oblique", {{0, 16.5f, 26.5f}, {0, -0.4f, 0.9f}, 30});
  return builder.finish();
}

}  // namespace kiln::scene
