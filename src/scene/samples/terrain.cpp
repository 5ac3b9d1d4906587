#include <algorithm>
#include <cmath>
#include <numbers>

#include "scene/samples/noise.h"
#include "scene/samples/sample_list.h"
#include "scene/samples/shapes.h"

/// Mountains around a lake in the evening: over a million triangles of fractal noise, a sky dome and a sun that shine.
namespace kiln::scene {
namespace {

constexpr std::uint32_t kCells = 840;  // 2 x 840 x 840 triangles
constexpr float kHalfSize = 12;        // the land is a square of 24 units (kilometres, if you like)
constexpr float kWaterLevel = 0.42f;
constexpr float kDomeRadius = 60;

float smooth_step(float low, float high, float x) {
  const float t = std::clamp((x - low) / (high - low), 0.0f, 1.0f);
  return t * t * (3 - 2 * t);
}

/// Sum of octaves where steep ground takes less detail, so that slopes wash out and ridges stay: the damping by the
/// gradient so far is Inigo Quilez' ("Value Noise Derivatives", 2008).
float mountains(Vec2 p) {
  float height = 0, amplitude = 0.5f;
  Vec2 slope, q = p * 0.21f;
  for (std::uint32_t octave = 0; octave < 12; ++octave) {
    const NoiseSample n = value_noise(q, octave);
    slope = slope + n.gradient;
    height += amplitude * n.value / (1 + dot(slope, slope));
    amplitude *= 0.5f;
    q = {1.6f * q.x - 1.2f * q.y, 1.2f * q.x + 1.6f * q.y};  // doubled and turned, to hide the lattice
  }
  return height;
}

/// Higher to the back, a basin for the lake in front.
float height_at(Vec2 p) {
  const float basin = 1 - std::exp(-((p.x - 0.6f) * (p.x - 0.6f) / 12 + (p.y - 4.2f) * (p.y - 4.2f) / 7));
  const float back = smooth_step(4, -5, p.y);
  const float base = 0.66f + 1.35f * back + (1.3f + 2.6f * back) * mountains({p.x + 31.7f, p.y + 11.3f});
  return base * (0.25f + 0.75f * basin) - 0.30f * (1 - basin);
}

/// Grass low and flat, rock where it is steep, snow high up.
Vec3 ground_color(Vec3 p, Vec3 normal) {
  const float patches = 0.5f + 0.5f * value_noise({p.x * 3.1f, p.z * 3.1f}, 77).value;
  const Vec3 grass = lerp({0.07f, 0.10f, 0.028f}, {0.16f, 0.15f, 0.05f}, patches);
  const Vec3 rock = lerp({0.13f, 0.105f, 0.085f}, {0.23f, 0.19f, 0.155f}, patches);
  Vec3 c = lerp(grass, rock, 1 - smooth_step(0.66f, 0.86f, normal.y - 0.10f * smooth_step(0.8f, 1.9f, p.y)));
  c = lerp({0.30f, 0.26f, 0.19f}, c, smooth_step(kWaterLevel, kWaterLevel + 0.05f, p.y));  // the shore
  const float snow = smooth_step(2.0f, 2.5f, p.y + 0.5f * (patches - 0.5f)) * smooth_step(0.52f, 0.72f, normal.y);
  return lerp(c, {0.86f, 0.88f, 0.91f}, snow);
}

Shape make_land() {
  Shape s;
  const std::uint32_t side = kCells + 1;
  s.positions.reserve(std::size_t{side} * side);
  for (std::uint32_t y = 0; y < side; ++y)
    for (std::uint32_t x = 0; x < side; ++x) {
      const Vec2 p{kHalfSize * (2 * static_cast<float>(x) / kCells - 1),
                   kHalfSize * (2 * static_cast<float>(y) / kCells - 1)};
      s.positions.push_back({p.x, height_at(p), p.y});
    }
  s.indices.reserve(std::size_t{6} * kCells * kCells);
  for (std::uint32_t y = 0; y < kCells; ++y)
    for (std::uint32_t x = 0; x < kCells; ++x) {
      const std::uint32_t a = y * side + x, b = a + 1, c = a + side, d = c + 1;
      s.indices.insert(s.indices.end(), {a, c, b, b, c, d});
    }
  compute_normals(s);
  s.colors.reserve(s.positions.size());
  for (std::size_t i = 0; i < s.positions.size(); ++i) {
    const Vec3 c = ground_color(s.positions[i], s.normals[i]);
    s.colors.push_back({c.x, c.y, c.z, 1});
  }
  return s;
}

/// A sphere seen from inside.
Shape make_dome() {
  Shape s = sphere(24);
  for (std::size_t i = 0; i < s.indices.size(); i += 3) std::swap(s.indices[i + 1], s.indices[i + 2]);
  for (Vec3& n : s.normals) n = -n;
  return s;
}

/// A column of sky from the zenith to the nadir, sRGB.
std::vector<std::uint32_t> sky_texels(std::uint32_t height) {
  std::vector<std::uint32_t> texels;
  for (std::uint32_t y = 0; y < height; ++y) {
    const float elevation = 1 - 2 * (static_cast<float>(y) + 0.5f) / static_cast<float>(height);  // 1 zenith, 0 horizon
    const float haze = std::exp(-std::max(elevation, 0.0f) * 5.5f);
    const Vec3 c = lerp({0.34f, 0.52f, 0.80f}, {0.98f, 0.84f, 0.70f}, haze) * 255.0f;
    texels.push_back(static_cast<std::uint32_t>(c.x) | static_cast<std::uint32_t>(c.y) << 8 |
                     static_cast<std::uint32_t>(c.z) << 16 | 0xff000000u);
  }
  return texels;
}

/// A disk of 2.4 degrees inside the dome that faces the land; wider than the real sun, for softer shadows.
Shape make_sun(Vec3 towards) {
  constexpr std::uint32_t kSegments = 24;
  const float distance = kDomeRadius * 0.9f, radius = distance * 0.021f;
  const Vec3 d = normalize(towards), right = normalize(cross({0, 1, 0}, d)), up = cross(d, right);
  Shape s;
  s.positions.push_back(d * distance);
  for (std::uint32_t i = 0; i < kSegments; ++i) {
    const float angle = 2 * std::numbers::pi_v<float> * static_cast<float>(i) / kSegments;
    s.positions.push_back(d * distance + (right * std::cos(angle) + up * std::sin(angle)) * radius);
    s.indices.insert(s.indices.end(), {0, 1 + (i + 1) % kSegments, 1 + i});
  }
  compute_normals(s);
  return s;
}

}  // namespace

SampleResult make_terrain() {
  SampleBuilder builder;
  const auto land = builder.add_material(matte({1, 1, 1}));
  const auto water = builder.add_material(dielectric({0.012f, 0.035f, 0.045f}, 0.06f));
  const auto sun = builder.add_material(emitter({7000, 5400, 3600}));
  Material sky = emitter({1.3f, 1.3f, 1.3f});
  sky.emissive_texture.texture = builder.add_texture(1, 256, sky_texels(256));
  builder.add_instance(builder.add_mesh(make_land()), land);
  Shape lake;
  add_quad(lake, {-kHalfSize, kWaterLevel, kHalfSize}, {kHalfSize, kWaterLevel, kHalfSize},
           {kHalfSize, kWaterLevel, -kHalfSize}, {-kHalfSize, kWaterLevel, -kHalfSize});
  builder.add_instance(builder.add_mesh(lake), water);
  builder.add_instance(builder.add_mesh(make_dome()), builder.add_material(sky), scaling(kDomeRadius));
  builder.add_instance(builder.add_mesh(make_sun({-0.90f, 0.42f, 0.10f})), sun);
  builder.add_camera("valley", {{1.4f, 1.55f, 9.6f}, {0.0f, 1.30f, 0.0f}, 34});
  return builder.finish();
}

}  // namespace kiln::scene
