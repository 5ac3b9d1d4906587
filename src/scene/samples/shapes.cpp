#include "scene/samples/shapes.h"

#include <array>
#include <cmath>
#include <numbers>

namespace kiln::scene {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

/// The two triangles of cell (x, y) of a grid with `stride` vertices a row, from vertex `first` on.
void add_cell(Shape& s, std::uint32_t first, std::uint32_t stride, std::uint32_t x, std::uint32_t y) {
  const std::uint32_t a = first + y * stride + x, b = a + 1, c = a + stride, d = c + 1;
  s.indices.insert(s.indices.end(), {a, c, b, b, c, d});
}

float ratio(std::uint32_t i, std::uint32_t n) { return static_cast<float>(i) / static_cast<float>(n); }

}  // namespace

void add_quad(Shape& shape, Vec3 a, Vec3 b, Vec3 c, Vec3 d) {
  const auto first = static_cast<std::uint32_t>(shape.positions.size());
  const Vec3 normal = normalize(cross(b - a, c - a));
  for (const Vec3 p : {a, b, c, d}) {
    shape.positions.push_back(p);
    shape.normals.push_back(normal);
  }
  shape.indices.insert(shape.indices.end(), {first, first + 1, first + 2, first, first + 2, first + 3});
}

Shape sphere(std::uint32_t rings) {
  Shape s;
  const std::uint32_t segments = 2 * rings;
  for (std::uint32_t y = 0; y <= rings; ++y)
    for (std::uint32_t x = 0; x <= segments; ++x) {
      const float theta = kPi * ratio(y, rings), phi = 2 * kPi * ratio(x, segments);
      const Vec3 p{std::sin(theta) * std::sin(phi), std::cos(theta), std::sin(theta) * std::cos(phi)};
      s.positions.push_back(p);
      s.normals.push_back(p);
      s.uvs.push_back({ratio(x, segments), ratio(y, rings)});
    }
  for (std::uint32_t y = 0; y < rings; ++y)
    for (std::uint32_t x = 0; x < segments; ++x) {
      const std::uint32_t a = y * (segments + 1) + x, b = a + 1, c = a + segments + 1, d = c + 1;
      // At a pole one of a cell's two triangles has no area.
      if (y > 0) s.indices.insert(s.indices.end(), {a, c, b});
      if (y + 1 < rings) s.indices.insert(s.indices.end(), {b, c, d});
    }
  return s;
}

Shape rounded_cube(std::uint32_t cells, float power) {
  Shape s;
  struct Face {
    Vec3 normal, right, up;
  };
  constexpr std::array<Face, 6> kFaces{{{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}},
                                        {{0, 0, -1}, {-1, 0, 0}, {0, 1, 0}},
                                        {{1, 0, 0}, {0, 0, -1}, {0, 1, 0}},
                                        {{-1, 0, 0}, {0, 0, 1}, {0, 1, 0}},
                                        {{0, 1, 0}, {1, 0, 0}, {0, 0, -1}},
                                        {{0, -1, 0}, {1, 0, 0}, {0, 0, 1}}}};
  const auto raise = [](float v, float e) { return std::copysign(std::pow(std::fabs(v), e), v); };
  for (const Face& f : kFaces) {
    const auto first = static_cast<std::uint32_t>(s.positions.size());
    for (std::uint32_t y = 0; y <= cells; ++y)
      for (std::uint32_t x = 0; x <= cells; ++x) {
        const float u = std::tan((ratio(x, cells) - 0.5f) * kPi / 2), v = std::tan((0.5f - ratio(y, cells)) * kPi / 2);
        const Vec3 d = f.normal + f.right * u + f.up * v;
        const float norm =
            std::pow(std::fabs(d.x), power) + std::pow(std::fabs(d.y), power) + std::pow(std::fabs(d.z), power);
        const Vec3 p = d / std::pow(norm, 1 / power);
        s.positions.push_back(p);
        s.normals.push_back(normalize({raise(p.x, power - 1), raise(p.y, power - 1), raise(p.z, power - 1)}));
      }
    for (std::uint32_t y = 0; y < cells; ++y)
      for (std::uint32_t x = 0; x < cells; ++x) add_cell(s, first, cells + 1, x, y);
  }
  return s;
}

Shape lathe(std::span<const Vec2> profile, std::uint32_t segments) {
  Shape s;
  const auto rows = static_cast<std::uint32_t>(profile.size());
  for (std::uint32_t y = 0; y < rows; ++y)
    for (std::uint32_t x = 0; x <= segments; ++x) {
      const float phi = 2 * kPi * ratio(x, segments);
      s.positions.push_back({profile[y].x * std::sin(phi), profile[y].y, profile[y].x * std::cos(phi)});
    }
  for (std::uint32_t y = 0; y + 1 < rows; ++y)
    for (std::uint32_t x = 0; x < segments; ++x) {
      const std::uint32_t a = y * (segments + 1) + x, b = a + 1, c = a + segments + 1, d = c + 1;
      // On the axis one of a cell's two triangles has no area.
      if (profile[y].x > 0) s.indices.insert(s.indices.end(), {a, c, b});
      if (profile[y + 1].x > 0) s.indices.insert(s.indices.end(), {b, c, d});
    }
  compute_normals(s);
  for (std::uint32_t y = 0; y < rows; ++y) {  // the seam's two columns lie at one place
    Vec3& first = s.normals[std::size_t{y} * (segments + 1)];
    Vec3& last = s.normals[std::size_t{y} * (segments + 1) + segments];
    first = last = normalize(first + last);
  }
  return s;
}

Shape sweep(const Sweep& w) {
  constexpr std::uint32_t kBendSteps = 24;
  std::vector<Vec2> profile{{w.front, 0}};  // z, y
  for (std::uint32_t i = 0; i <= kBendSteps; ++i) {
    const float angle = kPi / 2 * ratio(i, kBendSteps);
    profile.push_back({w.back - w.radius * std::sin(angle), w.radius * (1 - std::cos(angle))});
  }
  profile.push_back({w.back - w.radius, w.height});
  Shape s;
  for (const Vec2 p : profile)
    for (const float x : {-w.half_width, w.half_width}) s.positions.push_back({x, p.y, p.x});
  for (std::uint32_t i = 0; i + 1 < profile.size(); ++i) {
    const std::uint32_t a = 2 * i;
    s.indices.insert(s.indices.end(), {a, a + 1, a + 3, a, a + 3, a + 2});
  }
  compute_normals(s);
  return s;
}

void compute_normals(Shape& shape) {
  shape.normals.assign(shape.positions.size(), Vec3{});
  for (std::size_t i = 0; i < shape.indices.size(); i += 3) {
    const std::uint32_t a = shape.indices[i], b = shape.indices[i + 1], c = shape.indices[i + 2];
    const Vec3 weighted = cross(shape.positions[b] - shape.positions[a], shape.positions[c] - shape.positions[a]);
    for (const std::uint32_t v : {a, b, c}) shape.normals[v] += weighted;
  }
  for (Vec3& n : shape.normals) n = dot(n, n) > 0 ? normalize(n) : Vec3{0, 1, 0};
}

}  // namespace kiln::scene
