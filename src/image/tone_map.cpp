#include "image/tone_map.h"

#include <algorithm>
#include <cmath>

#include "image/color_matrix.h"

namespace kiln {
namespace {

constexpr float kLargestHalf = 65504.0f;

float tame(float c) { return c > 0 ? std::min(c, kLargestHalf) : 0.0f; }
float clamp01(float c) { return std::clamp(c, 0.0f, 1.0f); }
Vec3 clamp01(Vec3 c) { return {clamp01(c.x), clamp01(c.y), clamp01(c.z)}; }

template <class F>
Vec3 each(Vec3 c, F f) {
  return {f(c.x), f(c.y), f(c.z)};
}

using Matrix = ColorMatrix;

/// Khronos Group 2024, "Khronos PBR Neutral Tone Mapper", specification 1.0, section 3: 1:1 for base colours under
/// grey-scale light up to 0.8, then compression of the peak and desaturation towards white.
Vec3 pbr_neutral(Vec3 c) {
  constexpr float kFresnel = 0.04f;  // what a dielectric of index 1.5 adds to a base colour
  constexpr float kStart = 0.8f - kFresnel, kDesaturation = 0.15f;
  const float low = std::min({c.x, c.y, c.z});
  const float offset = low < 2 * kFresnel ? low - low * low / (4 * kFresnel) : kFresnel;
  c = c - Vec3{offset, offset, offset};
  const float peak = max_component(c);
  if (peak < kStart) return c;
  constexpr float kRoom = 1 - kStart;
  const float new_peak = 1 - kRoom * kRoom / (peak + kRoom - kStart);
  const float towards_white = 1 - 1 / (kDesaturation * (peak - new_peak) + 1);
  return lerp(c * (new_peak / peak), {new_peak, new_peak, new_peak}, towards_white);
}

/// Troy Sobotka 2022, "AgX": inset, log2 encoding over 16.5 stops, a sigmoid, outset. The sigmoid is Benjamin Wrensch's
/// polynomial of degree 6 ("Minimal AgX Implementation", 2023, mean error 3.7e-6), his matrices with it; the result is
/// meant for a display of exponent 2.2, which the last step undoes.
Vec3 agx(Vec3 c) {
  constexpr Matrix kInset{{0.842479062253094f, 0.0784335999999992f, 0.0792237451477643f},
                          {0.0423282422610123f, 0.878468636469772f, 0.0791661274605434f},
                          {0.0423756549057051f, 0.0784336f, 0.879142973793104f}};
  constexpr Matrix kOutset{{1.19687900512017f, -0.0980208811401368f, -0.0990297440797205f},
                           {-0.0528968517574562f, 1.15190312990417f, -0.0989611768448433f},
                           {-0.0529716355144438f, -0.0980434501171241f, 1.15107367264116f}};
  constexpr float kMinEv = -12.47393f, kMaxEv = 4.026069f;
  const auto sigmoid = [](float v) {
    const float x = clamp01((std::log2(std::max(v, 1e-10f)) - kMinEv) / (kMaxEv - kMinEv));
    return (((((15.5f * x - 40.14f) * x + 31.96f) * x - 6.868f) * x + 0.4298f) * x + 0.1191f) * x - 0.00232f;
  };
  return each(kOutset * each(kInset * c, sigmoid), [](float v) { return std::pow(std::max(v, 0.0f), 2.2f); });
}

/// Stephen Hill's fit of the ACES reference rendering and sRGB output transforms, in Matt Pettineo's BakingLab (2016):
/// both matrices hold the changes of primaries and the desaturations.
Vec3 aces(Vec3 c) {
  constexpr Matrix kInput{
      {0.59719f, 0.35458f, 0.04823f}, {0.07600f, 0.90834f, 0.01566f}, {0.02840f, 0.13383f, 0.83777f}};
  constexpr Matrix kOutput{
      {1.60475f, -0.53108f, -0.07367f}, {-0.10208f, 1.10813f, -0.00605f}, {-0.00327f, -0.07276f, 1.07602f}};
  const auto fit = [](float v) {
    return (v * (v + 0.0245786f) - 0.000090537f) / (v * (0.983729f * v + 0.4329510f) + 0.238081f);
  };
  return kOutput * each(kInput * c, fit);
}

}  // namespace

Vec3 tone_map(Vec3 linear, ToneMapping curve) {
  const Vec3 c = each(linear, tame);
  switch (curve) {
    case ToneMapping::pbr_neutral:
      return clamp01(pbr_neutral(c));
    case ToneMapping::agx:
      return clamp01(agx(c));
    case ToneMapping::aces:
      return clamp01(aces(c));
    case ToneMapping::none:
      break;
  }
  return clamp01(c);
}

float srgb_encode(float linear) {
  return linear <= 0.0031308f ? 12.92f * linear : 1.055f * std::pow(linear, 1 / 2.4f) - 0.055f;
}

float srgb_decode(float encoded) {
  return encoded <= 0.04045f ? encoded / 12.92f : std::pow((encoded + 0.055f) / 1.055f, 2.4f);
}

}  // namespace kiln
