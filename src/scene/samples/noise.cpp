#include "scene/samples/noise.h"

#include <cmath>

namespace kiln::scene {
namespace {

std::uint32_t mix_bits(std::uint32_t h) {
  h ^= h >> 16;
  h *= 0x7feb352du;
  h ^= h >> 15;
  h *= 0x846ca68bu;
  return h ^ (h >> 16);
}

}  // namespace

float hash_to_unit(std::uint32_t a, std::uint32_t b) {
  return static_cast<float>(mix_bits(a ^ mix_bits(b + 0x9e3779b9u)) >> 8) * (1.0f / 16777216.0f);
}

NoiseSample value_noise(Vec2 p, std::uint32_t seed) {
  const float fx = std::floor(p.x), fy = std::floor(p.y), x = p.x - fx, y = p.y - fy;
  const auto ix = static_cast<std::uint32_t>(static_cast<std::int32_t>(fx));
  const auto iy = static_cast<std::uint32_t>(static_cast<std::int32_t>(fy));
  const auto corner = [&](std::uint32_t dx, std::uint32_t dy) {
    return 2 * hash_to_unit(ix + dx, (iy + dy) * 0x632be5abu + seed) - 1;
  };
  const float a = corner(0, 0), b = corner(1, 0), c = corner(0, 1), d = corner(1, 1);
  const float u = x * x * x * (x * (x * 6 - 15) + 10), v = y * y * y * (y * (y * 6 - 15) + 10);
  const float du = 30 * x * x * (x * (x - 2) + 1), dv = 30 * y * y * (y * (y - 2) + 1);
  const float k1 = b - a, k2 = c - a, k3 = a - b - c + d;
  return {a + k1 * u + k2 * v + k3 * u * v, {(k1 + k3 * v) * du, (k2 + k3 * u) * dv}};
}

}  // namespace kiln::scene
