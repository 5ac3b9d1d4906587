#pragma once

#include "kernels/scalar.h"
#include "kernels/scene_view.h"

/// Texture lookups as glTF 2.0 §3.8.4 asks: wrapping per axis, nearest or bilinear, sRGB decoded before filtering;
/// minified ones from coarser levels (Williams, "Pyramidal Parametrics", 1983), one of which is read at a time.
namespace kiln {

/// sRGB to linear (IEC 61966-2-1) with a relative error under 6e-5, a fiftieth of an 8-bit step: x^2.4 is x^2 times a
/// polynomial in the root of x that stands for x^0.4. Exact at 0 and 1. No table, so that it costs a GPU no memory.
KILN_HD float decode_srgb(float c) {
  const float x = (c + 0.055f) * (1.0f / 1.055f), t = std::sqrt(x) - 1.0f;
  const float power = 1.0f + t * (0.79808131f + t * (-0.1007517f + t * (-0.03597184f + t * -0.09417632f)));
  return c <= 0.04045f ? c * (1.0f / 12.92f) : x * x * power;
}

KILN_HD Vec4 decode_texel(std::uint32_t rgba, bool srgb) {
  constexpr float kScale = 1.0f / 255.0f;
  const Vec4 v{static_cast<float>(rgba & 0xffu) * kScale, static_cast<float>((rgba >> 8) & 0xffu) * kScale,
               static_cast<float>((rgba >> 16) & 0xffu) * kScale, static_cast<float>(rgba >> 24) * kScale};
  return srgb ? Vec4{decode_srgb(v.x), decode_srgb(v.y), decode_srgb(v.z), v.w} : v;
}

/// Brings one coordinate into [0, 1]; what is not a number becomes 0.
KILN_HD float wrap_coordinate(float u, Wrap wrap) {
  if (wrap == Wrap::repeat) u = u - std::floor(u);
  if (wrap == Wrap::mirrored_repeat) {
    const float half = 0.5f * u, fraction = half - std::floor(half);
    u = 1.0f - std::fabs(2.0f * fraction - 1.0f);
  }
  return saturate(u);
}

/// The two texels of one axis between which `u` lies, and how far it is from the first to the second.
struct TexelPair {
  std::uint32_t first = 0, second = 0;
  float t = 0;
};

KILN_HD TexelPair texel_pair(float u, std::uint32_t size, Wrap wrap) {
  const float x = wrap_coordinate(u, wrap) * static_cast<float>(size) - 0.5f, below = std::floor(x);
  const auto first = static_cast<std::int32_t>(below), last = static_cast<std::int32_t>(size) - 1;
  const bool around = wrap == Wrap::repeat;
  const std::int32_t a = first < 0 ? (around ? last : 0) : first;
  const std::int32_t b = first + 1 > last ? (around ? 0 : last) : first + 1;
  return {static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b), x - below};
}

KILN_HD std::uint32_t nearest_texel(float u, std::uint32_t size, Wrap wrap) {
  const auto x = static_cast<std::uint32_t>(wrap_coordinate(u, wrap) * static_cast<float>(size));
  return x < size ? x : size - 1;
}

/// One level of a texture.
struct TexelGrid {
  const std::uint32_t* texels = nullptr;
  std::uint32_t width = 1, height = 1;
};

KILN_HD std::uint32_t half_size(std::uint32_t size) { return size > 1 ? size / 2 : 1; }

/// The level whose texels are as large as the footprint, or the next finer one. `texels`: of level 0, how many the
/// footprint covers.
KILN_HD TexelGrid level_for(const SceneView& scene, const Texture& texture, float texels) {
  TexelGrid grid{scene.texels + texture.first_texel, texture.width, texture.height};
  const std::uint32_t* next = scene.texels + texture.first_coarse_texel;
  for (std::uint32_t level = 1; level < texture.level_count && texels >= 4.0f; ++level) {
    texels *= 0.25f;
    grid = {next, half_size(grid.width), half_size(grid.height)};
    next += std::size_t{grid.width} * grid.height;
  }
  return grid;
}

/// A bilinear mix of four texels in which colours count by their alpha, and by their places alone where all is clear.
KILN_HD Vec4 mix_by_alpha(Vec4 a, Vec4 b, Vec4 c, Vec4 d, float tx, float ty) {
  const float wa = (1.0f - tx) * (1.0f - ty), wb = tx * (1.0f - ty), wc = (1.0f - tx) * ty, wd = tx * ty;
  const Vec4 plain = a * wa + b * wb + c * wc + d * wd;
  if (!(plain.w > 0)) return plain;
  const Vec4 seen = a * (wa * a.w) + b * (wb * b.w) + c * (wc * c.w) + d * (wd * d.w);
  const float scale = 1.0f / plain.w;
  return {seen.x * scale, seen.y * scale, seen.z * scale, plain.w};
}

/// RGBA at `uv`, colours decoded, alpha as stored. `footprint`: how many texels of level 0 are looked at; up to four it
/// is level 0 that is read.
KILN_HD Vec4 sample_texture(const SceneView& scene, const Texture& texture, Vec2 uv, float footprint = 0) {
  const TexelGrid grid = level_for(scene, texture, footprint);
  const std::size_t width = grid.width;
  const bool is_coarse = grid.texels != scene.texels + texture.first_texel;
  if (texture.filter == Filter::nearest && !is_coarse) {
    const std::uint32_t x = nearest_texel(uv.x, grid.width, texture.wrap_u);
    return decode_texel(grid.texels[nearest_texel(uv.y, grid.height, texture.wrap_v) * width + x], texture.srgb);
  }
  const TexelPair x = texel_pair(uv.x, grid.width, texture.wrap_u);
  const TexelPair y = texel_pair(uv.y, grid.height, texture.wrap_v);
  const std::uint32_t *upper = grid.texels + y.first * width, *lower = grid.texels + y.second * width;
  const Vec4 a = decode_texel(upper[x.first], texture.srgb), b = decode_texel(upper[x.second], texture.srgb);
  const Vec4 c = decode_texel(lower[x.first], texture.srgb), d = decode_texel(lower[x.second], texture.srgb);
  if (texture.weighs_by_alpha && is_coarse) return mix_by_alpha(a, b, c, d, x.t, y.t);
  return (a * (1.0f - x.t) + b * x.t) * (1.0f - y.t) + (c * (1.0f - x.t) + d * x.t) * y.t;
}

KILN_HD Vec2 slot_uv(const TextureSlot& slot, Vec2 uv) {
  return {slot.m00 * uv.x + slot.m01 * uv.y + slot.tx, slot.m10 * uv.x + slot.m11 * uv.y + slot.ty};
}

}  // namespace kiln
