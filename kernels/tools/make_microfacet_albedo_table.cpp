// Prints kernels/microfacet_albedo_table.h. Run by hand when the microsurface model changes:
//   g++ -std=c++20 -O2 -I. kernels/tools/make_microfacet_albedo_table.cpp -o make_table && ./make_table > kernels/...
// followed by clang-format. The nodes are integrals over the visible normals; where linear interpolation between them
// would fall below the integral, they are raised until it does not, because the table is what lobes are divided by and
// subtracted from: too high loses a little energy, too low would create it.
#include <cmath>
#include <cstdio>
#include <initializer_list>

#include "kernels/fresnel.h"
#include "kernels/microfacet.h"
#include "kernels/microfacet_albedo.h"

namespace {

using namespace kiln;

constexpr int kSize = kGgxAlbedoSize;
constexpr int kSamples = 60000;

struct Node {
  double total = 0, f90_part = 0;
};

/// Quasi-Monte Carlo over half of the azimuth (the other half is its mirror image).
Node integrate(double cosine, double roughness) {
  const float mu = std::fmax(static_cast<float>(cosine), 1e-4f);
  const float a = std::fmax(static_cast<float>(roughness * roughness), kMinAlpha);
  const Ggx ggx = make_ggx({std::sqrt(1 - mu * mu), 0, mu}, {a, a});
  Node sum;
  for (int i = 0; i < kSamples; ++i) {
    const double u = std::fmod(0.5 + i * 0.7548776662466927, 1.0), v = std::fmod(0.5 + i * 0.5698402909980532, 1.0);
    const Vec3 wi = ggx_sample(ggx, static_cast<float>(0.5 * u), static_cast<float>(v));
    if (wi.z <= 0) continue;
    const GgxValue value = ggx_value(ggx, wi);
    const double weight = value.f_cos / value.pdf;
    sum.total += weight;
    sum.f90_part += weight * schlick_weight(value.cosine);
  }
  return {sum.total / kSamples, sum.f90_part / kSamples};
}

double cosine_at(double x, double roughness) {
  const double c = ggx_albedo_bend(static_cast<float>(roughness));
  return std::fmin(c * x / (1 + c - x), 1.0);
}

Node table[kSize][kSize];  // [roughness][cosine]

/// Raises the nodes around each cell until interpolation is nowhere below the integral at points inside it.
void raise_nodes() {
  constexpr int kInner = 3;
  for (int r = 0; r + 1 < kSize; ++r)
    for (int k = 0; k + 1 < kSize; ++k)
      for (int i = 0; i <= kInner; ++i)
        for (int j = 0; j <= kInner; ++j) {
          const double s = double(i) / kInner, t = double(j) / kInner, roughness = (r + t) / (kSize - 1);
          const Node want = integrate(cosine_at((k + s) / (kSize - 1), roughness), roughness);
          Node *a = &table[r][k], *b = &table[r + 1][k];
          const auto between = [&](double Node::*m) {
            return (a[0].*m * (1 - s) + a[1].*m * s) * (1 - t) + (b[0].*m * (1 - s) + b[1].*m * s) * t;
          };
          for (double Node::*m : {&Node::total, &Node::f90_part}) {
            const double lack = want.*m - between(m);
            if (lack <= 0) continue;
            const double w[4] = {(1 - s) * (1 - t), s * (1 - t), (1 - s) * t, s * t};
            const double norm = w[0] * w[0] + w[1] * w[1] + w[2] * w[2] + w[3] * w[3];
            Node* const nodes[4] = {&a[0], &a[1], &b[0], &b[1]};
            for (int n = 0; n < 4; ++n) nodes[n]->*m += lack * w[n] / norm;
          }
        }
}

void print(const char* name, double Node::*member) {
  std::printf("  static constexpr float %s[kGgxAlbedoSize * kGgxAlbedoSize] = {", name);
  for (const auto& row : table)
    for (const Node& n : row) std::printf("%.5ff,", n.*member);
  std::printf("};\n");
}

}  // namespace

int main() {
  for (int r = 0; r < kSize; ++r)
    for (int k = 0; k < kSize; ++k) {
      const double roughness = double(r) / (kSize - 1);
      table[r][k] = integrate(cosine_at(double(k) / (kSize - 1), roughness), roughness);
    }
  raise_nodes();
  std::printf(
      "#pragma once\n\n// Printed by kernels/tools/make_microfacet_albedo_table.cpp; not edited by hand.\n"
      "// Rows: roughness from 0 to 1. Columns: cosine, bent as ggx_albedo_bend says.\n\n"
      "#include \"kernels/qualifiers.h\"\n\nnamespace kiln {\n\ninline constexpr int kGgxAlbedoSize = %d;\n\n"
      "/// What the single bounce reflects with Fresnel 1.\n"
      "KILN_HD float ggx_albedo_total(int i) {\n",
      kSize);
  print("kTotal", &Node::total);
  std::printf(
      "  return kTotal[i];\n}\n\n/// The same, weighted with (1 - wo.h)^5.\nKILN_HD float ggx_albedo_f90(int i) {\n");
  print("kF90", &Node::f90_part);
  std::printf("  return kF90[i];\n}\n\n}  // namespace kiln\n");
}
