#include "image/white_balance.h"

#include <algorithm>

namespace kiln {
namespace {

constexpr Vec2 kD65{0.3127f, 0.3290f};

/// Rec. ITU-R BT.709-6, its primaries and white.
constexpr ColorMatrix kXyzFromRgb{
    {0.4123908f, 0.3575843f, 0.1804808f}, {0.2126390f, 0.7151687f, 0.0721923f}, {0.0193308f, 0.1191948f, 0.9505322f}};
constexpr ColorMatrix kRgbFromXyz{{3.2409699f, -1.5373832f, -0.4986108f},
                                  {-0.9692436f, 1.8759675f, 0.0415551f},
                                  {0.0556301f, -0.2039770f, 1.0569715f}};

constexpr ColorMatrix kBradford{
    {0.8951f, 0.2664f, -0.1614f}, {-0.7502f, 1.7135f, 0.0367f}, {0.0389f, -0.0685f, 1.0296f}};
constexpr ColorMatrix kBradfordInverse{
    {0.9869929f, -0.1470543f, 0.1599627f}, {0.4323053f, 0.5183603f, 0.0492912f}, {-0.0085287f, 0.0400428f, 0.9684867f}};

Vec2 planckian(float t) {
  const float u = (0.860117757f + 1.54118254e-4f * t + 1.28641212e-7f * t * t) /
                  (1.0f + 8.42420235e-4f * t + 7.08145163e-7f * t * t);
  const float v = (0.317398726f + 4.22806245e-5f * t + 4.20481691e-8f * t * t) /
                  (1.0f - 2.89741816e-5f * t + 1.61456053e-7f * t * t);
  const float sum = 2 * u - 8 * v + 4;  // CIE 1960 to 1931
  return {3 * u / sum, 2 * v / sum};
}

Vec2 daylight(float t) {
  const float k = 1000.0f / t;
  const float x = t <= 7000 ? ((-4.6070f * k + 2.9678f) * k + 0.09911f) * k + 0.244063f
                            : ((-2.0064f * k + 1.9018f) * k + 0.24748f) * k + 0.237040f;
  return {x, (-3.0f * x + 2.870f) * x - 0.275f};
}

/// Of luminance 1, in the cones' response.
Vec3 cones_of(Vec2 white) { return kBradford * Vec3{white.x / white.y, 1, (1 - white.x - white.y) / white.y}; }

Vec3 over(Vec3 a, Vec3 b) { return {a.x / b.x, a.y / b.y, a.z / b.z}; }

Vec3 adapted(Vec3 rgb, Vec3 gain) {
  return kRgbFromXyz * (kBradfordInverse * (gain * (kBradford * (kXyzFromRgb * rgb))));
}

}  // namespace

Vec2 white_of_temperature(float temperature_k) {
  const float t = std::clamp(temperature_k, 2000.0f, 20000.0f);
  if (t <= 4000) return planckian(t);
  if (t >= 5000) return daylight(t);
  const Vec2 from = planckian(t), to = daylight(t);
  const float part = (t - 4000) / 1000;
  return {from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part};
}

ColorMatrix white_balance(float temperature_k) {
  const Vec3 gain = over(cones_of(kD65), cones_of(white_of_temperature(temperature_k)));
  const Vec3 x = adapted({1, 0, 0}, gain), y = adapted({0, 1, 0}, gain), z = adapted({0, 0, 1}, gain);
  return {{x.x, y.x, z.x}, {x.y, y.y, z.y}, {x.z, y.z, z.z}};
}

}  // namespace kiln
