#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "scene/samples/sample_list.h"
#include "scene/samples/shapes.h"

/// One thing on a podium for each feature of the material model, far apart in a row, each with a camera of its name.
/// No light of its own and no floor: studio, sky and shadow ground show it in their ways.
namespace kiln::scene {
namespace {

constexpr float kApart = 8, kTop = 0.2f;  // of the podium
constexpr float kPi = std::numbers::pi_v<float>;

struct Look {
  Material material;
  MaterialLayers layers;
};

/// A disc with a rounded rim.
Shape podium() {
  constexpr float kRadius = 1.5f, kRim = 0.06f;
  std::vector<Vec2> profile{{0, kTop}};
  for (int i = 0; i <= 8; ++i) {
    const float angle = kPi / 2 * static_cast<float>(i) / 8;
    profile.push_back({kRadius - kRim + kRim * std::sin(angle), kTop - kRim + kRim * std::cos(angle)});
  }
  profile.push_back({kRadius, 0});
  return lathe(profile, 128);
}

/// A ring that stands upright.
Shape upright_ring(float radius, float thickness) {
  constexpr std::uint32_t kAround = 96, kAcross = 32;
  Shape s;
  for (std::uint32_t y = 0; y <= kAcross; ++y)
    for (std::uint32_t x = 0; x <= kAround; ++x) {
      const float a = 2 * kPi * static_cast<float>(x) / kAround, b = 2 * kPi * static_cast<float>(y) / kAcross;
      const Vec3 outwards{std::cos(a), std::sin(a), 0};
      const Vec3 normal = outwards * std::cos(b) + Vec3{0, 0, 1} * std::sin(b);
      s.positions.push_back(outwards * radius + normal * thickness);
      s.normals.push_back(normal);
    }
  for (std::uint32_t y = 0; y < kAcross; ++y)
    for (std::uint32_t x = 0; x < kAround; ++x) {
      const std::uint32_t a = y * (kAround + 1) + x, c = a + kAround + 1;
      s.indices.insert(s.indices.end(), {a, a + 1, c + 1, a, c + 1, c});
    }
  return s;
}

void add_triangle(Shape& s, Vec3 a, Vec3 b, Vec3 c) {
  const auto first = static_cast<std::uint32_t>(s.positions.size());
  const Vec3 normal = normalize(cross(b - a, c - a));
  for (const Vec3 p : {a, b, c}) {
    s.positions.push_back(p);
    s.normals.push_back(normal);
  }
  s.indices.insert(s.indices.end(), {first, first + 1, first + 2});
}

/// A stone with flat facets: table, crown, girdle and pavilion down to its point.
Shape gem() {
  constexpr int kSides = 10;
  const auto at = [](float radius, float y, float side) {
    const float a = 2 * kPi * side / kSides;
    return Vec3{radius * std::sin(a), y, radius * std::cos(a)};
  };
  Shape s;
  for (int i = 0; i < kSides; ++i) {
    const auto a = static_cast<float>(i), b = a + 1;
    add_triangle(s, {0, 0.42f, 0}, at(0.55f, 0.42f, a), at(0.55f, 0.42f, b));
    add_quad(s, at(0.55f, 0.42f, a), at(0.92f, 0.1f, a), at(0.92f, 0.1f, b), at(0.55f, 0.42f, b));
    add_quad(s, at(0.92f, 0.1f, a), at(0.92f, 0.04f, a), at(0.92f, 0.04f, b), at(0.92f, 0.1f, b));
    add_triangle(s, at(0.92f, 0.04f, a), {0, -0.72f, 0}, at(0.92f, 0.04f, b));
  }
  return s;
}

/// Holes in rows, as alpha.
std::vector<std::uint32_t> holes(std::uint32_t width, std::uint32_t height) {
  constexpr float kAcross = 24, kDown = 12;
  std::vector<std::uint32_t> texels;
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x) {
      const float v = (static_cast<float>(y) + 0.5f) / static_cast<float>(height) * kDown, row = std::floor(v);
      const float u = (static_cast<float>(x) + 0.5f) / static_cast<float>(width) * kAcross +
                      (static_cast<int>(row) % 2 == 1 ? 0.5f : 0.0f);
      const bool is_hole = std::hypot(u - std::floor(u) - 0.5f, v - row - 0.5f) < 0.33f;
      texels.push_back(is_hole ? 0x00ffffffu : 0xffffffffu);
    }
  return texels;
}

/// What is left of each colour after `distance_m`.
Vec3 absorption(Vec3 left, float distance_m) {
  return {-std::log(left.x) / distance_m, -std::log(left.y) / distance_m, -std::log(left.z) / distance_m};
}

Look glass(float roughness, Vec3 absorption_per_m) {
  Look look{dielectric({1, 1, 1}, roughness), {}};
  look.layers.transmission = 1;
  look.layers.has_volume = true;
  look.layers.absorption_per_m = absorption_per_m;
  return look;
}

Look tinted_highlight() {
  Look look{dielectric({0.015f, 0.03f, 0.09f}, 0.18f), {}};
  look.material.ior = 2;
  look.layers.specular_color = {1, 0.45f, 0.12f};
  return look;
}

Look car_paint() {
  Look look{metal({0.55f, 0.012f, 0.02f}, 0.42f), {}};
  look.layers.clearcoat = 1;
  look.layers.clearcoat_roughness = 0.02f;
  return look;
}

Look velvet() {
  Look look{dielectric({0.09f, 0.008f, 0.05f}, 0.95f), {}};
  look.layers.sheen_color = {0.95f, 0.45f, 0.7f};
  look.layers.sheen_roughness = 0.32f;
  return look;
}

Look brushed_steel() {
  Look look{metal({0.82f, 0.8f, 0.77f}, 0.28f), {}};
  look.layers.anisotropy = 0.85f;
  return look;
}

Look soap_film() {
  Look look{metal({0.32f, 0.32f, 0.34f}, 0.1f), {}};
  look.layers.iridescence = 1;
  look.layers.iridescence_ior = 1.45f;
  look.layers.film_thickest_nm = 420;
  return look;
}

Look crystal() {
  Look look = glass(0, {0, 0, 0});
  look.material.ior = 1.9f;
  look.layers.dispersion = 6;
  return look;
}

Look paper() {
  Look look{dielectric({0.85f, 0.8f, 0.72f}, 0.8f), {}};
  look.material.double_sided = true;
  look.layers.diffuse_transmission = 0.6f;
  look.layers.diffuse_transmission_color = {1, 0.72f, 0.42f};
  return look;
}

/// It glows no brighter than white: what does is a lamp, and would keep the studio away.
Look neon() { return {emitter({1, 0.34f, 0.06f}), {}}; }

class Row {
 public:
  /// The next podium, with a camera that looks at it.
  void begin(std::string name) {
    const Vec3 foot{kApart * static_cast<float>(count_++), 0, 0};
    place_ = translation(foot);
    builder_.add_instance(podium_, stone_, place_);
    builder_.add_camera(std::move(name), {foot + Vec3{1.25f, 1.75f, 4.7f}, foot + Vec3{0, 0.88f, 0}, 30});
  }

