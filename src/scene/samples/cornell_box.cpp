#include <array>

#include "scene/samples/sample_list.h"
#include "scene/samples/shapes.h"

/// The box of Goral, Torrance, Greenberg and Battaile 1984 ("Modeling the Interaction of Light Between Diffuse
/// Surfaces") with the measured data that Cornell published in 1998, here in metres and with the spectra as RGB.
namespace kiln::scene {
namespace {

constexpr float kMetresPerUnit = 0.001f;

Vec3 at(float x, float y, float z) { return Vec3{x, y, z} * kMetresPerUnit; }

/// A block from its top face, counter-clockwise seen from above, down to the floor.
Shape block(const std::array<Vec3, 4>& top) {
  Shape s;
  add_quad(s, top[0], top[1], top[2], top[3]);
  for (std::size_t i = 0; i < 4; ++i) {
    const Vec3 a = top[i], b = top[(i + 1) % 4];
    add_quad(s, a, {a.x, 0, a.z}, {b.x, 0, b.z}, b);
  }
  return s;
}

}  // namespace

SampleResult make_cornell_box() {
  SampleBuilder builder;
  const auto white = builder.add_material(matte({0.725f, 0.71f, 0.68f}));
  const auto red = builder.add_material(matte({0.63f, 0.065f, 0.05f}));
  const auto green = builder.add_material(matte({0.14f, 0.45f, 0.091f}));
  const auto lamp = builder.add_material(emitter({30, 22.5f, 11.5f}));
  const auto add = [&](const Shape& shape, std::uint32_t material) {
    builder.add_instance(builder.add_mesh(shape), material);
  };
  const auto add_wall = [&](std::uint32_t material, Vec3 a, Vec3 b, Vec3 c, Vec3 d) {
    Shape s;
    add_quad(s, a, b, c, d);
    add(s, material);
  };
  // The camera looks along +Z, so +X is on the left.
  add_wall(white, at(552.8f, 0, 0), at(0, 0, 0), at(0, 0, 559.2f), at(549.6f, 0, 559.2f));                // floor
  add_wall(white, at(556, 548.8f, 0), at(556, 548.8f, 559.2f), at(0, 548.8f, 559.2f), at(0, 548.8f, 0));  // ceiling
  add_wall(white, at(549.6f, 0, 559.2f), at(0, 0, 559.2f), at(0, 548.8f, 559.2f), at(556, 548.8f, 559.2f));
  add_wall(green, at(0, 0, 559.2f), at(0, 0, 0), at(0, 548.8f, 0), at(0, 548.8f, 559.2f));
  add_wall(red, at(552.8f, 0, 0), at(549.6f, 0, 559.2f), at(556, 548.8f, 559.2f), at(556, 548.8f, 0));
  // The lamp hangs a hair below the ceiling, which has no hole here.
  add_wall(lamp, at(343, 548.7f, 227), at(343, 548.7f, 332), at(213, 548.7f, 332), at(213, 548.7f, 227));
  add(block({at(130, 165, 65), at(82, 165, 225), at(240, 165, 272), at(290, 165, 114)}), white);
  add(block({at(423, 330, 247), at(265, 330, 296), at(314, 330, 456), at(472, 330, 406)}), white);
  builder.add_camera("front", {at(278, 273, -800), at(278, 273, 0), 39.3077f});  // 25 mm film at 35 mm
  return builder.finish();
}

}  // namespace kiln::scene
