#pragma once

#include "kernels/frame.h"
#include "kernels/fresnel.h"
#include "kernels/lambert.h"
#include "kernels/microfacet.h"
#include "kernels/microfacet_albedo.h"
#include "kernels/sheen.h"
#include "kernels/thin_film.h"

/// The glTF 2.0 metallic-roughness material (specification, appendix B): mix(dielectric, metal, metallic), where the
/// dielectric is a GGX coat over a Lambertian base; and on top of it the layers of the material extensions, sheen over
/// clearcoat over the base, as KHR_materials_sheen and KHR_materials_clearcoat say. All directions are local to the
/// shading frame: z is the normal on the side of the eye, x the tangent. They point away from the surface and have unit
/// length.
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

/// The same of the material extensions; the defaults change nothing.
struct SurfaceLayers {
  float specular = 1;
  Vec3 specular_color{1, 1, 1};
  float anisotropy = 0;  ///< along x
  float iridescence = 0;
  ThinFilm film;
  float coat = 0, coat_roughness = 0;
  Frame coat_frame;  ///< its normal is z; in the shading frame's coordinates
  Vec3 sheen_color{0, 0, 0};
  float sheen_roughness = 0;
};

/// The reflection of a base under a thin film, before Schlick's is mixed in by 1 - amount.
struct FilmLobe {
  float amount = 0;
  ThinFilm film;
  Vec3 dielectric_f0{0, 0, 0}, metal_f0{0, 0, 0};
  Vec3 dielectric_scale{0, 0, 0}, metal_scale{0, 0, 0};
};

/// What lies over the base.
struct BsdfLayers {
  Ggx coat;
  Frame coat_frame;
  float coat_f0 = 0, coat_f90 = 0;  ///< multiple scattering and the coat's strength included
  Vec3 sheen_color{0, 0, 0};        ///< scaled so that no more is reflected than arrives
  float sheen_roughness = 1;
  Vec3 wo{0, 0, 1};
  float under_coat = 1, under_sheen = 1;  ///< the shares of light that get below
  float sheen_probability = 0, coat_probability = 0;
};

