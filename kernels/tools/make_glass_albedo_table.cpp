// Prints kernels/glass_albedo_table.h. Run by hand when the microsurface model changes; from the repository's root:
//   g++ -std=c++20 -O2 -I. kernels/tools/make_glass_albedo_table.cpp -o make_table && ./make_table > table.h
// then move it into place and run clang-format. (The table's reader includes the table: a first one may hold ones.)
#include <cmath>
#include <cstdio>

#include "kernels/glass_albedo.h"
#include "kernels/refraction.h"

namespace {

using namespace kiln;

constexpr int kSamples = 20000;

/// Quasi-Monte Carlo over visible normals; both ways to go on are summed, not sampled.
double integrate(float cosine, float roughness, float eta) {
  const float mu = std::fmax(cosine, 1e-3f), a = std::fmax(roughness * roughness, kMinAlpha);
  const Ggx g = make_ggx({std::sqrt(1 - mu * mu), 0, mu}, {a, a});
  double sum = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double u = std::fmod(0.5 + i * 0.7548776662466927, 1.0), v = std::fmod(0.5 + i * 0.5698402909980532, 1.0);
    const Vec3 h = normalize(ggx_sample_visible_normal(g, static_cast<float>(u), static_cast<float>(v)));
    const float c = dot(g.wo, h), fresnel = fresnel_dielectric(c, eta);
    const Vec3 up = h * (2 * c) - g.wo;
    if (up.z > 0) {
      const GgxValue value = ggx_value(g, up);
      if (value.pdf > 0) sum += fresnel * value.f_cos / value.pdf;
    }
    const Vec3 down = refract(g.wo, h, eta);
    if (down.z < 0) sum += (1 - fresnel) * -2 * down.z / (-down.z + ggx_stretched_length(down, g.alpha));
  }
  return sum / kSamples;
}

}  // namespace

int main() {
  constexpr int kLast = kGlassAlbedoSize - 1;
  std::printf(
      "#pragma once\n\n// Printed by kernels/tools/make_glass_albedo_table.cpp; not edited by hand.\n"
      "// By (eta - 1) / (eta + 1) from -kGlassAlbedoReach to kGlassAlbedoReach, roughness and cosine from 0 to 1.\n\n"
      "#include \"kernels/qualifiers.h\"\n\nnamespace kiln {\n\ninline constexpr int kGlassAlbedoSize = %d;\n"
      "inline constexpr float kGlassAlbedoReach = %.2ff;\n\nKILN_HD float glass_albedo_at(int i) {\n"
      "  static constexpr float kAlbedo[kGlassAlbedoSize * kGlassAlbedoSize * kGlassAlbedoSize] = {",
      kGlassAlbedoSize, static_cast<double>(kGlassAlbedoReach));
  for (int k = 0; k <= kLast; ++k)
    for (int j = 0; j <= kLast; ++j)
      for (int i = 0; i <= kLast; ++i) {
        const float x = kGlassAlbedoReach * (2.0f * static_cast<float>(k) / kLast - 1.0f);
        std::printf("%.4ff,",
                    integrate(static_cast<float>(i) / kLast, static_cast<float>(j) / kLast, (1 + x) / (1 - x)));
      }
  std::printf("};\n  return kAlbedo[i];\n}\n\n}  // namespace kiln\n");
}
