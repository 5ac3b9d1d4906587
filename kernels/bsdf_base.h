#pragma once

#include "kernels/frame.h"
#include "kernels/fresnel.h"
#include "kernels/glass_albedo.h"
#include "kernels/lambert.h"
#include "kernels/microfacet.h"
#include "kernels/microfacet_albedo.h"
#include "kernels/refraction.h"
#include "kernels/thin_film.h"

/// The base of a material, below sheen and clearcoat: mix(dielectric, metal, metallic), where the dielectric is a GGX
/// coat over what is below it: a Lambertian base, or what KHR_materials_transmission and
/// KHR_materials_diffuse_transmission let through. See bsdf.h.
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
  float transmission = 0;
  bool refracts = false;   ///< a body's surface bends what it lets through; else it is a thin sheet
  bool is_window = false;  ///< the path has let light through a smooth sheet already: no lobe for it
  float eta = 1;           ///< for one that refracts: the index on the side of wo over that on the other
  float diffuse_transmission = 0;
  Vec3 diffuse_transmission_color{1, 1, 1};
};

/// f |cos wi| and the density with which wi is drawn.
struct BsdfValue {
  Vec3 f_cos{0, 0, 0};
  float pdf = 0;
};

/// The reflection of a base under a thin film, before Schlick's is mixed in by 1 - amount.
struct FilmLobe {
  float amount = 0;
  ThinFilm film;
  Vec3 dielectric_f0{0, 0, 0}, metal_f0{0, 0, 0};
  Vec3 dielectric_scale{0, 0, 0}, metal_scale{0, 0, 0};
};

/// What a base lets through.
struct TransmissionLobes {
  Vec3 color{0, 0, 0};    ///< of the specular lobe; where it refracts, still without what Fresnel's term reflects
  bool refracts = false;  ///< else the lobe is that of reflection, mirrored to the other side
  float eta = 1;
  Vec3 dielectric{0, 0, 0};       ///< factor of the exact Fresnel term of a surface that refracts; f0 and f90 lack it
  float tint = 1;                 ///< the largest of that term's colours: the rest gets through
  Vec3 diffuse{0, 0, 0};          ///< albedo of the Lambertian lobe on the other side
  float diffuse_probability = 0;  ///< of that one when a diffuse lobe is sampled
};

/// A base seen from `wo`: everything that depends on wo alone is in here.
struct BaseBsdf {
  Ggx ggx;
  Vec3 f0{1, 1, 1}, f90{1, 1, 1};  ///< of the specular lobe, multiple scattering included
  Vec3 diffuse_albedo{0, 0, 0};
  float specular_probability = 1;  ///< of choosing the microsurface for a sample
  bool has_film = false, transmits = false;
  FilmLobe film;
  TransmissionLobes through;
};