/// That material seen from `wo`, ready for many directions: everything that depends on wo alone is in here. Further
/// layers scale the lobes below them in the same way.
struct Bsdf {
  Ggx ggx;
  Vec3 f0{1, 1, 1}, f90{1, 1, 1};  ///< of the specular lobe, multiple scattering included
  Vec3 diffuse_albedo{0, 0, 0};
  float specular_probability = 1;  ///< of choosing the specular lobe for a sample of the base
  bool has_film = false, has_layers = false;
  FilmLobe film;
  BsdfLayers layers;
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

namespace detail {

/// `wo` may come from interpolated or mapped normals: below the horizon it is lifted to graze.
KILN_HD Vec3 above_horizon(Vec3 wo) {
  constexpr float kMinCosine = 1e-4f;
  return wo.z < kMinCosine ? normalize(Vec3{wo.x, wo.y, kMinCosine}) : wo;
}

}  // namespace detail

/// The core material. `wo` may come from interpolated or mapped normals.
KILN_HD Bsdf make_bsdf(const SurfaceMaterial& m, Vec3 wo) {
  Bsdf b;
  wo = detail::above_horizon(wo);
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

namespace detail {

KILN_HD float alpha_of(float roughness) { return max_of(square(roughness), kMinAlpha); }

/// KHR_materials_anisotropy: the highlight is stretched along x.
KILN_HD Vec2 anisotropic_alpha(float roughness, float anisotropy) {
  const float alpha = alpha_of(roughness);
  return {mix(alpha, 1.0f, square(anisotropy)), alpha};
}

/// KHR_materials_iridescence: the film stands in for Schlick's term, with the base's own reflectance below it.
KILN_HD void add_film(const SurfaceMaterial& m, const SurfaceLayers& l, Vec3 dielectric_f0, float lost, float cosine,
                      Bsdf& b) {
  b.has_film = true;
  FilmLobe& film = b.film;
  film.amount = l.iridescence;
  film.film = l.film;
  film.dielectric_f0 = dielectric_f0;
  film.metal_f0 = m.base_color;
  const Vec3 white{1, 1, 1};
  const Vec3 dielectric = fresnel_thin_film(l.film, dielectric_f0, cosine);
  const Vec3 metal = fresnel_thin_film(l.film, m.base_color, cosine);
  film.dielectric_scale = (white + dielectric * lost) * (l.specular * (1.0f - m.metallic));
  film.metal_scale = (white + metal * lost) * m.metallic;
}

/// The specular lobe's Fresnel term, with the shares of dielectric and metal and multiple scattering in it.
KILN_HD Vec3 base_fresnel(const Bsdf& b, float cosine) {
  const Vec3 schlick = fresnel_schlick(b.f0, b.f90, cosine);
  if (!b.has_film) return schlick;
  const FilmLobe& f = b.film;
  const Vec3 film = fresnel_thin_film(f.film, f.dielectric_f0, cosine) * f.dielectric_scale +
                    fresnel_thin_film(f.film, f.metal_f0, cosine) * f.metal_scale;
  return lerp(schlick, film, f.amount);
}

/// The base with KHR_materials_specular, _anisotropy and _iridescence.
KILN_HD Bsdf make_base(const SurfaceMaterial& m, const SurfaceLayers& l, Vec3 wo) {
  Bsdf b;
  const Vec2 alpha = anisotropic_alpha(m.roughness, l.anisotropy);
  b.ggx = make_ggx(wo, alpha);
  // The table knows round lobes only; the geometric mean of both widths is near enough.
  const float roughness = l.anisotropy > 0 ? std::sqrt(std::sqrt(alpha.x * alpha.y)) : m.roughness;
  const GgxAlbedo albedo = ggx_albedo(wo.z, roughness);
  const float lost = 1.0f / (albedo.f0_part + albedo.f90_part) - 1.0f;
  const float ior_f0 = f0_from_ior(m.ior);
  const Vec3 white{1, 1, 1};
  const Vec3 tinted = l.specular_color * ior_f0;
  const Vec3 bare_f0{min_of(tinted.x, 1.0f), min_of(tinted.y, 1.0f), min_of(tinted.z, 1.0f)};
  const Vec3 dielectric_f0 = bare_f0 * l.specular;
  const float dielectric_f90 = f90_from_f0(ior_f0) * l.specular;
  const Vec3 dielectric_scale = white + dielectric_f0 * lost;
  const Vec3 metal_scale = white + m.base_color * lost;
  b.f0 = dielectric_f0 * dielectric_scale * (1.0f - m.metallic) + m.base_color * metal_scale * m.metallic;
  b.f90 = dielectric_scale * (dielectric_f90 * (1.0f - m.metallic)) + metal_scale * m.metallic;
  Vec3 coat = dielectric_scale * (dielectric_f0 * albedo.f0_part + white * (dielectric_f90 * albedo.f90_part));
  if (l.iridescence > 0) {
    add_film(m, l, bare_f0, lost, wo.z, b);
    const Vec3 film = fresnel_thin_film(l.film, bare_f0, wo.z);
    coat = lerp(coat, film * l.specular, l.iridescence);
  }
  const float reflected = min_of(max_component(coat), 1.0f);
  b.diffuse_albedo = m.base_color * ((1.0f - m.metallic) * (1.0f - reflected));
  Vec3 specular_albedo = b.f0 * albedo.f0_part + b.f90 * albedo.f90_part;
  if (b.has_film) specular_albedo = base_fresnel(b, wo.z) * (albedo.f0_part + albedo.f90_part);
  const float specular = luminance(specular_albedo), diffuse = luminance(b.diffuse_albedo);
  b.specular_probability = diffuse > 0 ? specular / (specular + diffuse) : 1.0f;
  return b;
}

/// KHR_materials_clearcoat: a dielectric of index 1.5. Gives its albedo.
KILN_HD float add_coat(const SurfaceLayers& l, Vec3 wo, BsdfLayers& layers) {
  constexpr float kCoatF0 = 0.04f;
  const Vec3 coat_wo = above_horizon(to_local(l.coat_frame, wo));
  const float alpha = alpha_of(l.coat_roughness);
  layers.coat = make_ggx(coat_wo, {alpha, alpha});
  layers.coat_frame = l.coat_frame;
  const GgxAlbedo albedo = ggx_albedo(coat_wo.z, l.coat_roughness);
  const float lost = 1.0f / (albedo.f0_part + albedo.f90_part) - 1.0f;
  const float scale = l.coat * (1.0f + kCoatF0 * lost);
  layers.coat_f0 = scale * kCoatF0;
  layers.coat_f90 = scale;
  const float reflected = min_of(layers.coat_f0 * albedo.f0_part + layers.coat_f90 * albedo.f90_part, 1.0f);
  layers.under_coat = 1.0f - reflected;
  return reflected;
}

/// KHR_materials_sheen. Gives its albedo.
KILN_HD float add_sheen(const SurfaceLayers& l, Vec3 wo, BsdfLayers& layers) {
  layers.sheen_roughness = l.sheen_roughness;
  const float albedo = sheen_albedo(wo.z, l.sheen_roughness);  // above 1 for some: the lobe is scaled down there
  layers.sheen_color = l.sheen_color * (1.0f / max_of(albedo, 1.0f));
  const float reflected = max_component(l.sheen_color) * min_of(albedo, 1.0f);
  layers.under_sheen = 1.0f - reflected;
  return reflected;
}

KILN_HD BsdfValue base_value(const Bsdf& b, Vec3 wi) {
  if (!(wi.z > 0)) return {};
  const GgxValue specular = ggx_value(b.ggx, wi);
  const float diffuse = lambert_value(wi);
  const Vec3 f_cos = base_fresnel(b, specular.cosine) * specular.f_cos + b.diffuse_albedo * diffuse;
  return {f_cos, mix(diffuse, specular.pdf, b.specular_probability)};
}

/// The layers over the base's value.
KILN_HD BsdfValue layered_value(const BsdfLayers& l, Vec3 wi, const BsdfValue& base) {
  BsdfValue value{base.f_cos * (l.under_coat * l.under_sheen),
                  base.pdf * (1.0f - l.coat_probability - l.sheen_probability)};
  if (l.coat_probability > 0) {
    const Vec3 coat_wi = to_local(l.coat_frame, wi);
    if (coat_wi.z > 0 && wi.z > 0) {
      const GgxValue coat = ggx_value(l.coat, coat_wi);
      const float fresnel = mix(l.coat_f0, l.coat_f90, schlick_weight(coat.cosine));
      value.f_cos += Vec3{1, 1, 1} * (fresnel * coat.f_cos * l.under_sheen);
      value.pdf += l.coat_probability * coat.pdf;
    }
  }
  if (l.sheen_probability > 0 && wi.z > 0) {
    value.f_cos += l.sheen_color * sheen_value(l.wo, wi, l.sheen_roughness);
    value.pdf += l.sheen_probability * (0.5f * kInvPi);
  }
  return value;
}

KILN_HD Vec3 sample_base(const Bsdf& b, Vec3 u) {
  return u.z < b.specular_probability ? ggx_sample(b.ggx, u.x, u.y) : lambert_sample(u.x, u.y);
}

}  // namespace detail

/// A material with extensions.
KILN_HD Bsdf make_bsdf(const SurfaceMaterial& m, const SurfaceLayers& l, Vec3 wo) {
  wo = detail::above_horizon(wo);
  Bsdf b = detail::make_base(m, l, wo);
  if (!(l.coat > 0) && !(max_component(l.sheen_color) > 0)) return b;
  b.has_layers = true;
  BsdfLayers& layers = b.layers;
  layers.wo = wo;
  const float coat = l.coat > 0 ? detail::add_coat(l, wo, layers) : 0.0f;
  const float sheen = max_component(l.sheen_color) > 0 ? detail::add_sheen(l, wo, layers) : 0.0f;
  // A sample is worth little where the rest reflects nothing: the base is chosen by what it reflects, at least 1/10.
  const float base = max_of(0.1f, luminance(b.f0) + luminance(b.diffuse_albedo)) * layers.under_coat;
  const float under = coat + base, all = sheen + layers.under_sheen * under;
  layers.sheen_probability = sheen / all;
  layers.coat_probability = layers.under_sheen * coat / all;
  return b;
}

KILN_HD BsdfValue bsdf_value(const Bsdf& b, Vec3 wi) {
  const BsdfValue base = detail::base_value(b, wi);
  return b.has_layers ? detail::layered_value(b.layers, wi, base) : base;
}

/// f |cos wi|.
KILN_HD Vec3 bsdf_eval(const Bsdf& b, Vec3 wi) { return bsdf_value(b, wi).f_cos; }

/// The density of bsdf_sample in solid angle.
KILN_HD float bsdf_pdf(const Bsdf& b, Vec3 wi) { return bsdf_value(b, wi).pdf; }

namespace detail {

/// One of the layers or the base, by their probabilities.
KILN_HD Vec3 sample_layers(const Bsdf& b, Vec3 u) {
  const BsdfLayers& l = b.layers;
  if (u.z < l.sheen_probability) {
    const SinCos phi = sin_cos_turns(u.x);
    const float r = safe_sqrt(1.0f - u.y * u.y);
    return {r * phi.cos, r * phi.sin, u.y};
  }
  const float rest = u.z - l.sheen_probability;
  if (rest < l.coat_probability) return to_world(l.coat_frame, ggx_sample(l.coat, u.x, u.y));
  const float base = 1.0f - l.sheen_probability - l.coat_probability;
  return sample_base(b, {u.x, u.y, min_of((rest - l.coat_probability) / base, 0.99999994f)});
}

}  // namespace detail

/// Draws wi from three uniform numbers in [0, 1).
KILN_HD BsdfSample bsdf_sample(const Bsdf& b, Vec3 u) {
  const Vec3 wi = b.has_layers ? detail::sample_layers(b, u) : detail::sample_base(b, u);
  const BsdfValue value = bsdf_value(b, wi);
  if (!(value.pdf > 0)) return {};
  return {wi, value.f_cos * (1.0f / value.pdf), value.pdf, true};
}

}  // namespace kiln
