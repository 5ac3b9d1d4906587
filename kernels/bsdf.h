#pragma once

#include "kernels/fresnel.h"
#include "kernels/lambert.h"
#include "kernels/microfacet.h"
#include "kernels/microfacet_albedo.h"

/// The glTF 2.0 metallic-roughness material (specification, appendix B): mix(dielectric, metal, metallic), where the
/// dielectric is a GGX coat over a Lambertian base. All directions are local to the shading frame: z is the normal on
/// the side of the eye, x the tangent. They point away from the surface and have unit length.
///
/// Energy: light that the microsurface reflects more than once is given back by scaling the lobe (Turquin, "Practical
/// Multiple Scattering Compensation for Microfacet Models", 2019), and the base gets what the coat does not reflect
/// (albedo scaling, as the glTF extensions layer their lobes). So white reflects all, and nothing reflects more. The
/// scaling looks at wo only, which makes the model cheap and, for rough dielectrics, not quite reciprocal.
namespace kiln {

/// What the textures and factors of a material give at a point. Colours in [0, 1], linear.
struct SurfaceMaterial {
  Vec3 base_color{1, 1, 1};
  float metallic = 1, roughness = 1;
  float ior = 1.5f;
};

/// That material seen from `wo`, ready for many directions: everything that depends on wo alone is in here. Further
/// layers scale the lobes below them in the same way.
struct Bsdf {
  Ggx ggx;
  Vec3 f0{1, 1, 1}, f90{1, 1, 1};  ///< of the specular lobe, multiple scattering included
  Vec3 diffuse_albedo{0, 0, 0};
  float specular_probability = 1;  ///< of choosing the specular lobe for a sample
};

/// f |cos wi| and the density with which bsdf_sample gives wi.
struct BsdfValue {
  Vec3 f_cos{0, 0, 0};
  float pdf = 0;
};

struct BsdfSample {
  Vec3 wi{0, 0, 1};
  Vec3 weight{0, 0, 0};  ///< f |cos wi| / pdf
  float pdf = 0;         ///< in solid angle
  bool valid = false;    ///< false: the path ends here (the sample went below the surface)
};

/// `wo` may come from interpolated or mapped normals: below the horizon it is lifted to graze.
KILN_HD Bsdf make_bsdf(const SurfaceMaterial& m, Vec3 wo) {
  constexpr float kMinCosine = 1e-4f;
  Bsdf b;
  if (wo.z < kMinCosine) wo = normalize(Vec3{wo.x, wo.y, kMinCosine});
  const float alpha = max_of(square(m.roughness), kMinAlpha);
  b.ggx = make_ggx(wo, {alpha, alpha});

  // Dielectric and metal share the microsurface; each is scaled by 1 + f0 (1 - E) / E (Turquin 2019, equation 16).
  const GgxAlbedo albedo = ggx_albedo(wo.z, m.roughness);
  const float lost = 1.0f / (albedo.f0_part + albedo.f90_part) - 1.0f;
  const float dielectric_f0 = f0_from_ior(m.ior), dielectric_f90 = f90_from_f0(dielectric_f0);
  const float dielectric_scale = 1.0f + dielectric_f0 * lost;
  const float dielectric_share = (1.0f - m.metallic) * dielectric_scale;
  b.f90 = Vec3{1, 1, 1} * (dielectric_share * dielectric_f90 + m.metallic) + m.base_color * (m.metallic * lost);
  const Vec3 metal_scale = Vec3{1, 1, 1} + m.base_color * lost;
  b.f0 = Vec3{1, 1, 1} * (dielectric_share * dielectric_f0) + m.base_color * metal_scale * m.metallic;
  const float coat = dielectric_scale * (dielectric_f0 * albedo.f0_part + dielectric_f90 * albedo.f90_part);
  b.diffuse_albedo = m.base_color * ((1.0f - m.metallic) * (1.0f - coat));

  const float specular = luminance(b.f0 * albedo.f0_part + b.f90 * albedo.f90_part);
  const float diffuse = luminance(b.diffuse_albedo);
  b.specular_probability = diffuse > 0 ? specular / (specular + diffuse) : 1.0f;
  return b;
}

KILN_HD BsdfValue bsdf_value(const Bsdf& b, Vec3 wi) {
  if (!(wi.z > 0)) return {};
  const GgxValue specular = ggx_value(b.ggx, wi);
  const float diffuse = lambert_value(wi);
  const Vec3 f_cos = fresnel_schlick(b.f0, b.f90, specular.cosine) * specular.f_cos + b.diffuse_albedo * diffuse;
  return {f_cos, mix(diffuse, specular.pdf, b.specular_probability)};
}

/// f |cos wi|.
KILN_HD Vec3 bsdf_eval(const Bsdf& b, Vec3 wi) { return bsdf_value(b, wi).f_cos; }

/// The density of bsdf_sample in solid angle.
KILN_HD float bsdf_pdf(const Bsdf& b, Vec3 wi) { return bsdf_value(b, wi).pdf; }

/// Draws wi from three uniform numbers in [0, 1).
KILN_HD BsdfSample bsdf_sample(const Bsdf& b, Vec3 u) {
  const bool specular = u.z < b.specular_probability;
  const Vec3 wi = specular ? ggx_sample(b.ggx, u.x, u.y) : lambert_sample(u.x, u.y);
  const BsdfValue value = bsdf_value(b, wi);
  if (!(value.pdf > 0)) return {};
  return {wi, value.f_cos * (1.0f / value.pdf), value.pdf, true};
}

}  // namespace kiln