namespace detail {

/// `wo` may come from interpolated or mapped normals: below the horizon it is lifted to graze.
KILN_HD Vec3 above_horizon(Vec3 wo) {
  constexpr float kMinCosine = 1e-4f;
  return wo.z < kMinCosine ? normalize(Vec3{wo.x, wo.y, kMinCosine}) : wo;
}

/// The core material: `wo` above the horizon.
KILN_HD BaseBsdf make_core(const SurfaceMaterial& m, Vec3 wo) {
  BaseBsdf b;
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

KILN_HD float alpha_of(float roughness) { return max_of(square(roughness), kMinAlpha); }

/// KHR_materials_anisotropy: the highlight is stretched along x.
KILN_HD Vec2 anisotropic_alpha(float roughness, float anisotropy) {
  const float alpha = alpha_of(roughness);
  return {mix(alpha, 1.0f, square(anisotropy)), alpha};
}

/// KHR_materials_iridescence: the film stands in for Schlick's term, with the base's own reflectance below it.
KILN_HD void add_film(const SurfaceMaterial& m, const SurfaceLayers& l, Vec3 dielectric_f0, float lost, float cosine,
                      BaseBsdf& b) {
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
KILN_HD Vec3 base_fresnel(const BaseBsdf& b, float cosine) {
  Vec3 schlick = fresnel_schlick(b.f0, b.f90, cosine);
  if (b.transmits && b.through.refracts) schlick += b.through.dielectric * fresnel_dielectric(cosine, b.through.eta);
  if (!b.has_film) return schlick;
  const FilmLobe& f = b.film;
  const Vec3 film = fresnel_thin_film(f.film, f.dielectric_f0, cosine) * f.dielectric_scale +
                    fresnel_thin_film(f.film, f.metal_f0, cosine) * f.metal_scale;
  return lerp(schlick, film, f.amount);
}

/// KHR_materials_transmission (with KHR_materials_volume when it refracts) and _diffuse_transmission take their shares
/// of what else would be diffuse. `below`: what the coat leaves of white; `total`: single scattering's albedo.
KILN_HD void add_transmission(const SurfaceMaterial& m, const SurfaceLayers& l, float below, float total, BaseBsdf& b) {
  b.transmits = true;
  TransmissionLobes& t = b.through;
  const float dielectric = 1.0f - m.metallic, diffuse = dielectric * below * (1.0f - l.transmission);
  b.diffuse_albedo = m.base_color * (diffuse * (1.0f - l.diffuse_transmission));
  t.diffuse = l.diffuse_transmission_color * (diffuse * l.diffuse_transmission);
  if (!l.refracts && !l.is_window) t.color = m.base_color * (dielectric * below * l.transmission / total);
}

/// The surface of a body: Fresnel's equations in place of Schlick's term for the dielectric, on both sides. What single
/// scattering loses is given back to reflection and refraction alike.
KILN_HD void add_refraction(const SurfaceMaterial& m, const SurfaceLayers& l, float roughness, Vec3 metal_scale,
                            BaseBsdf& b) {
  TransmissionLobes& t = b.through;
  const float gain = 1.0f / glass_albedo(b.ggx.wo.z, roughness, l.eta), dielectric = 1.0f - m.metallic;
  const Vec3 c = l.specular_color * l.specular;
  const Vec3 tint{min_of(c.x, 1.0f), min_of(c.y, 1.0f), min_of(c.z, 1.0f)};
  t.refracts = true;
  t.eta = l.eta;
  t.tint = max_component(tint);
  t.dielectric = tint * (dielectric * gain);
  t.color = m.base_color * (dielectric * gain * l.transmission);
  b.f0 = m.base_color * metal_scale * m.metallic;
  b.f90 = metal_scale * m.metallic;
}

/// The colour of the specular lobe on the other side for microfacets that wo meets at this cosine.
KILN_HD Vec3 transmitted(const TransmissionLobes& t, float cosine) {
  return t.refracts ? t.color * (1.0f - t.tint * fresnel_dielectric(cosine, t.eta)) : t.color;
}

/// Of reflecting at a microfacet, when it may also let through.
KILN_HD float reflection_probability(const BaseBsdf& b, float cosine) {
  const float r = luminance(base_fresnel(b, cosine)), t = luminance(transmitted(b.through, cosine));
  return r + t > 0 ? r / (r + t) : 1.0f;
}

KILN_HD void choose_probabilities(Vec3 specular_albedo, BaseBsdf& b) {
  TransmissionLobes& t = b.through;
  float specular = luminance(specular_albedo), diffuse = luminance(b.diffuse_albedo);
  if (b.transmits) {
    const float behind = luminance(t.diffuse);
    specular += luminance(transmitted(t, b.ggx.wo.z));
    diffuse += behind;
    t.diffuse_probability = diffuse > 0 ? behind / diffuse : 0.0f;
  }
  b.specular_probability = diffuse > 0 ? specular / (specular + diffuse) : 1.0f;
}

/// The base with the extensions that change it.
KILN_HD BaseBsdf make_base(const SurfaceMaterial& m, const SurfaceLayers& l, Vec3 wo) {
  BaseBsdf b;
  const Vec2 alpha = anisotropic_alpha(m.roughness, l.anisotropy);
  b.ggx = make_ggx(wo, alpha);
  const float roughness = l.anisotropy > 0 ? round_roughness(alpha) : m.roughness;  // the tables know round lobes only
  const GgxAlbedo albedo = ggx_albedo(wo.z, roughness);
  const float total = albedo.f0_part + albedo.f90_part, lost = 1.0f / total - 1.0f;
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
    coat = lerp(coat, fresnel_thin_film(l.film, bare_f0, wo.z) * l.specular, l.iridescence);
  }
  const float below = 1.0f - min_of(max_component(coat), 1.0f);
  b.diffuse_albedo = m.base_color * ((1.0f - m.metallic) * below);
  if (l.transmission > 0 || l.diffuse_transmission > 0) add_transmission(m, l, below, total, b);
  if (l.transmission > 0 && l.refracts) add_refraction(m, l, roughness, metal_scale, b);
  const bool is_schlick = !b.has_film && !b.through.refracts;
  choose_probabilities(is_schlick ? b.f0 * albedo.f0_part + b.f90 * albedo.f90_part : base_fresnel(b, wo.z) * total, b);
  return b;
}

/// On the side of wo.
KILN_HD BsdfValue reflected_value(const BaseBsdf& b, Vec3 wi) {
  const GgxValue specular = ggx_value(b.ggx, wi);
  const float diffuse = lambert_value(wi);
  const Vec3 f_cos = base_fresnel(b, specular.cosine) * specular.f_cos + b.diffuse_albedo * diffuse;
  if (!b.transmits) return {f_cos, mix(diffuse, specular.pdf, b.specular_probability)};
  const float specular_pdf = specular.pdf * reflection_probability(b, specular.cosine);
  return {f_cos, mix(diffuse * (1.0f - b.through.diffuse_probability), specular_pdf, b.specular_probability)};
}

/// On the other side.
KILN_HD BsdfValue transmitted_value(const BaseBsdf& b, Vec3 wi) {
  const TransmissionLobes& t = b.through;
  const Vec3 mirrored{wi.x, wi.y, -wi.z};
  RefractionValue specular;
  if (t.refracts) {
    specular = refraction_value(b.ggx, wi, t.eta);
  } else if (max_component(t.color) > 0) {
    const GgxValue g = ggx_value(b.ggx, mirrored);
    specular = {g.f_cos, g.pdf, g.cosine};
  }
  const float diffuse = lambert_value(mirrored);
  const float specular_pdf = specular.pdf * (1.0f - reflection_probability(b, specular.cosine));
  return {transmitted(t, specular.cosine) * specular.f_cos + t.diffuse * diffuse,
          mix(diffuse * t.diffuse_probability, specular_pdf, b.specular_probability)};
}

/// A direction from the microsurface, on either side; zero where the facet throws the light back at the surface.
KILN_HD Vec3 sample_microsurface(const BaseBsdf& b, Vec3 u) {
  constexpr Vec3 kNowhere{0, 0, 0};
  if (!b.transmits) return ggx_sample(b.ggx, u.x, u.y);
  const Vec3 h = normalize(ggx_sample_visible_normal(b.ggx, u.x, u.y));
  const float cosine = dot(b.ggx.wo, h);
  const Vec3 mirrored = h * (2.0f * cosine) - b.ggx.wo;
  if (u.z < reflection_probability(b, cosine)) return mirrored.z > 0 ? mirrored : kNowhere;
  if (!b.through.refracts) return mirrored.z > 0 ? Vec3{mirrored.x, mirrored.y, -mirrored.z} : kNowhere;
  const Vec3 bent = refract(b.ggx.wo, h, b.through.eta);
  return bent.z < 0 ? bent : kNowhere;
}

KILN_HD Vec3 sample_diffuse(const BaseBsdf& b, Vec3 u) {
  const Vec3 wi = lambert_sample(u.x, u.y);
  return b.transmits && u.z < b.through.diffuse_probability ? Vec3{wi.x, wi.y, -wi.z} : wi;
}

KILN_HD BsdfValue base_value(const BaseBsdf& b, Vec3 wi) {
  if (wi.z > 0) return reflected_value(b, wi);
  return wi.z < 0 && b.transmits ? transmitted_value(b, wi) : BsdfValue{};
}

/// A direction from three uniform numbers; zero where there is none.
KILN_HD Vec3 sample_base(const BaseBsdf& b, Vec3 u) {
  const float p = b.specular_probability;
  if (u.z < p) return sample_microsurface(b, {u.x, u.y, u.z / p});
  return sample_diffuse(b, {u.x, u.y, min_of((u.z - p) / (1.0f - p), 0.99999994f)});
}

}  // namespace detail
}  // namespace kiln
