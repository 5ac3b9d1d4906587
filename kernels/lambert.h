#pragma once

#include "kernels/sampling.h"

/// The Lambertian lobe with albedo 1 in the local frame: f = 1 / pi above the surface.
namespace kiln {

/// f |cos wi| for wi.z > 0, which is also the density of lambert_sample in solid angle.
KILN_HD float lambert_value(Vec3 wi) { return wi.z * kInvPi; }

KILN_HD Vec3 lambert_sample(float u, float v) { return sample_cosine_hemisphere(u, v); }

}  // namespace kiln
