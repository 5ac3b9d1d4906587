#pragma once

#include "kernels/trigonometry.h"
#include "kernels/vec.h"

/// Reflection by the GGX microsurface (Walter et al., "Microfacet Models for Refraction through Rough Surfaces", 2007)
/// with Smith masking, height-correlated (Heitz, "Understanding the Masking-Shadowing Function in Microfacet-Based
/// BRDFs", JCGT 2014). Local frame, z = normal; `alpha` is the roughness along x and y (glTF: roughness squared).
namespace kiln {

/// Below this the lobe is narrower than a pixel and floats get scarce.
inline constexpr float kMinAlpha = 3e-4f;

/// Distribution of normals: projected areas integrate to 1 over the hemisphere.
KILN_HD float ggx_d(Vec3 h, Vec2 alpha) {
  const float s = square(h.x / alpha.x) + square(h.y / alpha.y) + h.z * h.z;
  return 1.0f / (kPi * alpha.x * alpha.y * s * s);
}

/// sqrt(z^2 + ax^2 x^2 + ay^2 y^2): with it G1(w) = 2 z / (z + s(w)) and G2(o, i) = 2 zo zi / (zi s(o) + zo s(i)), free
/// of a division by a cosine.
KILN_HD float ggx_stretched_length(Vec3 w, Vec2 alpha) {
  return std::sqrt(w.z * w.z + square(alpha.x * w.x) + square(alpha.y * w.y));
}

/// The microsurface as seen from wo; wo.z > 0.
struct Ggx {
  Vec3 wo{0, 0, 1};
  Vec2 alpha{1, 1}, inverse_alpha{1, 1};
  float stretched_wo = 1;   ///< s(wo)
  float peak = kInvPi;      ///< D of the normal: 1 / (pi ax ay)
  float pdf_scale = 0.25f;  ///< 1 / (2 (zo + s(wo))), that is G1(wo) / (4 zo)
};

KILN_HD Ggx make_ggx(Vec3 wo, Vec2 alpha) {
  Ggx g;
  g.wo = wo;
  g.alpha = alpha;
  g.inverse_alpha = {1.0f / alpha.x, 1.0f / alpha.y};
  g.stretched_wo = ggx_stretched_length(wo, alpha);
  g.peak = kInvPi * g.inverse_alpha.x * g.inverse_alpha.y;
  g.pdf_scale = 0.5f / (wo.z + g.stretched_wo);
  return g;
}

struct GgxValue {
  float f_cos = 0;   ///< D(h) G2 / (4 zo): Fresnel 1, times |cos wi|
  float pdf = 0;     ///< of ggx_sample in solid angle: D(h) G1(wo) / (4 zo)
  float cosine = 1;  ///< wo.h, for Fresnel
};

/// For wi.z > 0. The half vector is not normalised: D is homogeneous of degree -4 in it, and its length is 2 wo.h.
KILN_HD GgxValue ggx_value(const Ggx& g, Vec3 wi) {
  const Vec3 sum = g.wo + wi;
  const float squared = dot(sum, sum);
  const float q = square(sum.x * g.inverse_alpha.x) + square(sum.y * g.inverse_alpha.y) + sum.z * sum.z;
  const float d = g.peak * square(squared / q);
  const float masking = 0.5f * wi.z / (wi.z * g.stretched_wo + g.wo.z * ggx_stretched_length(wi, g.alpha));
  return {d * masking, d * g.pdf_scale, 0.5f * std::sqrt(squared)};
}

/// A normal, not of unit length, among those that wo sees, with the density D(h) G1(wo) max(0, wo.h) / zo (Dupuy and
/// Benyoub, "Sampling Visible GGX Normals with Spherical Caps", HPG 2023, listing 3).
KILN_HD Vec3 ggx_sample_visible_normal(const Ggx& g, float u, float v) {
  const Vec3 stretched = Vec3{g.wo.x * g.alpha.x, g.wo.y * g.alpha.y, g.wo.z} * (1.0f / g.stretched_wo);
  const float z = (1.0f - v) * (1.0f + stretched.z) - stretched.z, r = safe_sqrt(1.0f - z * z);
  const SinCos phi = sin_cos_turns(u);
  return {(r * phi.cos + stretched.x) * g.alpha.x, (r * phi.sin + stretched.y) * g.alpha.y,
          max_of(z + stretched.z, 1e-7f)};
}

/// wo mirrored at such a normal; it may go below the surface.
KILN_HD Vec3 ggx_sample(const Ggx& g, float u, float v) {
  const Vec3 h = ggx_sample_visible_normal(g, u, v);
  return h * (2.0f * dot(g.wo, h) / dot(h, h)) - g.wo;
}

}  // namespace kiln
