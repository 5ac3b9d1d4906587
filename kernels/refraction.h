#pragma once

#include "kernels/microfacet.h"

/// Refraction by the GGX microsurface (Walter et al., "Microfacet Models for Refraction through Rough Surfaces", EGSR
/// 2007). `eta` is the index on the side of wo over that on the other side. Radiance is carried as L / n²: what a ray
/// loses in brightness on its way out of a body it has gained on its way in.
namespace kiln {

/// Reflectance between dielectrics for unpolarised light (Fresnel's equations); 1 where all is reflected inside.
/// `cosine`: between wo and the (micro)surface's normal.
KILN_HD float fresnel_dielectric(float cosine, float eta) {
  const float sine_squared = eta * eta * (1.0f - cosine * cosine);
  if (sine_squared >= 1.0f) return 1.0f;
  const float c = std::sqrt(1.0f - sine_squared);
  const float parallel = (cosine - eta * c) / (cosine + eta * c), across = (eta * cosine - c) / (eta * cosine + c);
  return 0.5f * (parallel * parallel + across * across);
}

/// wo refracted at the unit normal h (wo.h > 0); zero where all is reflected.
KILN_HD Vec3 refract(Vec3 wo, Vec3 h, float eta) {
  const float cosine = dot(wo, h), sine_squared = eta * eta * (1.0f - cosine * cosine);
  if (sine_squared >= 1.0f) return {0, 0, 0};
  return h * (eta * cosine - std::sqrt(1.0f - sine_squared)) - wo * eta;
}

struct RefractionValue {
  float f_cos = 0;   ///< without Fresnel's term, times |cos wi|
  float pdf = 0;     ///< of refracting at a visible normal, in solid angle
  float cosine = 1;  ///< wo.h, for Fresnel
};

/// For wi.z < 0.
KILN_HD RefractionValue refraction_value(const Ggx& g, Vec3 wi, float eta) {
  Vec3 h = g.wo * eta + wi;  // along the normal, on either side
  const float squared = dot(h, h);
  if (!(squared > 1e-12f)) return {};  // equal indices: the direct way, which no density describes
  h = h * ((h.z < 0 ? -1.0f : 1.0f) / std::sqrt(squared));
  const float cosine_o = dot(g.wo, h), cosine_i = dot(wi, h);
  if (cosine_o <= 0 || cosine_i >= 0) return {};
  const float visible = ggx_d(h, g.alpha) * 2.0f * cosine_o / (g.wo.z + g.stretched_wo);  // density of h
  const float jacobian = -cosine_i / square(eta * cosine_o + cosine_i);
  const float pdf = visible * jacobian;
  const float masking_i = -2.0f * wi.z / (-wi.z + ggx_stretched_length(wi, g.alpha));
  return {pdf * masking_i, pdf, cosine_o};
}

}  // namespace kiln