  void put(std::uint32_t mesh, const Look& look, const Affine& where) {
    builder_.add_instance(mesh, builder_.add_material(look.material, look.layers), place_ * where);
  }

  void ball(const Look& look) { put(ball_, look, translation({0, kTop + 0.8f, 0}) * scaling(0.8f)); }

  /// Something to be seen through glass.
  void bars() {
    for (int i = -2; i <= 2; ++i) {
      const Affine upright{
          {0.07f, 0, 0}, {0, 0.75f, 0}, {0, 0, 0.07f}, {0.42f * static_cast<float>(i), kTop + 0.75f, -1}};
      put(block_, {matte({0.03f, 0.08f, 0.16f}), {}}, upright);
    }
  }

  SampleBuilder& builder() { return builder_; }
  std::uint32_t ball_mesh() const { return ball_; }
  std::uint32_t block_mesh() const { return block_; }

 private:
  SampleBuilder builder_;
  std::uint32_t podium_ = builder_.add_mesh(podium()), ball_ = builder_.add_mesh(sphere(64)),
                block_ = builder_.add_mesh(rounded_cube(24, 10));
  std::uint32_t stone_ = builder_.add_material(dielectric({0.62f, 0.61f, 0.6f}, 0.7f));
  Affine place_;
  int count_ = 0;
};

void add_bodies(Row& row) {
  row.begin("transmission");
  row.bars();
  row.ball(glass(0.22f, {0, 0, 0}));
  row.begin("volume");
  row.bars();
  row.put(row.block_mesh(), glass(0.02f, absorption({0.95f, 0.42f, 0.06f}, 1)),
          translation({0, kTop + 0.66f, 0}) * turn_about_y(0.45f) * scaling(0.66f));
  row.begin("dispersion");
  row.put(row.builder().add_mesh(gem()), crystal(), translation({0, kTop + 0.555f, 0}) * turn_about_x(0.69f));
}

void add_sheets(Row& row) {
  row.begin("diffuse-transmission");
  row.put(row.ball_mesh(), {emitter({1, 0.8f, 0.5f}), {}}, translation({0, kTop + 0.7f, 0}) * scaling(0.42f));
  row.ball(paper());
  row.begin("alpha");
  Look sieve{metal({0.9f, 0.62f, 0.3f}, 0.3f), {}};
  sieve.material.alpha_mode = AlphaMode::mask;
  sieve.material.double_sided = true;
  sieve.material.base_color_texture.texture = row.builder().add_texture(768, 384, holes(768, 384));
  row.ball(sieve);
}

}  // namespace

SampleResult make_materials() {
  Row row;
  const std::array<std::pair<const char*, Look>, 5> layered{{{"specular", tinted_highlight()},
                                                             {"clearcoat", car_paint()},
                                                             {"sheen", velvet()},
                                                             {"anisotropy", brushed_steel()},
                                                             {"iridescence", soap_film()}}};
  for (const auto& [name, look] : layered) {
    row.begin(name);
    row.ball(look);
  }
  add_bodies(row);
  add_sheets(row);
  row.begin("emission");
  row.put(row.builder().add_mesh(upright_ring(0.62f, 0.1f)), neon(), translation({0, kTop + 0.72f, 0}));
  return row.builder().finish();
}

}  // namespace kiln::scene
