#pragma once

#include "kernels/scalar.h"
#include "kernels/vec.h"

namespace kiln {

/// Reflectance at normal incidence of a dielectric in air. The value 0 of KHR_materials_ior means total reflection.
KILN_HD float f0_from_ior(float ior) { return square((ior - 1.0f) / (ior + 1.0f)); }

/// Reflectance edge-on: 1, but fading to 0 below 2 %, where no real surface lies, so that an index of 1 reflects
/// nothing at all (Lagarde and de Rousiers, "Moving Frostbite to Physically Based Rendering", 2014).
KILN_HD float f90_from_f0(float f0) { return saturate(50.0f * f0); }

/// (1 - c)^5, the weight of f90 in Schlick's approximation ("An Inexpensive BRDF Model for Physically-based
/// Rendering", 1994), which the glTF 2.0 specification uses (appendix B.3.2).
KILN_HD float schlick_weight(float cosine) {
  const float m = saturate(1.0f - cosine), m2 = m * m;
  return m2 * m2 * m;
}

KILN_HD Vec3 fresnel_schlick(Vec3 f0, Vec3 f90, float cosine) { return lerp(f0, f90, schlick_weight(cosine)); }

}  // namespace kiln
