#pragma once

#include "kernels/fresnel.h"

/// Reflection by a thin transparent film on a surface (Belcour and Barla, "A Practical Extension to Microfacet Theory
/// for the Modeling of Varying Iridescence", 2017), in the form of KHR_materials_iridescence: Schlick's approximation
/// at both interfaces, no absorption, two further bounces inside the film.
namespace kiln {

struct ThinFilm {
  float ior = 1.3f;
  float thickness_nm = 400;
};

namespace detail {

/// The response of the eye's three receptors (CIE 1931, fitted by Gaussians of the frequency, Belcour and Barla 2017,
/// section 5) to light whose spectrum is a cosine with this path difference and phase; as linear Rec. 709.
KILN_HD Vec3 film_sensitivity(float path_difference_nm, Vec3 phase_shift) {
  constexpr float kScale = 1.0f / 1.0685e-7f;
  const float phase = 2.0f * kPi * path_difference_nm * 1e-9f, squared = phase * phase;
  const float x = 5.4856e-13f * std::sqrt(2.0f * kPi * 4.3278e9f) * std::cos(1.6810e6f * phase + phase_shift.x) *
                      std::exp(-4.3278e9f * squared) +
                  9.7470e-14f * std::sqrt(2.0f * kPi * 4.5282e9f) * std::cos(2.2399e6f * phase + phase_shift.x) *
                      std::exp(-4.5282e9f * squared);
  const float y = 4.4201e-13f * std::sqrt(2.0f * kPi * 9.3046e9f) * std::cos(1.7953e6f * phase + phase_shift.y) *
                  std::exp(-9.3046e9f * squared);
  const float z = 5.2481e-13f * std::sqrt(2.0f * kPi * 6.6121e9f) * std::cos(2.2084e6f * phase + phase_shift.z) *
                  std::exp(-6.6121e9f * squared);
  return Vec3{3.2404542f * x - 1.5371385f * y - 0.4985314f * z, -0.9692660f * x + 1.8760108f * y + 0.0415560f * z,
              0.0556434f * x - 0.2040259f * y + 1.0572252f * z} *
         kScale;
}

/// Reflectance between film and base at normal incidence, and the phase that reflection there adds.
struct FilmBase {
  float f0 = 0, phase = 0;
};

KILN_HD FilmBase film_base(float base_f0, float film_ior) {
  const float root = std::sqrt(clamp_to(base_f0, 0.0f, 0.9999f));
  const float ior = (1.0f + root) / (1.0f - root);
  return {square((ior - film_ior) / (ior + film_ior)), ior < film_ior ? kPi : 0.0f};
}

KILN_HD float film_channel(float r12, float r23, Vec3 order1, Vec3 order2, int channel) {
  const float t121 = 1.0f - r12, r123 = clamp_to(r12 * r23, 1e-5f, 0.9999f), root = std::sqrt(r123);
  const float rs = square(t121) * r23 / (1.0f - r123);
  const float c1 = (rs - t121) * root, c2 = c1 * root;
  const float s1 = channel == 0 ? order1.x : channel == 1 ? order1.y : order1.z;
  const float s2 = channel == 0 ? order2.x : channel == 1 ? order2.y : order2.z;
  return saturate(r12 + rs + 2.0f * (c1 * s1 + c2 * s2));
}

}  // namespace detail

/// Reflectance of the coated surface seen through air; `base_f0` is that of the bare surface at normal incidence,
/// `cosine` that between the directions and the (micro)surface's normal.
KILN_HD Vec3 fresnel_thin_film(const ThinFilm& film, Vec3 base_f0, float cosine) {
  const float t = saturate(film.thickness_nm * (1.0f / 0.03f));  // no film, no edge: the index fades to that of air
  const float ior = mix(1.0f, film.ior, t * t * (3.0f - 2.0f * t));
  const float cosine2_squared = 1.0f - (1.0f - cosine * cosine) / (ior * ior);
  if (cosine2_squared < 0) return {1, 1, 1};
  const float cosine2 = std::sqrt(cosine2_squared);
  const float r12 = mix(f0_from_ior(ior), 1.0f, schlick_weight(cosine));
  const detail::FilmBase red = detail::film_base(base_f0.x, ior), green = detail::film_base(base_f0.y, ior),
                         blue = detail::film_base(base_f0.z, ior);
  const float weight = schlick_weight(cosine2), path_nm = 2.0f * ior * film.thickness_nm * cosine2;
  const Vec3 phase = Vec3{red.phase, green.phase, blue.phase} + Vec3{kPi, kPi, kPi};  // the film is the denser one
  const Vec3 order1 = detail::film_sensitivity(path_nm, phase);
  const Vec3 order2 = detail::film_sensitivity(2.0f * path_nm, phase * 2.0f);
  return {detail::film_channel(r12, mix(red.f0, 1.0f, weight), order1, order2, 0),
          detail::film_channel(r12, mix(green.f0, 1.0f, weight), order1, order2, 1),
          detail::film_channel(r12, mix(blue.f0, 1.0f, weight), order1, order2, 2)};
}

}  // namespace kiln
