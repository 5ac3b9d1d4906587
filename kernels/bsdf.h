#pragma once

#include "kernels/bsdf_base.h"
#include "kernels/sheen.h"

/// The glTF 2.0 metallic-roughness material (specification, appendix B): mix(dielectric, metal, metallic), where the
/// dielectric is a GGX coat over a Lambertian base (bsdf_base.h); and on top of it the layers of the material
/// extensions, sheen over clearcoat over the base, as KHR_materials_sheen and KHR_materials_clearcoat say. All
/// directions are local to the shading frame: z is the normal on the side of the eye, x the tangent. They point away
/// from the surface and have unit length.
///
/// Energy: light that the microsurface reflects more than once is given back by scaling the lobe (Turquin, "Practical
/// Multiple Scattering Compensation for Microfacet Models", 2019), and the base gets what the coat does not reflect
/// (albedo scaling, as the glTF extensions layer their lobes). So white reflects all, and nothing reflects more. The
/// scaling looks at wo only, which makes the model cheap and, for rough dielectrics, not quite reciprocal.
namespace kiln {

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

/// A material seen from `wo`, ready for many directions: everything that depends on wo alone is in here.
struct Bsdf {
  BaseBsdf base;
  bool has_layers = false;
  BsdfLayers layers;
};

struct BsdfSample {
  Vec3 wi{0, 0, 1};
  Vec3 weight{0, 0, 0};  ///< f |cos wi| / pdf
  float pdf = 0;         ///< in solid angle
  bool valid = false;    ///< false: the path ends here (the sample went below a surface that lets nothing through)
};

/// The core material. `wo` may come from interpolated or mapped normals.
KILN_HD Bsdf make_bsdf(const SurfaceMaterial& m, Vec3 wo) {
  Bsdf b;
  b.base = detail::make_core(m, detail::above_horizon(wo));
  return b;
}

namespace detail {

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

/// One of the layers or the base, by their probabilities.
KILN_HD Vec3 sample_layers(const Bsdf& b, Vec3 u) {
  const BsdfLayers& l = b.layers;
  if (u.z < l.sheen_probability) {
    const SinCos phi = sin_cos_turns(u.x);
    const float r = safe_sqrt(1.0f - u.y * u.y);
    return {r * phi.cos, r * phi.sin, u.y};
  }
  const float rest = u.z - l.sheen_probability;
  if (rest < l.coat_probability) {
    const Vec3 wi = to_world(l.coat_frame, ggx_sample(l.coat, u.x, u.y));
    return wi.z > 0 ? wi : Vec3{0, 0, 0};
  }
  const float base = 1.0f - l.sheen_probability - l.coat_probability;
  return sample_base(b.base, {u.x, u.y, min_of((rest - l.coat_probability) / base, 0.99999994f)});
}

}  // namespace detail

/// A material with extensions.
KILN_HD Bsdf make_bsdf(const SurfaceMaterial& m, const SurfaceLayers& l, Vec3 wo) {
  wo = detail::above_horizon(wo);
  Bsdf b;
  b.base = detail::make_base(m, l, wo);
  if (!(l.coat > 0) && !(max_component(l.sheen_color) > 0)) return b;
  b.has_layers = true;
  BsdfLayers& layers = b.layers;
  layers.wo = wo;
  const float coat = l.coat > 0 ? detail::add_coat(l, wo, layers) : 0.0f;
  const float sheen = max_component(l.sheen_color) > 0 ? detail::add_sheen(l, wo, layers) : 0.0f;
  // A sample is worth little where the rest reflects nothing: the base is chosen by what it gives, at least 1/10.
  const Vec3 given = b.base.f0 + b.base.diffuse_albedo + b.base.through.color + b.base.through.diffuse;
  const float base = clamp_to(luminance(given), 0.1f, 1.0f) * layers.under_coat;
  const float under = coat + base, all = sheen + layers.under_sheen * under;
  layers.sheen_probability = sheen / all;
  layers.coat_probability = layers.under_sheen * coat / all;
  return b;
}

KILN_HD BsdfValue bsdf_value(const Bsdf& b, Vec3 wi) {
  const BsdfValue base = detail::base_value(b.base, wi);
  return b.has_layers ? detail::layered_value(b.layers, wi, base) : base;
}

/// f |cos wi|.
KILN_HD Vec3 bsdf_eval(const Bsdf& b, Vec3 wi) { return bsdf_value(b, wi).f_cos; }

/// The density of bsdf_sample in solid angle.
KILN_HD float bsdf_pdf(const Bsdf& b, Vec3 wi) { return bsdf_value(b, wi).pdf; }

/// Draws wi from three uniform numbers in [0, 1).
KILN_HD BsdfSample bsdf_sample(const Bsdf& b, Vec3 u) {
  const Vec3 wi = b.has_layers ? detail::sample_layers(b, u) : detail::sample_base(b.base, u);
  const BsdfValue value = bsdf_value(b, wi);
  if (!(value.pdf > 0)) return {};
  return {wi, value.f_cos * (1.0f / value.pdf), value.pdf, true};
}

}  // namespace kiln
